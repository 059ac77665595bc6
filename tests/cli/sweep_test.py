"""Sweeps: the same results for any number of processes and after any interruption, and a page."""

import csv
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time
import unittest

from command_line import DEADLINE, SCENARIOS, TROUPE, WRONG, CommandLineTest

SMALL = str(SCENARIOS / "chord_small.yaml")
SWEEP = """
algorithm: chord
description: a <small> ring & its lookups
parameters: {bits: 16, successors: 4}
network: {latency: {uniform: [5ms, 50ms]}}
start: ideal
phases:
  - spawn: {actor: Node, on: all}
  - calls: {method: Node.lookup, arguments: [random], times: 40, every: 20ms}
checks: [lookup_wrong == 0]
sweep:
  vary:
    hosts: [4, 16]
    network.latency: [10ms, '{uniform: [5ms, 50ms]}']
  seeds: 1..12
"""
SWEEP = SWEEP.replace("'{", "{").replace("}'", "}")
PRECISE = SWEEP + "  precision: {measurement: lookup_hops.mean, within: 0.2, at_least: 3}\n"
FILES = ("results.csv", "points.csv", "report.html")


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class SweepTest(CommandLineTest):
    def sweep(self, text, *words, code=0):
        return self.troupe("sweep", self.write("f.yaml", text), *words, code=code)

    def files(self, folder, names=FILES):
        return [(self.folder / folder / name).read_bytes() for name in names]

    def start(self, *words):
        return subprocess.Popen([TROUPE, *map(str, words)], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_for_lines(self, run, partial, count):
        """Until so many lines are in the file, or the run has ended."""
        end = time.monotonic() + DEADLINE
        while run.poll() is None:
            self.assertLess(time.monotonic(), end)
            if partial.exists() and partial.read_bytes().count(b"\n") >= count:
                return
            time.sleep(0.001)


class Results(SweepTest):
    def test_are_the_same_for_any_number_of_processes(self):
        for name, text in (("all", SWEEP), ("precise", PRECISE)):
            for jobs in (1, 2, 7):
                self.sweep(text, "--jobs", jobs, "--out", f"{name}{jobs}")
                self.assertEqual({p.name for p in (self.folder / f"{name}{jobs}").iterdir()},
                                 set(FILES))
            self.assertEqual(self.files(f"{name}1"), self.files(f"{name}2"))
            self.assertEqual(self.files(f"{name}1"), self.files(f"{name}7"))
        self.assertEqual(len(rows(self.folder / "all1/results.csv")), 48)

    def test_a_row_is_the_run_that_its_values_and_seed_give_alone(self):
        self.sweep(SWEEP, "--out", "o", "--seeds", "3..4")
        table = rows(self.folder / "o/results.csv")
        self.assertEqual([(row["hosts"], row["network.latency"], row["seed"]) for row in table],
                         [(hosts, latency, seed) for hosts in ("4", "16")
                          for latency in ("10ms", "{uniform: [5ms, 50ms]}")
                          for seed in ("3", "4")])
        for row in table:
            alone = self.summary("f.yaml", "--seed", row["seed"], "--set", f"hosts={row['hosts']}",
                                 "--set", f"network.latency={row['network.latency']}")
            self.assertEqual(row["event_hash"], alone["event_hash"])
            for name in ("events", "messages", "calls", "failed_calls"):
                self.assertEqual(int(row[name]), alone[name])
            hops = alone["measurements"]["lookup_hops"]
            for name in ("count", "mean", "min", "p1", "p50", "p90", "p99", "max"):
                self.assertEqual(float(row[f"lookup_hops.{name}"]), hops[name], name)
            self.assertEqual(int(row["lookup_correct"]), alone["measurements"]["lookup_correct"])

    def test_a_precision_ends_a_point_with_its_first_narrow_interval(self):
        self.sweep(SWEEP, "--out", "all")
        self.sweep(PRECISE, "--out", "precise")
        everything = rows(self.folder / "all/results.csv")
        precise = rows(self.folder / "precise/results.csv")
        self.assertLess(len(precise), len(everything))
        self.assertTrue(all(row in everything for row in precise))
        for point in rows(self.folder / "precise/points.csv"):
            if point["measurement"] != "lookup_hops.mean":
                continue
            seeds = [row["seed"] for row in precise if row["hosts"] == point["hosts"]
                     and row["network.latency"] == point["network.latency"]]
            self.assertEqual(seeds, [str(i + 1) for i in range(int(point["runs"]))])
            if len(seeds) < 12:
                half = (float(point["high"]) - float(point["low"])) / 2
                self.assertLessEqual(half, 0.2 + 1e-9)

    def test_points_have_the_statistics_of_their_runs(self):
        self.sweep(SWEEP, "--out", "o")
        runs = [float(row["messages"]) for row in rows(self.folder / "o/results.csv")
                if row["hosts"] == "4" and row["network.latency"] == "10ms"]
        point = next(row for row in rows(self.folder / "o/points.csv")
                     if row["measurement"] == "messages")
        self.assertEqual(int(point["runs"]), 12)
        self.assertAlmostEqual(float(point["mean"]), sum(runs) / 12, delta=1e-6)
        self.assertEqual(float(point["min"]), min(runs))
        self.assertEqual(float(point["p50"]), sorted(runs)[5])
        self.assertEqual(float(point["max"]), max(runs))

    def test_a_run_that_dies_takes_no_other_along(self):
        self.write("f.yaml", "algorithm: fragile\nphases: [{spawn: {}, lasts: 1s}]\n"
                             "sweep: {vary: {parameters.breaks: [false, true]}, seeds: 1..2}\n")
        out, _ = self.run_program(WRONG, "sweep", "f.yaml", "--out", "o", code=1)
        self.assertIn("2 passed, 2 failed", out)
        self.assertIn("    crashed: the process died: Aborted, at the virtual time 0s", out)
        self.assertIn("sim f.yaml --seed 1 --set parameters.breaks=true\n", out)
        self.assertEqual([row["status"] for row in rows(self.folder / "o/results.csv")],
                         ["passed", "passed", "crashed", "crashed"])

    def test_what_was_not_measured_has_no_number(self):
        self.sweep(SWEEP.replace("times: 40", "times: 1, timeout: 1ns, may_fail: true"),
                   "--out", "o", "--seeds", "1..2")
        for row in rows(self.folder / "o/results.csv"):
            if row["lookup_hops.count"] == "0":
                self.assertEqual(row["lookup_hops.mean"], "")


class Interruptions(SweepTest):
    """The acceptance: --seeds 1..100 --jobs 2, ended at random moments."""

    def interrupted(self, words, folder, signals, count):
        """Starts the command again and again until it comes to its end, interrupted at least once.

        Gives how often it was."""
        chosen = random.Random(count)
        partial = self.folder / folder / "results.partial"
        for _ in range(50):
            ends = 0
            while True:
                run = self.start(*words, "--out", folder)
                done = partial.read_bytes().count(b"\n") if partial.exists() else 0
                self.wait_for_lines(run, partial, done + chosen.randrange(1, count // 2))
                time.sleep(chosen.random() * 0.01)
                number = signals[ends % len(signals)]
                run.send_signal(number)
                _, err = run.communicate(timeout=DEADLINE)
                if run.returncode == 0:
                    break
                self.assertIn(run.returncode, (130, -number), err)
                ends += 1
                self.assertLess(ends, 1000)
            if ends > 0:
                return ends
            shutil.rmtree(self.folder / folder)  # It was quicker than its interruption.
        self.fail("it always came to its end")

    def test_of_100_seeds_change_nothing(self):
        words = ["sim", SMALL, "--set", "hosts=8", "--seeds", "1..100"]
        for jobs in (1, 2):
            self.troupe(*words, "--jobs", jobs, "--out", f"o{jobs}")
        expected = self.files("o1", ("results.csv", "points.csv"))
        self.assertEqual(self.files("o2", ("results.csv", "points.csv")), expected)
        self.assertEqual(expected[0].count(b"\n"), 101)
        for name, signals in (("int", [signal.SIGINT]), ("kill", [signal.SIGKILL]),
                              ("both", [signal.SIGKILL, signal.SIGINT])):
            self.interrupted([*words, "--jobs", "2"], name, signals, count=100)
            self.assertEqual(self.files(name, ("results.csv", "points.csv")), expected, name)
            self.assertEqual({p.name for p in (self.folder / name).iterdir()}, set(FILES))

    def test_of_a_sweep_with_a_precision_change_nothing(self):
        self.sweep(PRECISE, "--out", "whole")
        self.interrupted(["sweep", "f.yaml", "--jobs", "3"], "part",
                         [signal.SIGKILL, signal.SIGINT], count=10)
        self.assertEqual(self.files("part"), self.files("whole"))

    def test_leave_no_process_behind(self):
        partial = self.folder / "o/results.partial"
        run = self.start("sim", SMALL, "--set", "phases.lookups.lasts=2000h", "--set",
                         "stop_after=5000h", "--seeds", "1..4", "--jobs", "2", "--out",
                         self.folder / "o")

        def alive():
            found = []
            for process in pathlib.Path("/proc").iterdir():
                try:
                    if str(partial.parent).encode() in (process / "cmdline").read_bytes():
                        found.append(process.name)
                except (OSError, ValueError):
                    pass
            return found

        end = time.monotonic() + DEADLINE
        while len(alive()) < 3:
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(run.poll(), "it ended by itself")
        run.kill()
        run.communicate()
        while alive():
            self.assertLess(time.monotonic(), end, "its processes go on")
            time.sleep(0.01)

    def test_a_line_that_was_cut_off_is_run_again(self):
        self.sweep(SWEEP, "--out", "whole")
        run = self.start("sweep", "f.yaml", "--seeds", "1..100000", "--out", "part")
        partial = self.folder / "part/results.partial"
        self.wait_for_lines(run, partial, 9)
        run.kill()
        run.communicate()
        with open(partial, "r+b") as file:
            file.truncate(partial.stat().st_size - 7)
        self.troupe("sweep", "f.yaml", "--out", "part")
        self.assertEqual(self.files("part"), self.files("whole"))

    def test_results_of_another_scenario_are_not_taken_up(self):
        self.sweep(SWEEP, "--out", "whole")
        self.write("g.yaml", SWEEP.replace("times: 40", "times: 50"))
        run = self.start("sweep", "g.yaml", "--seeds", "1..100000", "--out", "part")
        self.wait_for_lines(run, self.folder / "part/results.partial", 5)
        run.kill()
        run.communicate()
        self.troupe("sweep", "f.yaml", "--out", "part")
        self.assertEqual(self.files("part")[0], self.files("whole")[0])

    def test_the_files_that_a_scenario_names_belong_to_it(self):
        text = SWEEP.replace("network.latency: [10ms, {uniform: [5ms, 50ms]}]",
                             "network.latency: [10ms, {cdf: latencies.txt}]")
        self.write("f.yaml", text)
        self.write("latencies.txt", "10 0\n20 1\n")
        self.troupe("sweep", "f.yaml", "--out", "whole")
        self.write("latencies.txt", "10 0\n40 1\n")
        run = self.start("sweep", "f.yaml", "--seeds", "1..100000", "--out", "part")
        self.wait_for_lines(run, self.folder / "part/results.partial", 5)
        run.kill()
        run.communicate()
        self.write("latencies.txt", "10 0\n20 1\n")
        self.troupe("sweep", "f.yaml", "--out", "part")
        self.assertEqual(self.files("part")[0], self.files("whole")[0])

    def test_two_at_once_do_not_write_into_one_folder(self):
        run = self.start("sim", SMALL, "--seeds", "1..100000", "--jobs", "1", "--out", "o")
        self.wait_for_lines(run, self.folder / "o/results.partial", 1)
        _, err = self.troupe("sim", SMALL, "--seeds", "1..2", "--out", "o", code=2)
        self.assertIn("o/results.partial is being written by another run", err)
        run.send_signal(signal.SIGINT)
        run.communicate(timeout=DEADLINE)


class WrongInput(SweepTest):
    def refused(self, message, *words, text=SWEEP):
        _, err = self.sweep(text, *words, code=2)
        self.assertEqual(err, f"troupe: {message}\n")

    def test_a_scenario_without_a_sweep(self):
        self.refused("f.yaml has no 'sweep'; for many seeds of it: "
                     f"{TROUPE} sim f.yaml --seeds 1..100", text=SWEEP[:SWEEP.index("sweep:")])

    def test_a_change_that_would_have_no_effect(self):
        self.refused("--set hosts=3 has no effect: the sweep varies 'hosts'", "--set", "hosts=3")
        self.refused("--set network.latency.uniform=[1s, 2s] has no effect: the sweep varies "
                     "'network.latency'", "--set", "network.latency.uniform=[1s, 2s]")

    def test_wrong_options(self):
        self.refused("--jobs 0 is not a number from 1 to 1000", "--jobs", "0")
        self.refused("--on moon is unknown; there is slurm", "--on", "moon")
        self.refused("--on slurm: give --out DIR, a folder that all nodes of the cluster share",
                     "--on", "slurm")
        self.refused("--at-most goes with --on slurm", "--at-most", "1h")
        self.refused("--at-most soon is no duration; write for example 2h", "--on", "slurm",
                     "--out", "o", "--at-most", "soon")

    def test_wrong_seeds(self):
        _, err = self.sweep(SWEEP, "--seeds", "9..2", code=2)
        self.assertEqual(err, "--seeds 9..2: 'seeds' must be a range of seeds such as 1..100, not "
                              "'9..2'; the first comes after the last\n")

    def test_a_cluster_where_there_is_none(self):
        self.write("f.yaml", SWEEP)
        done = subprocess.run([TROUPE, "sweep", "f.yaml", "--on", "slurm", "--out", "o"],
                              cwd=self.folder, env={"PATH": str(self.folder)}, text=True,
                              capture_output=True, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr,
                         "troupe: --on slurm: there is no sbatch on this machine; on Debian, the "
                         "package slurm-client has it, and the machine must belong to a cluster\n")
        self.assertFalse((self.folder / "o").exists())


PLOTS = """  plots:
    - {line: lookup_hops.mean, over: hosts, scale: logarithmic}
    - {box: lookup_hops.p99, over: network.latency}
    - {line: messages}
"""

# Runs in the page: what a person would see of it.
LOOK = """<script>
const boxes = [...document.querySelectorAll("figure svg")].map(s => s.getBoundingClientRect());
document.body.setAttribute("data-seen", JSON.stringify({
  plots: boxes.length,
  drawn: boxes.filter(b => b.width > 200 && b.height > 100).length,
  paths: document.querySelectorAll("figure svg path").length,
  cells: document.querySelectorAll("table")[0].querySelectorAll("td").length,
  wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  loaded: performance.getEntriesByType("resource").length,
  title: document.title}));
</script>"""


class Page(SweepTest):
    def page(self, text=SWEEP + PLOTS, code=0, **environment):
        self.write("f.yaml", text)
        done = subprocess.run([TROUPE, "sweep", "f.yaml", "--out", "o", "--seeds", "1..4"],
                              cwd=self.folder, env={**os.environ, **environment}, text=True,
                              capture_output=True, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return (self.folder / "o/report.html").read_text(), done.stderr

    def test_without_gnuplot_has_tables_and_a_word(self):
        page, err = self.page(PATH=str(self.folder))
        self.assertIn("report.html has no plots: gnuplot is not installed", err)
        self.assertNotIn("<svg", page)
        self.assertIn("No plots: gnuplot is not installed", page)
        self.assertIn("<td class=\"key\">{uniform: [5ms, 50ms]}</td>", page)
        self.assertIn("a &lt;small&gt; ring &amp; its lookups", page)

    def test_tells_the_runs_that_did_not_pass(self):
        page, _ = self.page(SWEEP.replace("lookup_wrong == 0", "messages_seen > 3").replace(
            "messages_seen", "lookup_hops.max"), code=1, PATH=str(self.folder))
        self.assertIn("lookup_hops.max &gt; 3", page)
        self.assertIn("sim f.yaml --seed 1 --set hosts=4 --set network.latency=10ms</code>", page)

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed: tools/setup")
    def test_stands_alone_with_its_plots(self):
        page, err = self.page()
        self.assertEqual(err, "")
        self.assertEqual(page.count("<svg"), 3)
        self.assertEqual(page.count("</svg>"), 3)
        self.assertNotRegex(page, r"(?:src|href)=.(?:https?:)?//")
        ids = re.findall(r"\bid=['\"]([^'\"]+)", page)
        self.assertEqual(len(ids), len(set(ids)))
        for used in re.findall(r"href=['\"]#([^'\"]+)|url\(#([^)]+)\)", page):
            self.assertIn(used[0] or used[1], ids)

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed: tools/setup")
    def test_does_not_depend_on_the_users_settings_for_gnuplot(self):
        expected, _ = self.page()
        shutil.rmtree(self.folder / "o")
        for settings in ("set label 'mine' at graph 0.5, 0.5\nset title 'mine'\n", "exit\n"):
            self.write(".gnuplot", settings)
            page, err = self.page(HOME=str(self.folder))
            self.assertEqual(err, "")
            self.assertEqual(page, expected)
            shutil.rmtree(self.folder / "o")

    def test_says_so_where_gnuplot_draws_nothing(self):
        for name, script in (("fails", "#!/bin/sh\necho no terminal >&2\nexit 1\n"),
                             ("is silent", "#!/bin/sh\nexit 0\n")):
            fake = self.folder / "gnuplot"
            fake.write_text(script)
            fake.chmod(0o755)
            page, err = self.page(PATH=f"{self.folder}:{os.environ['PATH']}")
            self.assertIn("report.html has no plots: ", err, name)
            self.assertIn("No plots: ", page, name)
            shutil.rmtree(self.folder / "o")

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed: tools/setup")
    def test_has_plots_of_its_own_choice_where_none_are_named(self):
        page, err = self.page(SWEEP)
        self.assertEqual(err, "")
        self.assertIn("<figcaption>lookup_hops.mean: means and intervals</figcaption>", page)

    def test_looks_right_in_a_browser(self):
        browser = next(filter(None, map(shutil.which, ("chromium", "chromium-headless-shell"))),
                       None)
        if browser is None or shutil.which("gnuplot") is None:
            self.skipTest("chromium or gnuplot is not installed: tools/setup --test")
        page, _ = self.page()
        self.write("look.html", page.replace("</body>", LOOK + "</body>"))
        done = subprocess.run(
            [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--disable-dev-shm-usage", "--window-size=1200,900",
             f"--user-data-dir={self.folder / 'browser'}", "--dump-dom",
             f"file://{self.folder / 'look.html'}"],
            text=True, capture_output=True, timeout=DEADLINE, check=False)
        found = re.search(r'data-seen="([^"]*)"', done.stdout)
        self.assertTrue(found, done.stderr)
        seen = found[1].replace("&quot;", '"')
        for part in ('"plots":3', '"drawn":3', '"cells":28', '"wide":false', '"loaded":0',
                     '"title":"f"'):
            self.assertIn(part, seen)
        self.assertGreater(int(re.search(r'"paths":(\d+)', seen)[1]), 30)


if __name__ == "__main__":
    unittest.main(verbosity=2)
