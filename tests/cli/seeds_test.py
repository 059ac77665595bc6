"""Every scenario that comes with Troupe passes with other seeds than its own."""

import unittest

from command_line import ROOT, SCENARIOS, TROUPE, CommandLineTest


class Seeds(CommandLineTest):
    def test_every_scenario_passes_with_ten_seeds(self):
        files = sorted(SCENARIOS.glob("*.yaml"))
        out, _ = self.run_program(ROOT / "bench/scenario_seeds", "--troupe", TROUPE, "--seeds",
                                  "1..10", "--jobs", 2, *files)
        self.assertEqual(len(out.splitlines()), len(files) + 2)

    def test_a_scenario_that_fails_is_named_with_its_seeds(self):
        self.write("f.yaml", """
            algorithm: chord
            hosts: 2
            phases: [{spawn: {}, lasts: 1s}]
            checks: [lookup_correct == 1]
            """)
        out, _ = self.run_program(ROOT / "bench/scenario_seeds", "--troupe", TROUPE, "--seeds",
                                  "3..5", "f.yaml", code=1)
        self.assertIn("| f | 3 | 0 | 3 4 5 |", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
