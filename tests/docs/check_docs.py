#!/usr/bin/env python3
"""Checks that the documents tell the truth: every snippet is in a file that is built and tested,
every command gives the output shown, every link leads somewhere.

Usage: tests/docs/check_docs.py [--update] TREE PROGRAMS FILE.md...

TREE is the root of the sources. PROGRAMS is a folder with what the documents run: ./troupe, and
.bazel/bin/... as Bazel would have made it. With --update, outputs that differ are written into the
documents.

A comment on the line before a fenced block says what the block is:

    <!-- file: PATH -->      lines of that file; a line that is only ... leaves some out
    <!-- expect: PATH -->    what the compiler says of a program in tests/docs/mistakes
    <!-- run -->             commands after "$ ", each with its output; "# exit 1" after a command
                             is its exit code
    <!-- output: COMMAND --> the output of a command, and nothing else
    <!-- show: REASON -->    not checked

A document without any such comment is another test's matter; only its links are checked.

Times, memory and the event hash differ between machines and versions, and are not compared.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^( *)```(\w*)$")
DIRECTIVE = re.compile(r"^ *<!-- (file|expect|run|output|show)(?:: (.*?))? -->$")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
# What no two machines agree on, and what a change of the engine may change.
VARIES = [
    (re.compile(r"[\d.]+ s wall"), "N s wall"),
    (re.compile(r"\([\d.]+ ?[kM]?/s\)"), "(N/s)"),
    (re.compile(r"memory      .*"), "memory      N"),
    (re.compile(r"0x[0-9a-f]{16}"), "0xHASH"),
    (re.compile(r'"(wall_seconds|messages_per_second|peak_memory_bytes|bytes_per_host)": '
                r'[\d.e+-]+'), r'"\1": N'),
]


class Block:
    """A fenced block: where it stands, its directive and its lines."""

    def __init__(self, path, line, language, kind, argument, lines):
        self.path, self.line, self.language = path, line, language
        self.kind, self.argument, self.lines = kind, argument, lines


def blocks_of(path, text):
    """The fenced blocks of a document, and where their lines begin."""
    found, lines, index, directive = [], text.split("\n"), 0, (None, None)
    while index < len(lines):
        match = DIRECTIVE.match(lines[index])
        if match:
            directive = (match[1], match[2])
            index += 1
            continue
        match = FENCE.match(lines[index])
        if not match:
            if lines[index].strip():
                directive = (None, None)
            index += 1
            continue
        begin = index + 1
        index = begin
        while index < len(lines) and lines[index].strip() != "```":
            index += 1
        found.append(Block(path, begin, match[2], *directive, lines[begin:index]))
        directive = (None, None)
        index += 1
    return found


def normal(line):
    for pattern, replacement in VARIES:
        line = pattern.sub(replacement, line)
    return line.rstrip()


def dedented(lines):
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    least = min(indents, default=0)
    return [line[least:].rstrip() for line in lines]


def find_piece(piece, lines, start):
    """Where the piece ends in the lines, at whatever indentation it stands there; or None."""
    piece = dedented(piece)
    for at in range(start, len(lines) - len(piece) + 1):
        if dedented(lines[at:at + len(piece)]) == piece:
            return at + len(piece)
    return None


def split_at_dots(lines):
    pieces = [[]]
    for line in lines:
        if line.strip() in ("...", "// ...", "# ..."):
            pieces.append([])
        else:
            pieces[-1].append(line)
    for piece in pieces:
        while piece and not piece[0].strip():
            piece.pop(0)
        while piece and not piece[-1].strip():
            piece.pop()
    return [piece for piece in pieces if piece]


def matches(shown, real):
    """Whether the output is as shown, where a line that is only ... stands for any lines."""
    shown, real = [normal(line) for line in shown], [normal(line) for line in real]

    def fits(i, j):
        while i < len(shown):
            if shown[i].strip() == "...":
                return any(fits(i + 1, k) for k in range(j, len(real) + 1))
            if j == len(real) or shown[i] != real[j]:
                return False
            i, j = i + 1, j + 1
        return j == len(real)

    return fits(0, 0)


class Checker:
    def __init__(self, tree, folder, update):
        self.tree, self.folder, self.update = tree, folder, update
        self.mistakes = []

    def complain(self, block, text):
        self.mistakes.append("%s:%d: %s" % (block.path, block.line, text))

    def read(self, path):
        with open(os.path.join(self.tree, path), encoding="utf-8") as file:
            return file.read()

    def run(self, command):
        """Output lines and exit code of a command, as a reader would see them."""
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        lines = done.stdout.rstrip("\n").split("\n") if done.stdout else []
        return [line.rstrip() for line in lines], done.returncode

    def check_file(self, block):
        try:
            lines = [line.rstrip() for line in self.read(block.argument).split("\n")]
        except FileNotFoundError:
            self.complain(block, "there is no file %s" % block.argument)
            return
        at = 0
        for piece in split_at_dots(block.lines):
            end = find_piece(piece, lines, at)
            if end is None:
                self.complain(block, "this is not in %s (any more, or in this order):\n%s" %
                              (block.argument, "\n".join("    " + line for line in piece)))
                return
            at = end

    def check_expect(self, block):
        said = " ".join(line.strip() for line in block.lines)
        for line in self.read(block.argument).split("\n"):
            if line.startswith("// EXPECT: ") and line[len("// EXPECT: "):] not in said:
                self.complain(block, "%s expects: %s" % (block.argument, line[len("// EXPECT: "):]))

    def check_output(self, block, command, shown, expected_code=0):
        """What the block should hold instead, or None where it is right."""
        real, code = self.run(command)
        if code != expected_code:
            self.complain(block, "%s: exit code %d\n%s" % (command, code, "\n".join(real)))
            return None
        if matches(shown, real):
            return None
        if not self.update:
            self.complain(block, "the output of '%s' differs; it is:\n%s\n"
                          "After looking at it: bazel run //tests/docs:update" %
                          (command, "\n".join("    " + line for line in real)))
        return real

    def check_run(self, block):
        """Commands and outputs in turn; gives the block as it should be."""
        result, index = [], 0
        while index < len(block.lines):
            line = block.lines[index]
            if not line.startswith("$ "):
                self.complain(block, "begins with no command: %s" % line)
                return None
            result.append(line)
            command, index = line[2:], index + 1
            while command.endswith("\\"):
                result.append(block.lines[index])
                command, index = command[:-1] + block.lines[index].strip(), index + 1
            code = re.search(r"\s+# exit (\d+)$", command)
            shown = []
            while index < len(block.lines) and not block.lines[index].startswith("$ "):
                shown.append(block.lines[index])
                index += 1
            real = self.check_output(block, command, shown, int(code[1]) if code else 0)
            result += shown if real is None else real
        return result

    def check_block(self, block):
        """The lines that the block should have, or None where it is right or cannot be mended."""
        if block.kind == "file":
            self.check_file(block)
        elif block.kind == "expect":
            self.check_expect(block)
        elif block.kind == "run":
            return self.check_run(block)
        elif block.kind == "output":
            return self.check_output(block, block.argument, block.lines)
        elif block.kind is None and block.language not in ("", "mermaid"):
            self.complain(block, "says neither what file it is from nor how it is checked: see "
                          "tests/docs/check_docs.py --help")
        return None

    def check_links(self, path, text):
        for number, line in enumerate(text.split("\n"), start=1):
            for target in LINK.findall(line):
                if "://" in target or target.startswith("#"):
                    continue
                file = os.path.join(self.tree, os.path.dirname(path), target.split("#")[0])
                if not os.path.exists(file):
                    self.mistakes.append("%s:%d: no file for the link %s" % (path, number, target))

    def check_document(self, path):
        text = self.read(path)
        self.check_links(path, text)
        lines = text.split("\n")
        shift = 0
        blocks = blocks_of(path, text)
        if all(block.kind is None for block in blocks):
            return
        for block in blocks:
            wanted = self.check_block(block)
            if self.update and wanted is not None and wanted != block.lines:
                begin = block.line + shift
                lines[begin:begin + len(block.lines)] = wanted
                shift += len(wanted) - len(block.lines)
        if self.update and "\n".join(lines) != text:
            with open(os.path.join(self.tree, path), "w", encoding="utf-8") as file:
                file.write("\n".join(lines))
            print("updated %s" % path)


def main():
    arguments = sys.argv[1:]
    if "-h" in arguments or "--help" in arguments:
        print(__doc__)
        return 0
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    update = arguments[0] == "--update"
    tree, programs, *documents = arguments[1:] if update else arguments
    with tempfile.TemporaryDirectory() as folder:
        # What a reader has around: the tree, and the programs in it.
        for name in os.listdir(tree):
            if not name.startswith(".") and name != "troupe":
                os.symlink(os.path.join(tree, name), os.path.join(folder, name))
        shutil.copytree(programs, folder, symlinks=False, dirs_exist_ok=True)
        checker = Checker(tree, folder, update)
        for document in documents:
            checker.check_document(document)
    for mistake in checker.mistakes:
        print(mistake)
    return 1 if checker.mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
