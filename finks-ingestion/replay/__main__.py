"""`python -m replay`: serves the replay until it is interrupted."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from replay.serving import application, listen, serve
from replay.settings import DEFAULT_CALLS_PER_MINUTE, DEFAULT_KEY, DEFAULT_TODAY, read_settings

_DESCRIPTION = "Serves real daily prices under the paths of FMP's stable API, until interrupted."
_ENVIRONMENT = f"""environment:
  FINKS_TODAY               nothing later is served; default {DEFAULT_TODAY}
  REPLAY_API_KEYS           keys, by comma; default {DEFAULT_KEY}
  REPLAY_CALLS_PER_MINUTE   limit of each key; default {DEFAULT_CALLS_PER_MINUTE}
  REPLAY_SCENARIO           as --scenario, which wins
"""


def main() -> int:
    """Serve until interrupted; 2 when settings, scenario or port cannot be used."""
    arguments = _parser().parse_args()
    try:
        settings = read_settings(os.environ)
        if arguments.scenario:
            settings = replace(settings, scenario=arguments.scenario)
        app = application(settings)
        listener = listen(arguments.host, arguments.port)
    except ValueError as error:
        sys.stderr.write(f"replay: {error}\n")
        return 2
    with listener:
        host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        sys.stdout.write(
            f"replay: http://{host}:{listener.getsockname()[1]}/stable, clock {settings.today}, "
            f"scenario {settings.scenario or 'none'}; Ctrl-C ends it\n"
        )
        sys.stdout.flush()
        serve(app, listener)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m replay",
        description=_DESCRIPTION,
        epilog=_ENVIRONMENT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--port", type=int, default=4600, help="0 takes a free one; default %(default)s"
    )
    parser.add_argument("--host", default="127.0.0.1", help="default %(default)s")
    parser.add_argument(
        "--scenario", type=Path, metavar="FILE", help="TOML file of limits and faults; default none"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
