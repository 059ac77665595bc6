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

    def test_every_sweep_passes(self):
        sweeps = [file for file in sorted(SCENARIOS.glob("*.yaml"))
                  if "\nsweep:" in file.read_text(encoding="utf-8")]
        self.assertGreater(len(sweeps), 0)
        for file in sweeps:
            with self.subTest(file.name):
                out, _ = self.troupe("sweep", file, "--seeds", "1..5")
                self.assertIn(" 0 failed\n", out)

    def test_a_ring_of_64_settles_with_many_seeds(self):
        for seed in range(1, 21):
            self.assertEqual(
                self.summary(SCENARIOS / "chord_small.yaml", "--seed", seed)["status"], "passed",
                f"troupe sim scenarios/chord_small.yaml --seed {seed}")


    def test_identifiers_that_cannot_be_are_told_with_their_place(self):
        for written, what in (
                ("1 eight", "and of names to hash ('sha1:NAME'); 'eight' is none"),
                ("1 64", "must be 'hash', 'random', or a list of numbers below 2^6"),
                ("8 1 8", "names an identifier twice: '8' and '8' are both 8")):
            self.write("f.yaml", f"""algorithm: chord
parameters: {{bits: 6, identifiers: {written}}}
phases: [{{spawn: {{}}}}]
""")
            _, err = self.troupe("check", "f.yaml", code=2)
            self.assertIn("f.yaml:2:36: 'identifiers' ", err)
            self.assertIn(what, err)

    def test_identifiers_are_numbers_names_or_of_the_seed(self):
        for written in ("1 8 sha1:a", "hash", "random"):
            self.write("f.yaml", f"""algorithm: chord
parameters: {{identifiers: {written}}}
hosts: 3
phases: [{{spawn: {{}}, until: ring_is_ideal}}]
""")
            self.assertEqual(self.summary("f.yaml")["status"], "passed", written)

    def test_the_matrix_that_is_not_measured_is_made_by_its_script(self):
        self.run_program(SCENARIOS / "king/generate", "--out", self.folder)
        for name in ("matrix.txt", "cdf.txt", "places.txt"):
            self.assertEqual((self.folder / name).read_text(),
                             (SCENARIOS / "king" / name).read_text(), name)

    def test_a_matrix_can_be_made_for_other_sizes(self):
        self.run_program(SCENARIOS / "king/generate", "--hosts", 7, "--seed", 3,
                         "--out", self.folder)
        self.write("f.yaml", """
            algorithm: chord
            hosts: 7
            network: {latency: {matrix: matrix.txt}}
            phases: [{spawn: {}, until: ring_is_ideal}]
            """)
        self.assertEqual(self.summary("f.yaml")["status"], "passed")

    def test_the_same_network_can_be_without_its_pairs_or_detours(self):
        for latency in ("{cdf: king/cdf.txt}",
                        "{coordinates: {file: king/places.txt, scale: 0.5ms}}"):
            change = f"network.latency={latency}"
            summary = self.summary(SCENARIOS / "king_matrix.yaml", "--set", change)
            self.assertEqual(summary["status"], "passed", change)


if __name__ == "__main__":
    unittest.main(verbosity=2)
