"""The processes of the command line: however one of them ends, the others notice and go on."""

import csv
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time
import unittest

from command_line import DEADLINE, SCENARIOS, TROUPE, WRONG, CommandLineTest

SMALL = str(SCENARIOS / "chord_small.yaml")
# It goes on for longer than any test.
ENDLESS = ["--set", "phases.lookups.lasts=2000h", "--set", "stop_after=5000h"]
DOOMED = """
algorithm: doomed
parameters: {way: WAY}
start: as_it_likes
most_events_at_once: 1_000_000_000_000
phases:
  - {spawn: {}, lasts: 5s}
checks: [has_passed]
"""
# How a run can end, and what its row says then.
WAYS = {
    "passes": "passed",
    "fails": "failed",
    "refuses": "cannot be made",
    "aborts": "crashed",
    "crashes": "crashed",
    "exits with 0": "crashed",
    "exits at once": "crashed",
    "exits quickly": "crashed",
    "exits with 3": "crashed",
    "fills the disk": "crashed",
    "is killed": "killed",
    "is terminated": "killed",
    "loops": "timed out",
    "floods": "timed out",
    "takes all memory": "out of memory",
}


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class ProcessTest(CommandLineTest):
    def start(self, *words, program=TROUPE, **how):
        return subprocess.Popen([program, *map(str, words)], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)

    def doomed(self, way="passes"):
        return self.write("f.yaml", DOOMED.replace("WAY", way))

    def wait_until(self, holds, run=None):
        end = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), end)
            if run is not None:
                self.assertIsNone(run.poll(), "it ended by itself")
            time.sleep(0.01)

    def processes(self):
        """The numbers of all processes whose command line or folder has to do with this test."""
        found = []
        for process in pathlib.Path("/proc").iterdir():
            try:
                if os.readlink(process / "cwd") == str(self.folder):
                    found.append(int(process.name))
            except (OSError, ValueError):
                pass
        return found

    def shell(self, command, **environment):
        return subprocess.run(["sh", "-c", command], cwd=self.folder, text=True,
                              env={**os.environ, **environment}, capture_output=True,
                              timeout=DEADLINE, check=False)


class HowARunEnds(ProcessTest):
    def test_a_run_that_ends_itself_has_not_passed(self):
        for way, words in (
                ("exits with 0", "crashed: the process ended itself with exit code 0 before the "
                                 "end of the run, at the virtual time 1s, in Doomed.go on n0"),
                ("exits quickly", "crashed: the process ended itself with exit code 0 before the "
                                  "end of the run, at the virtual time 1s, in Doomed.go on n0"),
                ("exits at once", "crashed: the process ended itself with exit code 0 before the "
                                  "end of the run, at the virtual time "),
                ("aborts", "crashed: the process died: Aborted, at the virtual time 1s, in "
                           "Doomed.go on n0"),
                ("is killed", "killed: the process died: Killed"),
                ("takes all memory", "out of memory: the process has no memory left, at the "
                                     "virtual time 1s, in Doomed.go on n0")):
            with self.subTest(way=way):
                out, err = self.run_program(WRONG, "sim", self.doomed(way), "--out", "o", code=1)
                self.assertEqual(out, "")
                self.assertIn("troupe: " + words, err)
                self.assertEqual(list((self.folder / "o").iterdir()), [])

    def test_earlier_results_stay_as_they_are(self):
        self.run_program(WRONG, "sim", self.doomed(), "--out", "o", "--quiet")
        before = {p.name: p.read_bytes() for p in (self.folder / "o").iterdir()}
        self.assertEqual(set(before), {"summary.json", "metrics.csv", "phases.csv"})
        for way in ("exits with 0", "aborts"):
            self.run_program(WRONG, "sim", self.doomed(way), "--out", "o", code=1)
            self.assertEqual({p.name: p.read_bytes() for p in (self.folder / "o").iterdir()},
                             before)
        run = self.start("sim", SMALL, *ENDLESS, "--out", "o")
        self.wait_until((self.folder / "o/summary.json.new").exists, run)
        run.kill()
        run.communicate()
        self.assertEqual((self.folder / "o/summary.json").read_bytes(), before["summary.json"])

    def test_the_trace_of_a_run_that_crashed_is_kept_under_another_name(self):
        _, err = self.run_program(WRONG, "sim", self.doomed("loops"), "--out", "o", "--trace",
                                  "--run-at-most", "3s", code=1)
        self.assertIn("what it had done until shortly before is in o/trace.jsonl.new", err)
        out, _ = self.troupe("trace", "o/trace.jsonl.new")
        self.assertIn("The trace itself ends early", out)

    def test_a_run_can_be_ended_after_some_real_time(self):
        for way in ("loops", "floods"):
            _, err = self.run_program(WRONG, "sim", self.doomed(way), "--run-at-most", "1s",
                                      code=1)
            self.assertIn("troupe: timed out: the run took longer than 1s of real time, and was "
                          "ended, at the virtual time 1s", err)
        self.assertIn("troupe: --run-at-most soon is no duration", self.run_program(
            WRONG, "sim", "f.yaml", "--run-at-most", "soon", code=2)[1])

    def test_a_run_that_comes_back_to_the_engine_has_a_summary_when_its_time_is_up(self):
        out, err = self.troupe("sim", SMALL, *ENDLESS, "--run-at-most", "2s", code=1)
        self.assertIn("interrupted", out)
        self.assertRegex(err, "the run took longer than 2s of real time, and was ended, at the "
                              "virtual time ")


class ASweep(ProcessTest):
    def sweep(self, *words, code=1):
        return self.run_program(WRONG, "sweep", "s.yaml", *words, code=code)

    def write_sweep(self, ways=WAYS):
        self.write("s.yaml", DOOMED.replace("{way: WAY}", "{}") + "sweep:\n  seeds: 1..2\n  vary:\n"
                   f"    parameters.way: [{', '.join(ways)}]\n")

    def test_has_a_row_for_every_way_to_end(self):
        self.write_sweep()
        limit = ["--run-at-most", "3s"]
        out, _ = self.sweep(*limit, "--jobs", 1, "--out", "one")
        table = rows(self.folder / "one/results.csv")
        self.assertEqual([(row["parameters.way"], row["seed"], row["status"]) for row in table],
                         [(way, seed, status) for way, status in WAYS.items() for seed in "12"])
        self.assertIn("2 passed, 28 failed: 2 cannot be made, 14 crashed, 4 killed, "
                      "2 out of memory, 4 timed out\n", out)
        self.assertIn("    cannot be made: two actors have the same identifier\n", out)
        self.assertIn("--retry runs 24 runs again", out)
        expected = (self.folder / "one/results.csv").read_bytes()
        self.sweep(*limit, "--jobs", 2, "--out", "two", "--quiet")
        self.assertEqual((self.folder / "two/results.csv").read_bytes(), expected)

    def test_comes_to_the_same_after_it_was_killed(self):
        ways = {way: WAYS[way] for way in ("passes", "refuses", "exits with 0", "is killed",
                                           "loops", "takes all memory")}
        self.write_sweep(ways)
        words = ["sweep", "s.yaml", "--run-at-most", "2s", "--jobs", "2", "--quiet", "--out"]
        self.run_program(WRONG, *words, "whole", code=1)
        partial = self.folder / "part/results.partial"
        run = self.start(*words, "part", program=WRONG)
        self.wait_until(lambda: partial.exists() and partial.read_bytes().count(b"\n") > 4, run)
        run.kill()
        run.communicate()
        self.run_program(WRONG, *words, "part", code=1)
        self.assertEqual((self.folder / "part/results.csv").read_bytes(),
                         (self.folder / "whole/results.csv").read_bytes())

    def test_runs_again_what_ended_early_where_it_is_asked_to(self):
        self.write_sweep(["passes", "fails", "aborts", "loops"])
        words = ["--run-at-most", "1s", "--out", "o"]
        self.sweep(*words, "--quiet")
        partial = self.folder / "o/results.partial"
        # Only what is run again replaces these marks.
        marked = re.sub(r"\t(died|the \w+)", r"\tMARK \1", partial.read_text())
        partial.write_text(marked.replace("\tpassed\t", "\tmarked\t"))
        out, _ = self.sweep(*words)
        self.assertIn("crashed: MARK the process", out)
        out, _ = self.sweep(*words, "--retry")
        self.assertIn("crashed: the process", out)
        self.assertIn("timed out: the run took longer", out)
        self.assertEqual([row["status"] for row in rows(self.folder / "o/results.csv")],
                         ["marked"] * 2 + ["failed"] * 2 + ["crashed"] * 2 + ["timed out"] * 2)
        self.assertIn("--retry needs --out DIR", self.sweep("--retry", code=2)[1])

    def test_goes_on_when_one_of_its_processes_is_killed(self):
        self.write_sweep(["loops"])
        run = self.start("sweep", "s.yaml", "--run-at-most", "8s", "--jobs", "1", "--out", "o",
                         program=WRONG)
        # The second try of the first run times out; that of another process shows a killed row.
        self.wait_until(lambda: len(self.processes()) == 2, run)
        first = [p for p in self.processes() if p != run.pid][0]
        os.kill(first, signal.SIGTERM)
        out, err = run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 1, err)
        self.assertEqual([row["status"] for row in rows(self.folder / "o/results.csv")],
                         ["timed out", "timed out"], out)

    def test_stops_at_the_first_failure_in_the_order_of_its_seeds(self):
        self.write_sweep(["passes", "fails", "aborts"])
        for jobs in (1, 4):
            out, _ = self.sweep("--stop-at-failure", "--jobs", jobs, "--out", f"o{jobs}")
            self.assertIn("2 passed, 1 failed\n\n  failed\n    has_passed (it has not)\n", out)
            self.assertIn("sim s.yaml --seed 1 --set parameters.way=fails\n", out)
            self.assertIn("without --stop-at-failure, the same command goes on from here", out)
            self.assertEqual([p.name for p in (self.folder / f"o{jobs}").iterdir()],
                             ["results.partial"])
        self.sweep("--out", "o1", "--quiet")
        self.assertEqual(len(rows(self.folder / "o1/results.csv")), 6)

    def test_tells_failures_before_the_tables(self):
        out, _ = self.run_program(WRONG, "sim", self.doomed("fails"), "--seeds", "1..3", code=1)
        self.assertEqual(out.split("\n")[1:4], ["", "  failed", "    has_passed (it has not)"])

    def test_of_a_program_that_has_changed_starts_anew_and_says_so(self):
        self.write_sweep(["passes", "aborts"])
        program = self.folder / "program"
        shutil.copy2(WRONG, program)
        self.run_program(program, "sweep", "s.yaml", "--out", "o", "--quiet", code=1)
        before = os.stat(program)
        with open(program, "r+b") as file:  # A byte that nobody reads, at the same size and time.
            file.seek(9)
            file.write(b"\1")
        os.utime(program, ns=(before.st_atime_ns, before.st_mtime_ns))
        _, err = self.run_program(program, "sweep", "s.yaml", "--out", "o", "--quiet", code=1)
        self.assertEqual(err, "troupe: the 4 earlier results in o/results.partial are of another "
                              "program and are not used; they are now in o/results.partial.old\n")
        self.assertEqual((self.folder / "o/results.partial.old").read_bytes().count(b"\n"), 5)

    def test_tells_lines_that_it_cannot_read(self):
        self.write_sweep(["passes", "aborts"])
        self.sweep("--out", "o", "--quiet")
        partial = self.folder / "o/results.partial"
        partial.write_text(partial.read_text().replace("0\t1\tpassed", "?\t1\tpassed"))
        _, err = self.sweep("--out", "o", "--quiet")
        self.assertEqual(err, "troupe: o/results.partial has 1 line that cannot be read; these "
                              "runs are made again\n")


class Signals(ProcessTest):
    """Ctrl-C, kill and a terminal that goes away: everything ends, and nothing is left."""

    def setUp(self):
        super().setUp()
        self.temporary = self.folder / "temporary"
        self.temporary.mkdir()

    def ended_by(self, number, words, program=TROUPE, ready=None):
        run = self.start(*words, program=program,
                         env={**os.environ, "TMPDIR": str(self.temporary)})
        self.wait_until(ready or (lambda: len(self.processes()) > 1), run)
        time.sleep(0.3)
        begin = time.monotonic()
        run.send_signal(number)
        out, err = run.communicate(timeout=DEADLINE)
        self.assertLess(time.monotonic() - begin, 30)
        self.assertEqual(run.returncode, 128 + number, err)
        self.wait_until(lambda: not self.processes())
        self.assertEqual(list(self.temporary.iterdir()), [])
        return out, err

    def test_end_a_run_with_a_summary(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            out, _ = self.ended_by(number, ["sim", SMALL, *ENDLESS])
            self.assertIn("interrupted", out)

    def test_end_a_sweep(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            out, _ = self.ended_by(number, ["sim", SMALL, *ENDLESS, "--seeds", "1..4", "--jobs",
                                            "2"], ready=lambda: len(self.processes()) == 3)
            self.assertIn("interrupted: the same command", out)

    def test_end_what_is_verified(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # In the first run, and in the other one.
            self.ended_by(number, ["sim", SMALL, *ENDLESS, "--verify"])
            words = ["sim", SMALL, "--verify", "--set", "phases.lookups.lasts=5h"]
            self.ended_by(number, words, ready=lambda: len(self.processes()) == 3)

    def test_end_an_actor_that_never_gives_back_control(self):
        for words in (["sim", self.doomed("loops")],
                      ["sim", self.doomed("loops"), "--seeds", "1..2"]):
            self.ended_by(signal.SIGINT, words, program=WRONG)
        _, err = self.ended_by(signal.SIGINT, ["sim", "f.yaml"], program=WRONG)
        self.assertIn("did not react to the signal to end, and was ended, at the virtual time 1s, "
                      "in Doomed.go on n0", err)

    def test_to_a_process_that_dies_leave_no_child(self):
        # The temporary folder of --verify stays behind: nobody is left to remove it.
        for words in (["sim", SMALL, *ENDLESS], ["sim", SMALL, *ENDLESS, "--verify"]):
            run = self.start(*words, env={**os.environ, "TMPDIR": str(self.temporary)})
            self.wait_until(lambda: len(self.processes()) > 1, run)
            run.kill()
            run.communicate()
            self.wait_until(lambda: not self.processes())

    def test_that_nohup_ignores_are_ignored(self):
        run = self.start("-c", f"trap '' HUP; exec {shlex.quote(TROUPE)} sim {SMALL} "
                               f"{' '.join(ENDLESS)}", program="/bin/sh")
        self.wait_until(lambda: len(self.processes()) > 1, run)
        run.send_signal(signal.SIGHUP)
        time.sleep(1)
        self.assertIsNone(run.poll())
        run.send_signal(signal.SIGTERM)
        run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 143)


class Verify(ProcessTest):
    def test_compares_the_run_that_it_has_shown(self):
        out, _ = self.troupe("sim", SMALL, "--verify")
        self.assertTrue(out.endswith("verified: another run, in another process, was the same in "
                                     "every event\n"), out)

    def test_without_a_temporary_folder_says_so_before_anything_runs(self):
        for words in (["sim", SMALL, "--verify"], ["sim", SMALL, "--seeds", "1..2", "--out", "o"]):
            done = subprocess.run([TROUPE, *words], cwd=self.folder, text=True,
                                  capture_output=True, timeout=DEADLINE, check=False,
                                  env={**os.environ, "TMPDIR": "/nowhere"})
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertEqual(done.stderr, "troupe: no temporary folder can be made in /nowhere: No "
                                          "such file or directory; the environment variable TMPDIR "
                                          "may name another place\n")

    def test_does_not_succeed_where_nothing_can_be_compared(self):
        # Files may have no byte, as on a disk that is full; the output is a pipe.
        done = self.shell(f"ulimit -f 0; trap '' XFSZ; exec {shlex.quote(TROUPE)} sim {SMALL} "
                          "--verify")
        self.assertEqual(done.returncode, 2)
        self.assertNotIn("verified", done.stdout)
        self.assertRegex(done.stderr,
                         r"troupe: .*/hashes0 could not be written: is the disk full\?")


class Output(ProcessTest):
    VERBS = (["sim", SMALL], ["sim", SMALL, "--json"], ["sim", SMALL, "--seeds", "1..2"],
             ["check", SMALL], ["check", "--schema"], ["list"], ["list", "chord"],
             ["describe"], ["trace", "o/trace.jsonl"], ["--help"], ["sim", "--help"],
             ["--version"])

    def setUp(self):
        super().setUp()
        self.troupe("sim", SMALL, "--set", "hosts=2", "--out", "o", "--trace", "--quiet")

    def test_that_cannot_be_written_is_an_error(self):
        for words in self.VERBS:
            for target in ("> /dev/full", ">&-"):
                done = self.shell(f"exec {shlex.join([TROUPE, *words])} {target}")
                self.assertEqual(done.returncode, 2, f"{words} {target}: {done.stderr}")
                self.assertIn("troupe: standard output could not be written", done.stderr)

    def test_into_a_pipe_that_is_closed_is_no_success(self):
        for words in self.VERBS:
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([TROUPE, *words], cwd=self.folder, stdout=write,
                                  stderr=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
            os.close(write)
            self.assertIn(done.returncode, (-signal.SIGPIPE, 128 + signal.SIGPIPE), words)
            self.assertEqual(done.stderr, "")

    def test_a_closed_standard_output_is_not_written_into_a_result(self):
        self.shell(f"exec {shlex.quote(TROUPE)} sim {SMALL} --seeds 1..2 --out closed >&-")
        self.assertTrue((self.folder / "closed/results.csv").read_text().startswith("seed,"))


class ALargeTrace(ProcessTest):
    def peak_memory(self, calls):
        """Of a view of a trace of so many calls, in kB."""
        names = ["Client@n1", "Server@n2"]
        with open(self.folder / "t.jsonl", "w", encoding="utf-8") as file:
            file.write('{"format":"troupe-trace","version":1,"scenario":"s","seed":1}\n')
            for i in range(calls):
                for at, (kind, end) in enumerate((("call", 0), ("receive", 1), ("reply", 1),
                                                  ("return", 0))):
                    file.write(f'{{"time":{4 * i + at},"kind":"{kind}","actor":"{names[end]}",'
                               f'"peer":"{names[1 - end]}","method":"Server.ask",'
                               f'"message":{i + 1}}}\n')
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        run = self.start("trace", "t.jsonl", env={**os.environ, "ASAN_OPTIONS": options})
        out = run.stdout.read()
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        run.communicate()
        self.assertEqual(run.returncode, 0)
        self.assertIn(f"{2 * calls - 200} more arrows", out)
        return used.ru_maxrss

    def test_needs_no_more_memory_than_a_small_one(self):
        self.assertLess(self.peak_memory(60_000), self.peak_memory(6_000) + 10_000)


class RepeatCommands(ProcessTest):
    WAYS = ["fails a$$b", "fails it's \"$$HOME\" `id` \\\\ $$(id)", "  fails  ", "fails: #1, {x}",
            "fails $half"]

    def test_can_be_pasted_into_a_shell(self):
        name = "-x y's $z.yaml"
        self.write(name, DOOMED.replace("{way: WAY}", "{}") + "variables: {half: 50% of it}\n"
                   "sweep:\n  seeds: 1..1\n  vary:\n    parameters.way:\n" +
                   "".join(f"      - {json.dumps(way)}\n" for way in self.WAYS))
        out, _ = self.run_program(WRONG, "sweep", "--out", "o", "--", name, code=1)
        commands = [line.strip() for line in out.split("\n") if " --seed 1 " in line]
        self.assertEqual(len(commands), len(self.WAYS), out)
        for command, row in zip(commands, rows(self.folder / "o/results.csv")):
            done = self.shell(command + " --json")
            self.assertEqual(done.returncode, 1, f"{command}\n{done.stderr}")
            summary = json.loads(done.stdout)
            self.assertEqual(row["event_hash"], summary["event_hash"])
            self.assertEqual(self.shell(summary["repeat"]).returncode, 1, summary["repeat"])

    def test_give_the_same_value_again(self):
        name = self.write("-v.yaml", DOOMED.replace("WAY", "passes"))
        for way in self.WAYS[:-1]:
            out, _ = self.run_program(WRONG, "sim", "--json", "--set", f"parameters.way='{way}'"
                                      .replace("it's", "it''s"), "--", name, code=1)
            self.assertEqual(self.shell(json.loads(out)["repeat"]).returncode, 1, out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
