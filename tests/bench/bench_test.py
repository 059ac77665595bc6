#!/usr/bin/env python3
"""The benchmarks run, and do the work that they say: as their tables do, with little of it.

Of the peers, only raw gRPC runs here, and nothing is timed.
"""

import json
import subprocess
import sys
import unittest

BENCHMARKS = {"ping_pong", "ring", "many_to_one", "create", "skynet", "independent"}


def table(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


class LocalActors(unittest.TestCase):
    def run_all(self, *options):
        code, out, err = table("bench/local_table", "--programs=troupe", "--troupe=bench/local",
                               "--quick", "--repeat=1", "--json", *options)
        self.assertEqual(code, 0, err)
        rows = json.loads(out)["rows"]
        self.assertEqual({row["benchmark"] for row in rows}, BENCHMARKS)
        return rows

    def test_do_their_work_on_threads(self):
        rows = self.run_all("--threads=1,2")
        self.assertEqual({row["threads"] for row in rows}, {1, 2})

    def test_do_their_work_in_the_simulator(self):
        self.run_all("--on=sim", "--threads=1")

    def test_have_no_table_when_the_work_was_not_done(self):
        code, out, err = table("bench/local_table", "--programs=troupe",
                               "--troupe=tests/bench/wrong_program", "--repeat=1", "ring")
        self.assertNotEqual(code, 0)
        self.assertNotIn("hops/s", out)
        self.assertIn("did not do the work", err)


class TwoProcesses(unittest.TestCase):
    def run_all(self, *options):
        code, out, err = table("bench/remote_table", "--quick", "--repeat=1", "--json", *options)
        self.assertEqual(code, 0, err)
        return {row["row"]: row["programs"] for row in json.loads(out)["rows"]}

    def test_do_their_work_in_raw_grpc(self):
        rows = self.run_all("--programs=unary,stream,batches", "--grpc=bench/remote_grpc")
        self.assertEqual(set(rows), {"ask/1", "ask/16", "ask/256", "ask/1024", "tell"})
        self.assertEqual(set(rows["ask/1024"]), {"unary", "stream", "batches"})

    def test_have_no_table_when_the_work_was_not_done(self):
        code, out, err = table("bench/remote_table", "--programs=stream",
                               "--grpc=tests/bench/wrong_program", "--repeat=1", "tell")
        self.assertNotEqual(code, 0)
        self.assertNotIn("messages/s", out)
        self.assertIn("did not do the work", err)


class SteadyChord(unittest.TestCase):
    def test_counts_what_is_known_of_it(self):
        code, out, err = table("bench/w1_table", "--troupe=bench/w1", "--plain=bench/w1_plain",
                               "--repeat=1", "1000/200")
        self.assertEqual(code, 0, err)
        self.assertIn("150,883", out)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
