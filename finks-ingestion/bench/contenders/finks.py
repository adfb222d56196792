"""Our connector, started as its container starts it: libraries, variables and command of the image.

The tests' tools are not in that environment: numpy alone, which pyarrow imports where it finds
it, would add a tenth to our memory.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from bench.errors import BenchError
from bench.servers import PROJECT
from bench.task import API_KEY, Task

IMAGE_PYTHON = PROJECT / "bench" / "image" / ".venv" / "bin" / "python"
"""Made from requirements.lock, as the image is."""
NO_COMPILING = "PYTHONDONTWRITEBYTECODE"
"""Set in the image, whose libraries pip has compiled; a first run without it does the same."""
_DOCKERFILE = PROJECT / "Dockerfile"
_NO_LIMIT = "1000000"
_CONTINUED = re.compile(r"\\\n\s*")


def command(python: Path) -> list[str]:
    """The image's entry point and command, with the interpreter of an environment."""
    words: list[str] = []
    for instruction in ("ENTRYPOINT", "CMD"):
        words += json.loads(_instructions(instruction)[-1])
    if words[0] != "python":
        raise BenchError(f"{_DOCKERFILE} starts {words[0]}, not python; teach it to bench/")
    return [str(python), *words[1:]]


def image_environment() -> dict[str, str]:
    """The variables that the image sets."""
    pairs = [pair for line in _instructions("ENV") for pair in shlex.split(line)]
    return dict(pair.split("=", 1) for pair in pairs)


def environment(task: Task, folder: Path) -> dict[str, str]:
    """The image's variables and the run's settings; no limit of a plan slows the run down."""
    symbols = folder / "symbols.txt"
    symbols.write_text("\n".join(task.symbols), encoding="utf-8")
    return image_environment() | {
        "S3_BUCKET": task.bucket,
        "SYMBOLS_URI": str(symbols),
        "DATASETS": ",".join(task.tables),
        "EXTRACTION_START": task.start,
        "EXTRACTION_END": task.end,
        "FINKS_TODAY": task.end,
        "FMP_API_KEY": API_KEY,
        "FMP_BASE_URL": task.base_url,
        "FMP_CALLS_PER_MINUTE": _NO_LIMIT,
        "FMP_STATE_DIR": "off",
        "CONCURRENCY": str(task.concurrency),
    }


def _instructions(name: str) -> list[str]:
    """What follows an instruction of the Dockerfile, each time that it stands there."""
    text = _CONTINUED.sub(" ", _DOCKERFILE.read_text(encoding="utf-8"))
    found = re.findall(rf"^{name}\s+(.+)$", text, re.MULTILINE)
    if not found:
        raise BenchError(f"{_DOCKERFILE} has no {name}; the benchmark starts what stands there")
    return found
