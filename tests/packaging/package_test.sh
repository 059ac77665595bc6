#!/bin/bash
# Packs what is built, unpacks it elsewhere, and uses it as one does who has no Bazel.
set -euo pipefail

built=$PWD
# The tree itself: Bazel's runfiles are links into it.
tree=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
scratch=$(mktemp -d "${TEST_TMPDIR:-/tmp}/package.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

fail() {
  printf 'FAILED: %s\n' "$1" >&2
  exit 1
}

# ---- The same input gives the same bytes, wherever it is packed ---------------------------------
"$tree/tools/package" --built "$built" --out "$scratch/one" > "$scratch/log"
# By somebody with other habits, and later.
sleep 1
(cd "$scratch" && umask 077 &&
  LC_ALL=C.UTF-8 TMPDIR=$scratch "$tree/tools/package" --built "$built" --out other/folder) \
  > "$scratch/log"
diff -r "$scratch/one" "$scratch/other/folder" || fail "two packings differ"

# ---- The packages hold what they should ----------------------------------------------------------
holds() {
  dpkg-deb --contents "$1" | grep -q " \./$2\$" || fail "$1 has no $2"
}
program=$(echo "$scratch"/one/troupe_*.deb)
library=$(echo "$scratch"/one/libtroupe-dev_*.deb)
for file in usr/bin/troupe usr/share/man/man1/troupe.1.gz usr/share/doc/troupe/copyright \
  usr/share/bash-completion/completions/troupe usr/share/troupe/scenarios/chord_small.yaml; do
  holds "$program" "$file"
done
for file in usr/include/troupe/actor/actor.h usr/lib/libtroupe.a usr/lib/pkgconfig/troupe.pc \
  usr/share/troupe/workspace/CMakeLists.txt usr/share/doc/libtroupe-dev/copyright; do
  holds "$library" "$file"
done
for package in "$program" "$library"; do
  # Every user must be able to read it, whatever the umask of whoever packed it.
  if dpkg-deb --contents "$package" | grep -v '^\(.r..r..r..\|l\)'; then
    fail "$package has files that not everybody may read"
  fi
done
dpkg-deb --field "$program" Depends | grep -q 'libgrpc++' || fail "the program depends on no gRPC"

# ---- The archive works wherever it is unpacked ---------------------------------------------------
mkdir "$scratch/a folder"
tar --extract --file "$(echo "$scratch"/one/*.tar.gz)" --directory "$scratch/a folder"
prefix=$(echo "$scratch/a folder"/troupe-*)
"$prefix/bin/troupe" sim "$prefix/share/troupe/scenarios/chord_small.yaml" --quiet
man --local-file "$prefix/share/man/man1/troupe.1.gz" > "$scratch/page" 2> "$scratch/log" ||
  fail "the manual page cannot be read"
grep -q 'sim ' "$scratch/page" || fail "the manual page does not tell of sim"

# ---- A workspace with CMake ----------------------------------------------------------------------
cp -rL "$tree/docs/tutorial/workspace" "$scratch/greeting"
configure() {
  local folder=$1
  shift
  cmake -S "$scratch/greeting" -B "$scratch/$folder" -DCMAKE_PREFIX_PATH="$prefix" "$@" \
    > "$scratch/log" 2>&1
}
configure build -DCMAKE_CXX_COMPILER=clang++-19 || { cat "$scratch/log" && fail "cmake"; }
begin=$SECONDS
cmake --build "$scratch/build" --parallel 2 > "$scratch/log" 2>&1 ||
  { cat "$scratch/log" && fail "the workspace does not build with CMake"; }
printf 'the first build with CMake took %d s\n' $((SECONDS - begin))
"$scratch/build/greeting" sim "$scratch/greeting/greeting.yaml"

# A compiler that miscompiles is refused, with what to do.
if command -v g++-12 > /dev/null; then
  if configure refused -DCMAKE_CXX_COMPILER=g++-12; then fail "g++ 12 is not refused"; fi
  tr -s '\n ' ' ' < "$scratch/log" | grep -q 'Configure with clang' ||
    fail "no remedy for g++ 12"
fi

# ---- The same by hand, with pkg-config and the shared library ------------------------------------
flags=$(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --cflags --libs troupe)
eval "clang++-19 -fuse-ld=lld -O1 '$scratch/greeting/greeting.cc' '$scratch/greeting/main.cc' \
  -o '$scratch/by_hand' $flags"
LD_LIBRARY_PATH=$prefix/lib "$scratch/by_hand" list greeting
