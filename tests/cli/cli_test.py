"""What the command line says: help, wrong input, checks that fail, deadlocks, Ctrl-C."""

import csv
import json
import os
import re
import signal
import subprocess
import time
import unittest

from command_line import DEADLINE, SCENARIOS, TROUPE, WRONG, CommandLineTest

SMALL = str(SCENARIOS / "chord_small.yaml")


class Help(CommandLineTest):
    def test_is_there_for_the_program_and_every_verb(self):
        out, _ = self.troupe("--help")
        for verb in ("sim", "sweep", "check", "list", "trace", "describe", "host"):
            self.assertIn(f"\n  {verb} ", out)
            text, _ = self.troupe(verb, "--help")
            self.assertTrue(text.startswith("Usage: "), text)
            self.assertIn(f" {verb} ", text)

    def test_comes_with_exit_code_2_where_no_verb_is_given(self):
        out, err = self.troupe(code=2)
        self.assertEqual(out, "")
        self.assertIn("Usage: ", err)

    def test_tells_the_version(self):
        self.assertRegex(self.troupe("--version")[0],
                         r"^troupe \d+\.\d+\.\d+\n"
                         r"commit    unknown\n"
                         r"compiler  (clang|g\+\+) \d+\.\d+\.\d+\n"
                         r"build     (not )?optimized, with(out)? assertions.*\n$")

    def test_tells_the_commit_that_the_launcher_names(self):
        os.environ["TROUPE_COMMIT"] = "0123abcd-dirty"
        self.addCleanup(os.environ.pop, "TROUPE_COMMIT")
        self.assertIn("\ncommit    0123abcd-dirty\n", self.troupe("--version")[0])

    def test_lists_what_a_scenario_can_use(self):
        self.assertIn("chord ", self.troupe("list")[0])
        out, _ = self.troupe("list", "chord")
        for word in ("stabilize_every", "find_successor(uint64", "ideal", "ring_is_ideal",
                     "lookup_hops"):
            self.assertIn(word, out)


class WrongInput(CommandLineTest):
    """Exit code 2, one clear message, nothing on standard output, no stack trace."""

    def refused(self, words, *messages):
        out, err = self.troupe(*words, code=2)
        self.assertEqual(out, "")
        self.assertEqual(err.rstrip("\n").split("\n"), list(messages))

    def scenario(self, changes="", phases="phases:\n  - spawn: {}\n    lasts: 1s\n"):
        return self.write("f.yaml", "algorithm: chord\n" + changes + phases)

    def test_unknown_verb(self):
        self.refused(["smi"], "troupe: unknown verb 'smi'; did you mean 'sim'? "
                              "allowed: sim, sweep, check, list, trace, describe, host")

    def test_describe_of_what_is_not_there(self):
        self.refused(["describe", "Nod"], "troupe: unknown algorithm or class 'Nod'; did you mean "
                                          "'Node'? allowed: Host, NetworkFaults, chord, Node")
        self.refused(["describe", "Host", "Node"], "troupe: 'describe' does not know what to do "
                     "with 'Node'; see 'TROUPE describe --help'".replace("TROUPE", TROUPE))

    def test_a_host_that_cannot_be(self):
        self.write("empty", "\n")
        self.write("words", "two words\n")
        (self.folder / "words").chmod(0o600)
        here = ["host", "--listen", "127.0.0.1:0"]
        for words, message in (
                (["host"], "'host' needs --listen HOST:PORT, as in --listen 127.0.0.1:7000"),
                (["host", "--listen", "localhost"],
                 "the address to listen on must be host:port, as in 127.0.0.1:7000, and not "
                 "'localhost'"),
                (["host", "--listen", "127.0.0.1:99999"],
                 "the address to listen on must be host:port, as in 127.0.0.1:7000, and not "
                 "'127.0.0.1:99999'"),
                (["host", "--listen", "0.0.0.0:0"],
                 "no other host can call this one at 0.0.0.0:0, which is every address of a "
                 "machine: advertise the one that others use"),
                ([*here, "--advertise", "here"],
                 "the advertised address must be host:port, as in 127.0.0.1:7000, and not 'here'"),
                ([*here, "--name", ""], "--name must not be empty"),
                ([*here, "--join", "there"],
                 "--join must be host:port, as in 127.0.0.1:7000, and not 'there'"),
                ([*here, "--threads", "0"],
                 "--threads must be a number from 1 to 1024, not '0'"),
                ([*here, "--threads", "many"],
                 "--threads must be a number from 1 to 1024, not 'many'"),
                ([*here, "--token-file", "nowhere"],
                 "--token-file: the file nowhere cannot be read: No such file or directory"),
                ([*here, "--token-file", "empty"], "--token-file: empty is empty"),
                ([*here, "--token-file", "words"],
                 "--token-file: the token in words must be one word of letters, digits and signs"),
                ([*here, "--certificate", "words"],
                 "certificates need three files: certificate, key and authority"),
                ([*here, "--certificate", "nowhere", "--key", "words", "--authority", "words"],
                 "the certificate nowhere cannot be read: No such file or directory"),
                ([*here, "--trace", "t.jsonl", "--verbose"],
                 "--trace has all that --verbose says: give one of them")):
            with self.subTest(words=words):
                self.refused(words, "troupe: " + message)

    def test_unknown_option(self):
        out, err = self.troupe("sim", SMALL, "--sed", "1", code=2)
        self.assertIn("unknown option --sed of 'sim'; did you mean '--seed'?", err)

    def test_an_option_without_its_value(self):
        self.assertIn("--seed needs a value: --seed N", self.troupe("sim", SMALL, "--seed",
                                                                    code=2)[1])

    def test_no_file(self):
        self.assertIn("'sim' needs FILE", self.troupe("sim", code=2)[1])

    def test_two_files(self):
        self.assertIn("does not know what to do with 'b'", self.troupe("sim", "a", "b", code=2)[1])

    def test_a_seed_that_is_no_number(self):
        for seed in ("abc", "-1", "1.5", "", "99999999999999999999999"):
            _, err = self.troupe("sim", SMALL, f"--seed={seed}", code=2)
            self.assertIn("--seed", err)
            self.assertEqual(err.count("\n"), 1, err)

    def test_a_file_that_is_not_there(self):
        self.assertIn("nowhere.yaml", self.troupe("sim", "nowhere.yaml", code=2)[1])

    def test_a_directory(self):
        self.assertIn("directory", self.troupe("sim", ".", code=2)[1])

    def test_an_empty_file(self):
        self.write("empty.yaml", "")
        self.assertIn("empty", self.troupe("sim", "empty.yaml", code=2)[1])

    def test_a_file_that_is_not_yaml(self):
        self.write("binary.yaml", "a: [b\n\x01\x02")
        _, err = self.troupe("sim", "binary.yaml", code=2)
        self.assertRegex(err, r"^binary\.yaml:\d+:\d+: ")

    def test_unknown_key_and_its_nearest_spelling(self):
        _, err = self.troupe("check", self.scenario("hsots: 10\n"), code=2)
        self.assertIn("f.yaml:2:1: ", err)
        self.assertIn("did you mean 'hosts'?", err)

    def test_unknown_algorithm(self):
        self.write("f.yaml", "algorithm: cord\nphases: [{spawn: {}, lasts: 1s}]\n")
        _, err = self.troupe("sim", "f.yaml", code=2)
        self.assertIn("did you mean 'chord'?", err)

    def test_unknown_method(self):
        _, err = self.troupe("sim", self.scenario(
            phases="phases:\n  - spawn: {}\n  - calls: {method: Node.lokup, arguments: [1]}\n"),
            code=2)
        self.assertIn("did you mean", err)
        self.assertIn("lookup", err)

    def test_wrong_argument(self):
        for argument in ("-1", "abc", "1e30"):
            _, err = self.troupe("sim", self.scenario(
                phases="phases:\n  - spawn: {}\n"
                       f"  - calls: {{method: Node.lookup, arguments: [{argument}]}}\n"), code=2)
            self.assertRegex(err, r"^f\.yaml:4:\d+: ")

    def test_missing_field(self):
        self.write("f.yaml", "hosts: 3\n")
        self.assertIn("algorithm", self.troupe("sim", "f.yaml", code=2)[1])

    def test_absurd_numbers(self):
        for changes in ("hosts: 0\n", "hosts: -5\n", "hosts: 1000000000000\n",
                        "network: {loss: 1.5}\n", "network: {latency: -1s}\n",
                        "parameters: {bits: 65}\n", "parameters: {stabilize_every: 0s}\n"):
            _, err = self.troupe("sim", self.scenario(changes), code=2)
            self.assertRegex(err, r"^f\.yaml:2:\d+: ", changes)

    def test_all_mistakes_of_a_file_at_once(self):
        _, err = self.troupe("check", self.scenario(
            "hosts: many\nnetwork: {loss: 2}\nseeed: 1\nstart: perfect\n"), code=2)
        self.assertEqual(err.count("\n"), 4, err)

    def test_set_of_what_is_not_there(self):
        _, err = self.troupe("sim", SMALL, "--set", "hsots=3", code=2)
        self.assertIn("--set hsots=3", err)
        _, err = self.troupe("sim", SMALL, "--set", "hosts", code=2)
        self.assertIn("--set", err)

    def test_an_output_folder_that_cannot_be_written(self):
        self.write("file", "")
        _, err = self.troupe("sim", SMALL, "--out", "file/results", code=2)
        self.assertIn("--out file/results: ", err)
        self.assertEqual(err.count("\n"), 1, err)

    def test_a_trace_without_a_folder(self):
        self.assertIn("--out DIR", self.troupe("sim", SMALL, "--trace", code=2)[1])

    def test_a_trace_that_is_none(self):
        self.write("t.jsonl", "hello\n")
        self.assertIn("t.jsonl:1", self.troupe("trace", "t.jsonl", code=2)[1])
        self.assertIn("nowhere", self.troupe("trace", "nowhere", code=2)[1])
        self.assertIn("there are mermaid, plantuml and sdedit",
                      self.troupe("trace", "t.jsonl", "--to", "png", code=2)[1])


class Results(CommandLineTest):
    def test_a_run_that_passes_says_how_to_repeat_it(self):
        out, err = self.troupe("sim", SMALL, "--seed", "9", "--set", "hosts=32")
        self.assertEqual(err, "")
        self.assertIn("32 hosts, seed 9", out)
        self.assertIn(f"sim {SMALL} --seed 9 --set hosts=32\n", out)
        self.assertTrue(out.endswith("\nchord_small passed\n"), out)

    def test_the_folder_has_a_summary_metrics_and_the_trace(self):
        self.troupe("sim", SMALL, "--out", "new/results", "--trace", "--quiet")
        results = self.folder / "new/results"
        self.assertEqual({p.name for p in results.iterdir()},
                         {"summary.json", "metrics.csv", "phases.csv", "trace.jsonl"})
        summary = json.loads((results / "summary.json").read_text())
        for key in ("scenario", "seed", "status", "event_hash", "events", "messages",
                    "messages_per_second", "virtual_seconds", "wall_seconds", "peak_memory_bytes",
                    "hosts", "checks", "measurements"):
            self.assertIn(key, summary)
        self.assertEqual(summary["status"], "passed")
        self.assertEqual(summary["measurements"]["lookup_failures"], 0)
        self.assertEqual(summary["measurements"]["lookup_timeouts"], 0)
        hops = summary["measurements"]["lookup_hops"]
        self.assertEqual(set(hops), {"count", "sum", "mean", "deviation", "min", "p1", "p5", "p10",
                                     "p50", "p90", "p95", "p99", "p99.9", "max", "last",
                                     "infinite", "not_a_number", "percentile_error", "histogram"})
        self.assertEqual(sum(b["count"] for b in hops["histogram"]), hops["count"])
        self.assertEqual(hops["count"], 500)

    def test_a_state_over_time_is_in_all_files(self):
        self.write("f.yaml", """
algorithm: chord
hosts: 20
network: {latency: 20ms}
measure: [wrong_successors, {what: ring_is_ideal, every: 5s, during: calm}]
phases:
  - {name: join, spawn: {every: 1s}, lasts: 30s}
  - {name: calm, lasts: 1m}
checks:
  - wrong_successors[join].max > 0
  - wrong_successors[calm].max == 0
  - wrong_successors == 0
  - ring_is_ideal.mean == 1
""")
        self.troupe("sim", "f.yaml", "--out", "o", "--quiet")
        states = ("wrong_successors", "ring_is_ideal")
        summary = json.loads((self.folder / "o/summary.json").read_text())
        counts = {name: summary["measurements"][name]["count"] for name in states}
        self.assertEqual(counts, {"wrong_successors": 90, "ring_is_ideal": 12})
        with (self.folder / "o/series.csv").open() as file:
            series = list(csv.DictReader(file))
        self.assertEqual([float(row["time"]) for row in series if row["name"] == states[0]],
                         list(range(1, 91)))
        for row in series:
            self.assertEqual(row["count"], "1")
            self.assertEqual(row["mean"], row["max"])
        with (self.folder / "o/metrics.csv").open() as file:
            metrics = {row["name"]: row for row in csv.DictReader(file)}
        total = sum(float(row["mean"]) for row in series if row["name"] == states[0])
        self.assertEqual(float(metrics[states[0]]["sum"]), total)
        # A sweep has them in its results.
        self.troupe("sim", "f.yaml", "--seeds", "1..2", "--out", "seeds", "--quiet")
        with (self.folder / "seeds/results.csv").open() as file:
            first = next(csv.DictReader(file))
        self.assertEqual(float(first["wrong_successors.sum"]), total)
        self.assertEqual(first["ring_is_ideal.last"], "1")

    def test_nothing_measured_is_no_number(self):
        self.write("f.yaml", "algorithm: chord\nmeasure_every: 10s\n"
                             "phases: [{spawn: {}, lasts: 25s}]\n"
                             "checks: [lookup_hops.mean < 5]\n")
        out, _ = self.troupe("sim", "f.yaml", "--out", "o", code=1)
        self.assertIn("FAIL  lookup_hops.mean < 5  (nothing was measured under lookup_hops)", out)
        summary = json.loads((self.folder / "o/summary.json").read_text())
        hops = summary["measurements"]["lookup_hops"]
        self.assertEqual((hops["count"], hops["sum"]), (0, 0))
        self.assertEqual((hops["mean"], hops["p99"], hops["last"]), (None, None, None))
        for name in ("metrics", "phases", "series"):
            with (self.folder / f"o/{name}.csv").open() as file:
                found = [row for row in csv.DictReader(file) if row["name"] == "lookup_hops"]
            self.assertEqual({(row["count"], row["mean"], row["max"]) for row in found},
                             {("0", "", "")}, name)
        self.assertEqual([row["time"] for row in found], ["10", "20", "25"])

    def test_nothing_is_written_unless_asked_for(self):
        self.troupe("sim", SMALL)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_names_of_a_report_are_those_of_the_trace(self):
        # A node that has crashed and come back has too many successors once its neighbour is gone.
        self.write("two_lives.yaml", """
            algorithm: chord
            hosts: 8
            start: ideal
            phases:
              - spawn: {}
              - {crash: {hosts: [3], lasts: 1s}}
              - {until: ring_is_ideal, at_most: 5m}
              - {crash: [4]}
            checks: [ring_is_ideal]
            """)
        summary = self.summary("two_lives.yaml", "--out", "lives", "--trace", code=1)
        told = "\n".join(summary["checks"][-1]["last_events"])
        names = set(re.findall(r"Node@n\d+(?:/\d+)?", told))
        self.assertTrue(names)
        for name in names:
            self.troupe("trace", "lives/trace.jsonl", "--actor", name, "--neighbours")
        _, hint = self.troupe("trace", "lives/trace.jsonl", "--actor", "Node@n3", "--neighbours")
        self.assertEqual(hint, "Node@n3 is one of several actors; another is Node@n3/2: "
                               "--actor Node@n3 --actor 'Node@n3/*' shows all\n")
        _, hint = self.troupe("trace", "lives/trace.jsonl", "--actor", "Node@n3/3", code=2)
        self.assertIn("of this class on this host, the trace has Node@n3, Node@n3/2\n", hint)

    def test_a_trace_becomes_a_diagram(self):
        self.troupe("sim", SCENARIOS / "chord_golden.yaml", "--out", "o", "--trace", "--quiet")
        out, _ = self.troupe("trace", "o/trace.jsonl", "--to", "mermaid", "--until", "3s")
        self.assertTrue(out.startswith("sequenceDiagram\n"), out[:100])
        self.assertIn("find_successor", out)

    def test_a_check_that_fails_gives_1_and_the_command_to_repeat(self):
        self.write("f.yaml", "algorithm: idle\nseed: 5\nphases: [{spawn: {}, lasts: 1s}]\n"
                             "checks: [pigs_fly]\n")
        out, _ = self.run_program(WRONG, "sim", "f.yaml", code=1)
        self.assertIn("FAIL  pigs_fly  (1 actors, and no pig flies)", out)
        self.assertIn("sim f.yaml --seed 5\n", out)
        self.assertTrue(out.endswith("f failed\n"))

    def test_a_cycle_of_calls_is_named(self):
        self.write("f.yaml", "algorithm: cycle\nhosts: 2\n"
                             "phases:\n  - spawn: {}\n"
                             "  - calls: {method: Polite.answer}\n"
                             "  - calls: {method: Polite.answer, times: 5}\n")
        out, _ = self.run_program(WRONG, "sim", "f.yaml", code=1)
        self.assertIn("call cycle: Polite.answer of Polite@n1 -> Polite.greet of Polite@n0 -> "
                      "Polite.greet of Polite@n1", out)

    def test_a_run_in_which_nothing_can_happen_any_more_says_who_waits(self):
        self.write("f.yaml", "algorithm: silent\n"
                             "phases:\n  - spawn: {}\n  - calls: {method: Silent.wait_for_ever}\n")
        out, _ = self.run_program(WRONG, "sim", "f.yaml", code=1)
        self.assertIn("nothing can happen any more, and 1 calls are open", out)
        self.assertIn("who waits for whom\n    Silent@n0 waits in Silent.wait_for_ever since 0s\n",
                      out)

    def test_verify_finds_what_another_process_does_otherwise(self):
        self.write("f.yaml", "algorithm: stray\nphases: [{spawn: {}, lasts: 1s}]\n")
        _, err = self.run_program(WRONG, "sim", "f.yaml", "--verify", code=1)
        self.assertIn("two runs with the same seed differ", err)
        self.assertIn("Stray.tick", err)

    def test_ctrl_c_gives_a_partial_summary_and_130(self):
        log = self.folder / "hashes"
        run = subprocess.Popen(
            [TROUPE, "sim", SMALL, "--set", "phases.lookups.lasts=20h", "--json", "--hash-log",
             str(log)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + DEADLINE
        while not (log.exists() and log.stat().st_size > 0):  # It runs.
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(run.poll(), "it ended by itself")
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 130, err)
        summary = json.loads(out)
        self.assertEqual(summary["status"], "interrupted")
        self.assertGreater(summary["events"], 0)
        self.assertIn("not reached", {check["status"] for check in summary["checks"]})


class Seeds(CommandLineTest):
    """Many seeds in several processes."""

    def results(self, *words, code=0):
        out, _ = self.troupe("sim", SMALL, "--set", "hosts=8", *words, code=code)
        return out

    def test_results_are_the_same_for_any_number_of_processes(self):
        for jobs in (1, 2, 5):
            self.results("--seeds", "3..12", "--jobs", jobs, "--out", f"o{jobs}")
        files = {(self.folder / f"o{jobs}/results.csv").read_bytes() for jobs in (1, 2, 5)}
        self.assertEqual(len(files), 1)
        lines = files.pop().decode().splitlines()
        self.assertEqual([line.split(",")[0] for line in lines],
                         ["seed", *map(str, range(3, 13))])
        self.assertEqual({line.split(",")[1] for line in lines[1:]}, {"passed"})

    def test_one_of_many_is_the_run_of_that_seed_alone(self):
        self.results("--seeds", "7..8", "--out", "o")
        row = (self.folder / "o/results.csv").read_text().splitlines()[1].split(",")
        alone = self.summary(SMALL, "--set", "hosts=8", "--seed", "7")
        self.assertEqual(row[2], alone["event_hash"])
        self.assertEqual(int(row[3]), alone["reached_end"])
        self.assertEqual(int(row[4]), alone["events"])

    def test_an_interrupted_run_goes_on_where_it_was(self):
        whole = self.results("--seeds", "1..6", "--out", "whole")
        self.assertIn("6 passed, 0 failed", whole)
        expected = (self.folder / "whole/results.csv").read_bytes()
        run = subprocess.Popen([TROUPE, "sim", SMALL, "--set", "hosts=8", "--seeds", "1..100000",
                                "--jobs", "1", "--out", "part"], cwd=self.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        partial = self.folder / "part/results.partial"
        end = time.monotonic() + DEADLINE
        while not (partial.exists() and partial.read_text().count("\n") > 4):
            self.assertLess(time.monotonic(), end)
            self.assertIsNone(run.poll(), "it ended by itself")
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=DEADLINE)
        self.assertEqual(run.returncode, 130, err)
        self.assertIn("goes on from here", out)
        # A row that only the first run can have written shows that it is taken up.
        marked = partial.read_text().replace("\tpassed\t", "\tmarked\t", 1)
        partial.write_text(marked)
        self.results("--seeds", "1..6", "--out", "part", code=1)
        self.assertIn(",marked,", (self.folder / "part/results.csv").read_text())
        # Without the mark, it is as if it had never been interrupted.
        self.results("--seeds", "1..6", "--out", "part")
        self.assertEqual((self.folder / "part/results.csv").read_bytes(), expected)

    def test_a_failing_seed_is_told_with_its_command(self):
        self.write("f.yaml", "algorithm: idle\nphases: [{spawn: {}, lasts: 1s}]\n"
                             "checks: [pigs_fly]\n")
        out, _ = self.run_program(WRONG, "sim", "f.yaml", "--seeds", "4..5", code=1)
        self.assertIn("0 passed, 2 failed", out)
        self.assertIn("pigs_fly (1 actors, and no pig flies)", out)
        self.assertIn("sim f.yaml --seed 4\n", out)

    def test_a_bug_that_needs_a_pause_is_found_by_seeds_and_repeated_by_its_command(self):
        self.write("lease.yaml", """
algorithm: lease
parameters: {careless: true}
hosts: 4
network: {latency: 10ms}
call_timeout: 500ms
phases:
  - spawn: [{actor: Lender, on: [0]}, {actor: Borrower, on: [1, 2, 3]}]
  - pause: {hosts: 1..3, times: 10, every: {exponential: {mean: 3s}}, lasts: 1300ms}
    lasts: 30s
checks:
  - {never: two_have_it, every: event}
""")
        seeds = ["lease.yaml", "--seeds", "1..40"]
        self.run_program(WRONG, "sim", *seeds, "--set", "parameters.careless=false", "--quiet")
        out, _ = self.run_program(WRONG, "sim", *seeds, code=1)
        found = re.findall(r"wrong_algorithms (sim lease.yaml --seed \d+)$", out, re.MULTILINE)
        self.assertGreater(len(found), 0, out)
        self.assertLess(len(found), 40, "it is not rare enough to need seeds")
        reports = [self.run_program(WRONG, *found[0].split(), code=1)[0] for _ in range(2)]
        hashes = {re.search("event hash  (.*)", report)[1] for report in reports}
        self.assertEqual(len(hashes), 1)
        # What was seen, when, what they did last, and how to see it again.
        report = reports[0]
        self.assertRegex(report, r"FAIL  never two_have_it  \(it did, after [0-9.]+s\)")
        self.assertIn("what they did last, until ", report)
        self.assertRegex(report, r" Borrower@n\d has the answer of borrow from Lender@n0")
        self.assertIn(" goes on\n", report)
        self.assertIn(found[0], report)

    def test_encode_holds_for_every_seed(self):
        self.write("f.yaml", "algorithm: forgetful\nhosts: 2\nphases:\n  - spawn: {}\n"
                             "  - calls: {method: Forgetful.deliver, times: 20}\n")
        self.run_program(WRONG, "sim", "f.yaml", "--seeds", "1..2")
        out, _ = self.run_program(WRONG, "sim", "f.yaml", "--seeds", "1..2", "--encode", code=1)
        self.assertIn("0 passed, 2 failed", out)
        self.assertIn("sim f.yaml --seed 1 --encode\n", out)
        out, _ = self.run_program(WRONG, "sim", "f.yaml", "--encode", code=1)
        self.assertIn("the label is gone", out)

    def test_wrong_ranges_are_refused(self):
        for words in (["--seeds", "5"], ["--seeds", "9..2"], ["--seeds", "a..b"],
                      ["--seeds", "1..9999999999"], ["--seeds", "1..2", "--jobs", "0"],
                      ["--seeds", "1..2", "--seed", "1"], ["--jobs", "2"],
                      ["--seeds", "1..2", "--out", "file/o"]):
            self.write("file", "")
            _, err = self.troupe("sim", SMALL, *words, code=2)
            self.assertIn("--", err)
            self.assertEqual(err.count("\n"), 1, err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
