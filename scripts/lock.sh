#!/usr/bin/env bash
# Compiles the lock files of one project folder: scripts/lock.sh FOLDER
#
# The development lock comes first and constrains the others, so that a tool of the tests
# never sees another version of a library than the one that runs in production.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.tools/uv/bin/uv}
[ -x "$uv" ] || { echo "lock: no uv at $uv; run 'make setup' first" >&2; exit 1; }
uv=$(realpath "$uv")
cd "$1"

compile() {
  "$uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
    --no-header --python-version 3.12 "$@"
}

if [ -f pyproject.toml ]; then
  dev=(pyproject.toml --all-extras --group dev) runtime=(pyproject.toml)
else
  dev=(requirements-dev.in) runtime=(requirements.in)
fi
constraints=()
# A folder without tests of its own has no development lock.
if [ -f "${dev[0]}" ]; then
  compile "${dev[@]}" -o requirements-dev.lock
  constraints=(-c requirements-dev.lock)
fi
compile "${runtime[@]}" ${constraints[@]+"${constraints[@]}"} -o requirements.lock
if [ -f pyproject.toml ] && grep -q '^replay = \[' pyproject.toml; then
  compile pyproject.toml --extra replay -c requirements-dev.lock -o requirements-replay.lock
fi
