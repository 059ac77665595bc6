#!/usr/bin/env python3
"""Each rule of tools/tidy_tree finds what it forbids, and leaves alone what is allowed."""

import importlib.machinery
import importlib.util
import os
import sys
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tidy_tree")
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("tidy_tree", SCRIPT)
tidy_tree = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy_tree", loader))
loader.exec_module(tidy_tree)


def lines(path, text, others=None):
    """The lines that tidy_tree objects to."""
    others = others or {}
    found = tidy_tree.check_file(path, text, lambda other: others.get(other, ""))
    return sorted(line for line, _ in found)


class TidyTree(unittest.TestCase):

    def test_a_source_opens_with_a_comment(self):
        self.assertEqual(lines("sim/a.cc", "#include <vector>\n"), [1])
        self.assertEqual(lines("sim/a.cc", "// What it is.\n#include <vector>\n"), [])

    def test_names_say_something(self):
        self.assertEqual(lines("sim/utils.h", "// x\n"), [1])
        self.assertEqual(lines("common/ring.h", "// x\n"), [1])
        self.assertEqual(lines("sim/community.h", "// x\n"), [])

    def test_width(self):
        self.assertEqual(lines("sim/a.cc", "// x\n" + "x" * 100 + "\n" + "x" * 101), [3])
        self.assertEqual(lines("sim/a.cc", "// https://" + "x" * 101), [])

    def test_leftovers(self):
        self.assertEqual(lines("sim/a.cc", "// TO" + "DO: later\n"), [1])

    def test_what_differs_from_run_to_run(self):
        for bad in ("auto t = std::chrono::steady_clock::now();", "int x = rand();",
                    "std::thread t;", "std::random_device d;", "absl::BitGen g;",
                    "absl::Time t = absl::Now();", "#include <sys/socket.h>",
                    '#include "grpcpp/grpcpp.h"', "int s = socket(AF_INET, SOCK_STREAM, 0);"):
            with self.subTest(bad):
                self.assertEqual(lines("algorithms/a/a.cc", "// x\n" + bad), [2])
                self.assertEqual(lines("actor/a.h", "// x\n" + bad), [2])
                self.assertEqual(lines("remote/a.cc", "// x\n" + bad), [])

    def test_words_that_only_look_like_it(self):
        good = ('// x\n// std::thread\nint operand(int);\nauto a = operand(1);\n'
                'auto s = "std::thread";\nint n = 1\'000\'000;\nauto t = now();\n'
                'node.connect(peer);\n')
        self.assertEqual(lines("algorithms/a/a.cc", good), [])

    def test_a_reason_excuses(self):
        line = "std::thread t;  // tidy_tree: %s"
        self.assertEqual(lines("actor/a.cc", "// x\n" + line % "the one thread of the bridge"), [])
        self.assertEqual(lines("actor/a.cc", "// x\n" + line % ""), [2])

    def test_the_order_of_hash_tables(self):
        header = "// x\nabsl::flat_hash_map<int, std::vector<int>> table_;\n"
        loop = "// x\nfor (const auto& [a, b] : table_) {}\n"
        self.assertEqual(lines("sim/a.cc", loop, {"sim/a.h": header}), [2])
        self.assertEqual(lines("trace/a.cc", loop, {"trace/a.h": header}), [])
        local = "// x\nstd::unordered_set<int> seen;\nauto i = seen.begin();\nseen.find(3);\n"
        self.assertEqual(lines("actor/a.cc", local), [3])
        ordered = "// x\nstd::map<int, int> m;\nfor (auto& p : m) {}"
        self.assertEqual(lines("actor/a.cc", ordered), [])


if __name__ == "__main__":
    unittest.main()
