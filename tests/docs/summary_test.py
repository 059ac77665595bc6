#!/usr/bin/env python3
"""docs/reference/summary.md names every field of summary.json, and no other."""

import json
import os
import re
import subprocess
import tempfile
import unittest

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
PROGRAM = os.path.join("cli", "troupe")


def read(path):
    with open(os.path.join(TREE, path), encoding="utf-8") as file:
        return file.read()


def tables(text):
    """The names in the first column of each table."""
    found, table = [], None
    for line in text.split("\n"):
        if not line.startswith("|"):
            table = None
            continue
        if table is None:
            table = set()
            found.append(table)
        table.update(re.findall(r"`([^`]+)`", line.split("|")[1]))
    return found


class Summary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([PROGRAM, "sim", os.path.join(TREE, "scenarios/chord_small.yaml"),
                            "--out", out, "--quiet", "--trace"], check=True)
            with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
                cls.summary = json.load(file)
            cls.files = set(os.listdir(out))
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([PROGRAM, "sim", os.path.join(TREE, "scenarios/chord_small.yaml"),
                            "--set", "hosts=8", "--seeds", "1..2", "--out", out, "--quiet"],
                           check=True)
            cls.many = set(os.listdir(out))
            cls.results, cls.points = (
                [line.split(",") for line in open(os.path.join(out, name), encoding="utf-8")
                 .read().splitlines()] for name in ("results.csv", "points.csv"))
        cls.tables = tables(read("docs/reference/summary.md"))

    def test_files(self):
        self.assertEqual(self.tables[0], {"DIR/" + file for file in self.files})

    def test_fields(self):
        fields = set(self.summary) | {"checks[]." + name for name in self.summary["checks"][0]}
        self.assertEqual(self.tables[1], fields)

    def test_fields_of_a_series(self):
        self.assertEqual(self.tables[2], set(self.summary["measurements"]["lookup_hops"]))

    def test_fields_of_a_bin(self):
        text = read("docs/reference/summary.md")
        for name in self.summary["measurements"]["lookup_hops"]["histogram"][0]:
            self.assertIn("`%s`" % name, text)

    def test_files_of_many_runs(self):
        self.assertEqual(self.tables[4], {"DIR/" + file for file in self.many})

    def test_columns_of_results_csv(self):
        named = self.tables[5]
        self.assertEqual(named - {"NAME", "NAME.STATISTIC"}, set(self.results[0][:9]))
        text = read("docs/reference/summary.md")
        for column in self.results[0][9:]:
            if column.startswith("lookup_hops."):
                self.assertIn("`%s`" % column.split(".")[1], text)

    def test_columns_of_points_csv(self):
        self.assertEqual(self.tables[7], set(self.points[0]))

    def test_reasons_of_drops(self):
        source = read("actor/internal/turn.cc")
        body = source[source.index("to_string(DropReason reason) {"):]
        reasons = re.findall(r'return "(\w+)"', body[:body.index("\n}")])
        self.assertEqual(self.tables[3], set(reasons))


if __name__ == "__main__":
    unittest.main()
