#!/bin/bash
# tools/make_certificates makes what it says, by the judgement of openssl.
set -euo pipefail

make=$PWD/tools/make_certificates
folder=$(mktemp -d "${TEST_TMPDIR:-/tmp}/certificates.XXXXXX")
trap 'rm -rf "$folder"' EXIT

fail() {
  printf 'FAILED: %s\n' "$1"
  exit 1
}

good() { openssl verify -CAfile "$1/ca.pem" -purpose "$3" "$2" > "$folder/said" 2>&1; }

"$make" "$folder/a" one=127.0.0.1,localhost two=10.0.0.2,::1
"$make" --expired "$folder/a" old=127.0.0.1
"$make" "$folder/b" stranger=127.0.0.1
for purpose in sslserver sslclient; do
  good "$folder/a" "$folder/a/one.pem" $purpose || fail "one is valid"
  good "$folder/a" "$folder/a/two.pem" $purpose || fail "two is valid"
  ! good "$folder/a" "$folder/a/old.pem" $purpose || fail "old has expired"
  grep -q 'has expired' "$folder/said" || fail "old is refused for its age"
  ! good "$folder/a" "$folder/b/stranger.pem" $purpose || fail "stranger has another authority"
done
openssl x509 -in "$folder/a/one.pem" -noout -ext subjectAltName |
  grep -q 'IP Address:127.0.0.1, DNS:localhost' || fail "one has its addresses"
[[ $(stat -c %a "$folder/a/one.key") == 600 ]] || fail "a key is its owner's alone"

for wrong in "one" "one=" "=127.0.0.1" "ca=127.0.0.1"; do
  ! "$make" "$folder/a" "$wrong" 2> "$folder/said" || fail "'$wrong' is refused"
done
! "$make" --days 0 "$folder/a" one=localhost 2> "$folder/said" || fail "no days are refused"
grep -q 'number of days' "$folder/said" || fail "and it says why"
printf 'certificates are right\n'
