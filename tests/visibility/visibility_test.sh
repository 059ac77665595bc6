#!/bin/bash
# An algorithm sees //actor and nothing that runs it: a target below //algorithms that depends on
# the simulator, on gRPC or on the command line, or includes one of their headers, does not build.
#
# In a scratch workspace with this tree's packages, each library of those packages gets an algorithm
# that depends on it, and Bazel must refuse every one of them. It must accept the one that depends
# on //actor, or the refusals would prove nothing.
#
# Usage: bazel test //tests/visibility:visibility_test
set -euo pipefail

forbidden=(sim runtime remote testbed scenario trace cli)

# The tree itself: Bazel's runfiles are links into it.
tree=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/visibility.XXXXXX")

# The test's own server, away from the one that runs this test; and it ends with it.
unset TEST_TMPDIR
export HOME=$scratch/home
nested() {
  local verb=$1
  shift
  (cd "$scratch/tree" && bazel --output_user_root="$scratch/output" --max_idle_secs=60 \
    --nohome_rc "$verb" --noshow_progress --color=no "$@" < /dev/null)
}
cleanup() {
  nested shutdown > /dev/null 2>&1 || true
  chmod -R u+w "$scratch" && rm -rf "$scratch"
}
trap cleanup EXIT

fail() {
  printf 'FAILED: %s\n' "$1" >&2
  exit 1
}

mkdir -p "$scratch/home" "$scratch/tree/algorithms/refused"
for entry in "$tree"/* "$tree"/.bazelrc; do
  case "${entry##*/}" in
    algorithms | bazel-* | out) ;;
    *) ln -s "$entry" "$scratch/tree/" ;;
  esac
done
algorithm=$scratch/tree/algorithms/refused

# Which libraries are there to be refused?
packages=()
for folder in "${forbidden[@]}"; do
  if [[ -e $tree/$folder/BUILD.bazel ]]; then packages+=("//$folder/...:all"); fi
done
if ((${#packages[@]} == 0)); then fail "there is none of: ${forbidden[*]}"; fi
mapfile -t libraries < <(nested query --keep_going \
  "kind('cc_library rule', set(${packages[*]}))" 2> "$scratch/query.log")
if ((${#libraries[@]} == 0)); then
  cat "$scratch/query.log" >&2
  fail "found no library in ${packages[*]}"
fi

{
  printf 'cc_library(name = "good", deps = ["//actor"])\n'
  for i in "${!libraries[@]}"; do
    # testonly, as what is so may be used by nothing else, and would be refused for that.
    printf 'cc_library(name = "bad%d", testonly = True, deps = ["%s"])\n' "$i" "${libraries[i]}"
  done
} > "$algorithm/BUILD.bazel"

# One that includes a header without saying so in its deps.
header=
for folder in "${forbidden[@]}"; do
  for header in "$tree/$folder"/*.h; do
    if [[ -e $header ]]; then break 2; fi
  done
done
printf '#include "%s"\n' "${header#"$tree"/}" > "$algorithm/sneaky.cc"
printf 'cc_library(name = "sneaky", srcs = ["sneaky.cc"], deps = ["//actor"])\n' \
  >> "$algorithm/BUILD.bazel"

log=$scratch/build.log
if ! nested build --nobuild //algorithms/refused:good > "$log" 2>&1; then
  cat "$log" >&2
  fail "an algorithm that depends on //actor alone is refused"
fi

nested build --nobuild --keep_going //algorithms/refused/... > "$log" 2>&1 || true
for i in "${!libraries[@]}"; do
  if ! grep -F -- "is not visible from target '//algorithms/refused:bad$i'" "$log" |
    grep -q -F -- "target '${libraries[i]}' "; then
    cat "$log" >&2
    fail "an algorithm may depend on ${libraries[i]}"
  fi
  printf 'refused: deps on %s\n' "${libraries[i]}"
done

if [[ -e $header ]]; then
  if nested build //algorithms/refused:sneaky > "$log" 2>&1; then
    fail "an algorithm may include ${header#"$tree"/}"
  fi
  if ! grep -qE 'file not found|undeclared inclusion' "$log"; then
    cat "$log" >&2
    fail "an algorithm that includes ${header#"$tree"/} fails for another reason"
  fi
  printf 'refused: #include "%s"\n' "${header#"$tree"/}"
fi
