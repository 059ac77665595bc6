#!/bin/bash
# check_program.sh accepts what it should, and nothing else.
set -euo pipefail

check=tests/compile_errors/check_program.sh
program=$(mktemp --suffix=.cc "${TEST_TMPDIR:-/tmp}/program.XXXXXX")
trap 'rm -f "$program"' EXIT

# expect accepted|refused NAME: the program comes on standard input.
expect() {
  local verdict=accepted
  cat > "$program"
  "$check" "$program" clang-19 -std=c++20 -fsyntax-only > /dev/null || verdict=refused
  if [[ $verdict != "$1" ]]; then
    printf 'FAILED: %s: is %s\n' "$2" "$verdict"
    exit 1
  fi
}

expect accepted "the sentence is there" << 'CC'
// EXPECT: No such luck.
static_assert(sizeof(int) == 1, "No such luck.");
CC
expect refused "another sentence is there" << 'CC'
// EXPECT: Much luck.
static_assert(sizeof(int) == 1, "No such luck.");
CC
expect refused "one of two is there" << 'CC'
// EXPECT: No such luck.
// EXPECT: Much luck.
static_assert(sizeof(int) == 1, "No such luck.");
CC
expect refused "it compiles" << 'CC'
// EXPECT: No such luck.
int main() {}
CC
expect refused "it expects nothing" << 'CC'
// A comment.
static_assert(sizeof(int) == 1, "No such luck.");
CC
expect refused "the sentence comes too late" << 'CC'
// EXPECT: No such luck.
int a1 = "";
int a2 = "";
int a3 = "";
int a4 = "";
int a5 = "";
static_assert(sizeof(int) == 1, "No such luck.");
CC
expect accepted "a control" << 'CC'
// COMPILES
int main() {}
CC
expect refused "a control that does not compile" << 'CC'
// COMPILES
int main() { return x; }
CC
