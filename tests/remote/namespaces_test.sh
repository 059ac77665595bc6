#!/bin/bash
# Hosts in network namespaces with addresses of their own, by mutual TLS: deaths, a partition, and
# its end. Needs root.
set -euo pipefail

if ! why=$(tests/remote/network can 2>&1); then
  printf 'SKIPPED: %s\n' "$why"
  exit 0
fi

NETWORK=troupe-$$
CERTIFICATES=$(mktemp -d "${TEST_TMPDIR:-/tmp}/namespaces.XXXXXX")
export NETWORK CERTIFICATES PATH=$PATH:/usr/sbin:/sbin
trap 'tests/remote/network down "$NETWORK"; rm -rf "$CERTIFICATES"' EXIT
tools/make_certificates "$CERTIFICATES" host="$(printf ',10.71.0.%s' {1..17} | cut -c2-)"
tests/remote/network up "$NETWORK" 17
tests/remote/network run "$NETWORK" 1 timeout --kill-after=1 250 tests/remote/namespaces_program
