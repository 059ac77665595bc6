#!/usr/bin/env python3
"""docs/reference/actor-model.md has every row once, and the tests that it names exist."""

import os
import re
import sys

ROOT = os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
TABLE = "docs/reference/actor-model.md"
ROWS = list(range(1, 79)) + list(range(83, 94))


def test_sources():
    sources = {}
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in files:
            if name.endswith("_test.cc"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    sources[name[:-3]] = file.read()
    return sources


def main():
    with open(os.path.join(ROOT, TABLE), encoding="utf-8") as file:
        lines = file.read().splitlines()
    sources = test_sources()
    mistakes = []
    rows = []
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if len(cells) != 5 or not cells[0].isdigit():
            continue
        rows.append(int(cells[0]))
        named = 0
        for file, names in re.findall(r"(\w+_test): ((?:`[\w.*]+`(?:, )?)+)", cells[3]):
            for suite, test in re.findall(r"`(\w+)\.(\w+|\*)`", names):
                pattern = r"TEST(?:_P|_F)?\(\s*%s\s*,\s*%s\s*\)" % (
                    suite, r"\w+" if test == "*" else test)
                if not re.search(pattern, sources.get(file, "")):
                    mistakes.append(f"{TABLE}:{number}: there is no {suite}.{test} in {file}.cc")
                named += 1
        if named == 0 and not re.search(r"tests?/|examples", cells[3]):
            mistakes.append(f"{TABLE}:{number}: row {cells[0]} names no test")
    if rows != ROWS:
        mistakes.append(f"{TABLE}: missing or out of order: {sorted(set(ROWS) ^ set(rows))}")
    for mistake in mistakes:
        print(mistake)
    print(f"{len(rows)} rows, {len(mistakes)} mistakes")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
