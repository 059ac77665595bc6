#!/bin/bash
# The documents, checked against the sources and the programs. See check_docs.py.
#
# Usage: docs_test.sh [--update]
set -euo pipefail

# The tree itself: Bazel's runfiles are links into it.
tree=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/../.." && pwd -P)
programs=$(mktemp -d "${TEST_TMPDIR:-/tmp}/docs.XXXXXX")
trap 'rm -rf "$programs"' EXIT

# As ./troupe starts it, and as Bazel leaves it.
cp cli/troupe "$programs/troupe"
mkdir -p "$programs/.bazel/bin/examples/tickets"
cp examples/tickets/tickets "$programs/.bazel/bin/examples/tickets/"

# The tutorial's reader has put it there.
export PATH=$programs/.bazel/bin/examples/tickets:$PATH

documents=(README.md CONTRIBUTING.md CHANGELOG.md docs/tutorial.md docs/design.md
  docs/security.md docs/platforms.md SECURITY.md)
for document in "$tree"/docs/reference/*.md "$tree"/docs/reference/*/*.md \
  "$tree"/algorithms/*/README.md; do
  documents+=("${document#"$tree"/}")
done
"$tree/tests/docs/check_docs.py" "$@" "$tree" "$programs" "${documents[@]}"
