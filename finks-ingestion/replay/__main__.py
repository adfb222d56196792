"""`python -m replay --port 4600 --host 127.0.0.1 [--scenario FILE]`."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from replay.serving import application, serve
from replay.settings import read_settings


def main() -> int:
    """Serve until interrupted; 2 when the settings or the scenario cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m replay", description=__doc__)
    parser.add_argument("--port", type=int, default=4600)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--scenario", type=Path, help="TOML file of limits and faults (REPLAY_SCENARIO)"
    )
    arguments = parser.parse_args()
    try:
        settings = read_settings(os.environ)
        if arguments.scenario:
            settings = replace(settings, scenario=arguments.scenario)
        app = application(settings)
    except ValueError as error:
        sys.stderr.write(f"replay: {error}\n")
        return 2
    serve(app, host=arguments.host, port=arguments.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
