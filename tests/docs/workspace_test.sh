#!/bin/bash
# The tutorial's workspace of one's own, built and run as its reader would: a copy of it beside this
# tree, with a Bazel of its own that shares nothing.
set -euo pipefail

# The tree itself: Bazel's runfiles are links into it.
tree=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/workspace.XXXXXX")

# The test's own server, away from the one that runs this test; and it ends with it.
unset TEST_TMPDIR
export HOME=$scratch/home
nested() {
  local verb=$1
  shift
  (cd "$scratch/greeting" && bazel --output_user_root="$scratch/output" --max_idle_secs=60 \
    --nohome_rc "$verb" --noshow_progress --color=no "$@" < /dev/null)
}
cleanup() {
  nested shutdown > /dev/null 2>&1 || true
  chmod -R u+w "$scratch" && rm -rf "$scratch"
}
trap cleanup EXIT

mkdir -p "$scratch/home"
cp -rL "$tree/docs/tutorial/workspace" "$scratch/greeting"
ln -s "$tree" "$scratch/troupe"

if ! nested build --jobs=2 //:greeting > "$scratch/log" 2>&1; then
  cat "$scratch/log" >&2
  printf 'FAILED: the workspace does not build\n' >&2
  exit 1
fi
program=$scratch/greeting/bazel-bin/greeting
"$program" list greeting
"$program" sim "$scratch/greeting/greeting.yaml"
"$program" sim "$scratch/greeting/greeting.yaml" --verify --quiet
