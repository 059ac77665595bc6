#!/bin/bash
# The scenario on many seeds: it holds where voters wait for their disks, and fails where not; and
# what the replicas note is among the last events.
set -euo pipefail

program=$1
scenario=$2
out=${TEST_TMPDIR:-/tmp}

"$program" sim "$scenario" --seeds 1..40 > "$out/good" || {
  cat "$out/good"
  echo "an election whose voters wait for their disks has failed"
  exit 1
}

if "$program" sim "$scenario" --seeds 1..40 --set parameters.waits_for_disk=false > "$out/bad"; then
  cat "$out/bad"
  echo "no seed has shown that voters must wait for their disks"
  exit 1
fi
grep -q 'has had two leaders' "$out/bad" || {
  cat "$out/bad"
  exit 1
}

"$program" sim "$scenario" --seed 1 --out "$out/traced" --trace --quiet
for format in mermaid plantuml sdedit; do
  "$program" trace "$out/traced/trace.jsonl" --to "$format" --until 1s > "$out/drawn"
  grep -q 'is the leader of term' "$out/drawn" || {
    cat "$out/drawn"
    echo "no note in a diagram for $format"
    exit 1
  }
done
