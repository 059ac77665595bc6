#!/bin/bash
# Compiles a program and compares what the compiler says with what the program expects of it.
#
# Usage: check_program.sh PROGRAM COMPILER [FLAG...]
#
# The program opens with `// EXPECT: sentence` lines, each of which must be in the first lines of
# the compiler's output; or with `// COMPILES`, and then the compiler must have nothing to say.
set -euo pipefail

# How far people read. The rest of an error is for those who wrote the library.
readonly first_lines=12

if (($# < 2)); then
  sed -n 's/^# Usage: //p' "$0" >&2
  exit 2
fi
program=$1
shift

output=$(mktemp "${TEST_TMPDIR:-/tmp}/output.XXXXXX")
trap 'rm -f "$output"' EXIT
compiles=true
"$@" -fdiagnostics-color=never "$program" < /dev/null > "$output" 2>&1 || compiles=false

fail() {
  printf '%s: %s\n' "$program" "$1"
  printf -- '---- the compiler said\n'
  head -n 40 "$output"
  exit 1
}

# Only the comment that the program opens with counts.
opening=$(sed '/^\/\//!q' "$program")
mapfile -t sentences < <(sed -n 's|^// EXPECT: *||p' <<< "$opening")

if grep -qx '// COMPILES' <<< "$opening"; then
  if ((${#sentences[@]} > 0)); then fail "says both COMPILES and EXPECT"; fi
  if ! $compiles || [[ -s $output ]]; then fail "should compile without a word"; fi
  exit 0
fi

if ((${#sentences[@]} == 0)); then fail "opens with neither // EXPECT: nor // COMPILES"; fi
if $compiles; then fail "compiles, and should not"; fi
for sentence in "${sentences[@]}"; do
  if [[ -z $sentence ]]; then fail "expects an empty sentence"; fi
  if ! head -n "$first_lines" "$output" | grep -qF -- "$sentence"; then
    fail "not in the first $first_lines lines: $sentence"
  fi
done
