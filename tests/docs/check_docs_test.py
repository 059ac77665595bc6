#!/usr/bin/env python3
"""Does check_docs.py see what is wrong, and mend what it can?"""

import os
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "check_docs.py")

SOURCE = """\
class Counter {
  int total() { return total_; }

  int total_ = 0;
};
"""


PROGRAM = """\
#!/bin/sh
echo "$@"
echo 0.5 s wall
"""


def check(document, *options):
    """Exit code, output, and the document afterwards, of a tree with one source and one program."""
    with tempfile.TemporaryDirectory() as folder:
        tree, programs = os.path.join(folder, "tree"), os.path.join(folder, "programs")
        os.mkdir(tree)
        os.mkdir(programs)
        for path, text in ((os.path.join(tree, "counter.h"), SOURCE),
                           (os.path.join(tree, "doc.md"), document),
                           (os.path.join(programs, "say"), PROGRAM)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        os.chmod(os.path.join(programs, "say"), 0o755)
        done = subprocess.run([sys.executable, SCRIPT, *options, tree, programs, "doc.md"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)
        with open(os.path.join(tree, "doc.md"), encoding="utf-8") as file:
            return done.returncode, done.stdout, file.read()


def block(directive, *lines):
    return "\n".join(["<!-- %s -->" % directive, "```cpp", *lines, "```", ""])


class CheckDocs(unittest.TestCase):
    def accepted(self, document):
        code, output, _ = check(document)
        self.assertEqual((code, output), (0, ""))

    def refused(self, document, sentence):
        code, output, _ = check(document)
        self.assertEqual(code, 1)
        self.assertIn(sentence, output)

    def test_lines_of_a_file_at_any_indentation(self):
        self.accepted(
            block("file: counter.h", "int total() { return total_; }", "", "int total_ = 0;"))

    def test_dots_leave_lines_out(self):
        self.accepted(block("file: counter.h", "class Counter {", "...", "  int total_ = 0;"))

    def test_lines_that_are_not_in_the_file(self):
        self.refused(block("file: counter.h", "int sum() { return total_; }"),
                     "doc.md:2: this is not in")

    def test_lines_in_another_order(self):
        self.refused(block("file: counter.h", "int total_ = 0;", "...", "class Counter {"),
                     "this is not in")

    def test_a_block_without_a_directive(self):
        self.refused(block("file: counter.h", "int total_ = 0;") + "```cpp\nint x;\n```\n",
                     "says neither")

    def test_a_directive_counts_for_the_next_block_only(self):
        self.refused(block("show: why", "int x;") +
                     "<!-- show: why -->\ntext\n```cpp\nint x;\n```\n", "says neither")

    def test_an_output_that_is_right(self):
        self.accepted(block("run", "$ ./say one", "one", "0.7 s wall", "$ ./say two", "two", "..."))

    def test_an_output_that_is_wrong(self):
        self.refused(block("run", "$ ./say one", "two", "..."), "differs; it is:")

    def test_an_exit_code(self):
        self.accepted(block("run", "$ false # exit 1"))
        self.refused(block("run", "$ false"), "exit code 1")

    def test_update_writes_what_is_right_and_keeps_the_rest(self):
        document = "# T\n" + block("run", "$ ./say one", "two") + "end\n" + block(
            "output: ./say three", "four") + block("run", "$ ./say six", "...", "9.9 s wall")
        code, _, after = check(document, "--update")
        self.assertEqual(code, 0)
        self.assertEqual(after, "# T\n" + block("run", "$ ./say one", "one", "0.5 s wall") +
                         "end\n" + block("output: ./say three", "three", "0.5 s wall") +
                         block("run", "$ ./say six", "...", "9.9 s wall"))

    def test_a_link_to_nothing(self):
        self.refused("See [this](nothing.md).\n", "no file for the link nothing.md")
        self.accepted("See [this](counter.h#L1) and [that](https://example.org).\n")


if __name__ == "__main__":
    unittest.main()
