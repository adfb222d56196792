"""`python -m replay --port 4600 --host 127.0.0.1`."""

from __future__ import annotations

import argparse
import os
import sys

import uvicorn

from replay.app import create_app
from replay.settings import read_settings


def main() -> int:
    """Serve until interrupted; 2 when the settings or the address cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m replay", description=__doc__)
    parser.add_argument("--port", type=int, default=4600)
    parser.add_argument("--host", default="127.0.0.1")
    arguments = parser.parse_args()
    try:
        settings = read_settings(os.environ)
    except ValueError as error:
        sys.stderr.write(f"replay: {error}\n")
        return 2
    uvicorn.run(create_app(settings), host=arguments.host, port=arguments.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
