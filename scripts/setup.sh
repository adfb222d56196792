#!/usr/bin/env bash
# Makes what a project needs to run, and only what is missing:
#   scripts/setup.sh [--dev] [PROJECT ...]
#
# uv comes from the package index into .tools/; then each project gets one virtual environment from
# its requirements.lock (--dev: requirements-dev.lock, which holds the tools of the tests as well).
# A stamp with the lock's digest says what an environment holds, so a second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
uv_version=0.13.9
uv=.tools/uv/bin/uv
export UV_PYTHON_DOWNLOADS=never

fail() {
  echo "setup: $1" >&2
  exit 1
}

install_uv() {
  [ -x "$uv" ] && [ "$("$uv" --version | cut -d' ' -f2)" = "$uv_version" ] && return
  echo "setup: uv $uv_version into .tools/"
  python3 -m venv --clear .tools/uv ||
    fail "python3 cannot make a virtual environment; install python3 with venv (Debian: apt-get install python3-venv)"
  .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version" ||
    fail "pip could not install uv; check the network and pip's settings, then run this again"
}

find_python() {
  python=$("$uv" python find 3.12 2>/dev/null) ||
    fail "Python 3.12 is not on this machine; install it (Debian: apt-get install python3.12, or: $uv python install 3.12) and run this again"
}

# Prints the lock that a project's environment is made from: lock_of MODE PROJECT
lock_of() {
  if [ "$1" = dev ]; then
    echo "$2/requirements-dev.lock"
  elif [ -f "$2/requirements-replay.lock" ]; then
    echo "$2/requirements-replay.lock" # a superset of the runtime lock, with the replay server
  else
    echo "$2/requirements.lock"
  fi
}

digest() {
  cksum <"$1" | tr -d ' '
}

# One dot every two seconds on a terminal while a process runs: Spark alone is 450 MB to download.
show_dots() {
  while [ -t 1 ] && kill -0 "$1" 2>/dev/null; do
    sleep 2
    printf .
  done
}

# install MODE PROJECT
install() {
  local mode=$1 project=$2 venv=$2/.venv lock stamp held
  stamp=$venv/.finks-lock
  held=$(cat "$stamp" 2>/dev/null || true)
  # A development environment can do all that a runtime one can, so it stays one.
  [ "${held%% *}" = dev ] && mode=dev
  lock=$(lock_of "$mode" "$project")
  [ "$held" = "$mode $(digest "$lock")" ] && [ -x "$venv/bin/python" ] && return
  find_python
  printf 'setup: %s, %s packages ' "$project" "$(grep -c '==' "$lock")"
  "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null ||
    "$uv" venv --quiet --clear --python "$python" "$venv"
  SECONDS=0
  VIRTUAL_ENV=$venv "$uv" pip sync --require-hashes "$lock" 2>"$venv/setup.log" &
  show_dots $!
  wait $! || {
    echo
    tail -5 "$venv/setup.log" >&2
    fail "$project could not be installed from $lock (above); check the network and run this again"
  }
  echo " $SECONDS s"
  echo "$mode $(digest "$lock")" >"$stamp"
}

# An interrupted set-up takes its background work along.
trap 'jobs -p | xargs kill 2>/dev/null || true' EXIT
mode=runtime
[ "${1:-}" = --dev ] && { mode=dev && shift; }
if [ $# -eq 0 ]; then
  set -- finks-infrastructure finks-ingestion finks-pipelines finks-pipelines/glue_scripts finks-dbt
  # Nothing on a laptop runs the policy pack but its tests.
  [ "$mode" = runtime ] || set -- "$@" finks-infrastructure/policies
fi
install_uv
for project in "$@"; do
  install "$mode" "$project"
done
