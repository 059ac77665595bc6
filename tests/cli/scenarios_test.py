"""Every scenario that comes with Troupe is right, and its checks hold."""

import unittest

from command_line import SCENARIOS, CommandLineTest


class Scenarios(CommandLineTest):
    def test_none_has_a_mistake(self):
        files = sorted(SCENARIOS.glob("*.yaml"))
        self.assertGreater(len(files), 3)
        out, err = self.troupe("check", *files)
        self.assertEqual(err, "")
        self.assertEqual(out.count(": ok\n"), len(files))

    def test_every_one_passes(self):
        for file in sorted(SCENARIOS.glob("*.yaml")):
            with self.subTest(file.name):
                summary = self.summary(file)
                self.assertEqual(summary["status"], "passed")
                self.assertEqual({check["status"] for check in summary["checks"]}, {"passed"})

    def test_a_ring_of_64_settles_with_many_seeds(self):
        for seed in range(1, 21):
            self.assertEqual(
                self.summary(SCENARIOS / "chord_small.yaml", "--seed", seed)["status"], "passed",
                f"troupe sim scenarios/chord_small.yaml --seed {seed}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
