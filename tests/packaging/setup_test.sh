#!/bin/bash
# Says tools/setup what to do on machines on which it cannot work? The machine is made of programs
# that lie: each test has a folder of them as its whole PATH.
# shellcheck disable=SC2016 # The programs that lie expand their own text.
set -euo pipefail

setup=$(readlink -f -- "$(dirname -- "${BASH_SOURCE[0]}")/../../tools/setup")
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/setup.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# machine NAME: a machine on which nothing is installed, with room, and whose user may use sudo.
machine() {
  bin=$scratch/$1
  mkdir "$bin"
  local program
  for program in awk bash cat dirname env grep mktemp readlink rm sed sleep tail tr; do
    ln -s "$(command -v "$program")" "$bin/$program"
  done
  lie dpkg-query 'exit 1'
  lie dpkg 'echo amd64'
  lie df 'echo Avail; echo 50'
  lie getconf 'if [[ $1 == PAGE_SIZE ]]; then echo 4096; else echo 4194304; fi'
  lie apt-get 'exit 0'
  lie sudo 'exec "$@"'
  lie bazel 'exit 0'
}

# lie PROGRAM TEXT: the program does this.
lie() {
  rm -f "$bin/$1"
  printf '#!%s/bash\n%s\n' "$bin" "$2" > "$bin/$1"
  chmod +x "$bin/$1"
}

# says CODE WORDS...: tools/setup ends with that code, and says all of these.
says() {
  local code=$1 status=0 words
  shift
  env -i HOME="$scratch" TMPDIR="$scratch" PATH="$bin" "$bin/bash" "$setup" \
    > "$scratch/said" 2>&1 || status=$?
  for words in "$@"; do
    tr '\n' ' ' < "$scratch/said" | grep -q -F -e "$words" || status="$status, without '$words'"
  done
  if [[ $status != "$code" ]]; then
    printf 'FAILED: %s ended with %s and said:\n' "$(basename "$bin")" "$status" >&2
    cat "$scratch/said" >&2
    exit 1
  fi
}

machine all_is_well
says 0 "installing the Debian packages bazel-bootstrap"

machine no_debian
rm "$bin/dpkg-query"
says 1 "not a Debian system" "the equivalents of: bazel-bootstrap" "Dockerfile"

if ((EUID != 0)); then
  machine no_root
  rm "$bin/sudo"
  says 1 "neither root nor have sudo" "apt-get install bazel-bootstrap"
fi

machine no_network
lie apt-get 'if [[ "$*" == *" install "* ]]; then
  echo "E: Failed to fetch http://deb.debian.org: Temporary failure resolving deb.debian.org"; exit 100
fi'
says 1 "the package mirror cannot be reached" "proxy"

machine an_old_release
lie apt-get 'if [[ "$*" == *" install "* ]]; then
  echo "E: Unable to locate package clang-19"; exit 100
fi'
says 1 "does not have all of these packages; Debian 12 and 13 do"

machine a_small_disk
lie df 'echo Avail; echo 1'
says 1 "the packages need 3 GB in /usr, and 1 GB are free"

machine a_disk_that_fills_up
lie apt-get 'if [[ "$*" == *" install "* ]]; then
  echo "E: You don'"'"'t have enough free space in /var/cache/apt/archives/."; exit 100
fi'
says 1 "the disk is full"

machine little_memory
lie getconf 'if [[ $1 == PAGE_SIZE ]]; then echo 4096; else echo 262144; fi'
says 0 "this machine has 1 GB of memory" "build --jobs=1"

machine another_architecture
lie dpkg 'echo arm64'
says 0 "tested on x86-64 (amd64) only, and this is arm64"
