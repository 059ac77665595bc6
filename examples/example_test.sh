#!/usr/bin/env bash
# example_test.sh PROGRAM EXPECTED [OPTION...]: the program prints what EXPECTED holds.
set -euo pipefail
program=$1 expected=$2
shift 2
if ! "$program" "$@" > "$TEST_TMPDIR/printed"; then
  echo "$program $* has failed"
  exit 1
fi
diff -u "$expected" "$TEST_TMPDIR/printed"
