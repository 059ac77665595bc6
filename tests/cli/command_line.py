"""Runs Troupe's programs for tests. Every run has a deadline and a folder of its own."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(os.environ.get("TEST_SRCDIR", ".")) / os.environ.get("TEST_WORKSPACE", "")
TROUPE = str(ROOT / "cli/troupe")
WRONG = str(ROOT / "tests/cli/wrong_algorithms")
SCENARIOS = ROOT / "scenarios"
DEADLINE = 600  # seconds; far beyond what any run takes


class CommandLineTest(unittest.TestCase):
    """A test with a scratch folder, and run() for programs in it."""

    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def run_program(self, program, *words, code=0):
        """Gives (stdout, stderr); fails unless the exit code is `code`."""
        done = subprocess.run([program, *map(str, words)], cwd=self.folder, text=True,
                              capture_output=True, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, code, f"{words}\n{done.stdout}\n{done.stderr}")
        return done.stdout, done.stderr

    def troupe(self, *words, code=0):
        return self.run_program(TROUPE, *words, code=code)

    def summary(self, *words, code=0):
        """The summary.json of a run."""
        out, _ = self.troupe("sim", *words, "--json", code=code)
        return json.loads(out)

    def write(self, name, text):
        (self.folder / name).write_text(text)
        return name
