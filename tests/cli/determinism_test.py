"""The same seed is the same run: over processes, with and without encoding, in every build.

The hashes below are what every machine and every build must give; this test runs in the
optimized build and under the sanitizers. A change of the engine or of an algorithm may change
them, knowingly: run the scenario, and put its new hash here.
"""

import hashlib
import unittest

from command_line import SCENARIOS, CommandLineTest

GOLDEN = {
    "chord_golden.yaml": "0x56ec499fb5beee8c",
    "chord_small.yaml": "0xb26c1657d231b33b",
    "king_matrix.yaml": "0x2cc3f0d4ce8bc094",
    "region_lookups.yaml": "0xbd89e6c4cc1a4a89",
}
# SHA-256 of the trace of chord_golden.yaml.
GOLDEN_TRACE = "ac7dfd10fd3f38d8e89adb3ac7ec9a87b80e1a961c1e80135b08f693c2ec67e5"


class Determinism(CommandLineTest):
    def test_every_build_on_every_machine_gives_the_known_event_hashes(self):
        for name, expected in GOLDEN.items():
            self.assertEqual(self.summary(SCENARIOS / name)["event_hash"], expected, name)

    def test_encoding_every_message_changes_nothing(self):
        for name, expected in GOLDEN.items():
            self.assertEqual(self.summary(SCENARIOS / name, "--encode")["event_hash"], expected)

    def test_other_seeds_give_other_runs(self):
        small = SCENARIOS / "chord_small.yaml"
        hashes = {self.summary(small, "--seed", seed)["event_hash"] for seed in range(1, 11)}
        self.assertEqual(len(hashes), 10)

    def test_traces_are_the_same_to_the_byte(self):
        traces = set()
        for i, options in enumerate([[], [], ["--encode"]]):
            self.troupe("sim", SCENARIOS / "chord_golden.yaml", "--out", f"o{i}", "--trace",
                        "--quiet", *options)
            traces.add((self.folder / f"o{i}/trace.jsonl").read_bytes())
        self.assertEqual(len(traces), 1)
        self.assertEqual(hashlib.sha256(traces.pop()).hexdigest(), GOLDEN_TRACE)

    def test_tracing_changes_nothing(self):
        small = SCENARIOS / "chord_small.yaml"
        plain = self.summary(small)
        traced = self.summary(small, "--out", "o", "--trace")
        for key in ("event_hash", "events", "messages", "measurements", "virtual_seconds"):
            self.assertEqual(plain[key], traced[key], key)

    def test_verify_compares_runs_in_other_processes(self):
        out, _ = self.troupe("sim", SCENARIOS / "chord_small.yaml", "--verify")
        self.assertIn("was the same in every event", out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
