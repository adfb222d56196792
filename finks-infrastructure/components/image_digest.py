"""A tag for an image that says what is in it: the digest of the files that it is built from."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TAG_DIGITS = 16


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    excludes: bool


class DockerIgnore:
    """The patterns of a .dockerignore file; the last one that matches a path decides.

    Source: Docker reference, "Dockerfile reference: .dockerignore file".
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._rules = tuple(_rules(lines))
        self._has_exceptions = any(not rule.excludes for rule in self._rules)

    def excludes(self, path: str) -> bool:
        """Whether a file or folder, relative to the project and with slashes, is left out."""
        excluded = False
        for rule in self._rules:
            if rule.pattern.fullmatch(path):
                excluded = rule.excludes
        return excluded

    def prunes(self, folder: str) -> bool:
        """Whether nothing below a folder can be in the context, so that nobody has to look."""
        return not self._has_exceptions and self.excludes(folder)


def image_tag(project: Path) -> str:
    """The tag of the image of a project: equal files, equal tag, on every machine.

    Names, contents and the executable bit count; times and owners do not. Raises
    FileNotFoundError when the project has no Dockerfile.
    """
    if not (project / "Dockerfile").is_file():
        raise FileNotFoundError(f"{project} has no Dockerfile; is it a project with an image?")
    digest = hashlib.sha256()
    for path in context_files(project):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        executable = "x" if os.access(path, os.X_OK) else "-"
        digest.update(f"{path.relative_to(project).as_posix()} {executable} {content}\n".encode())
    return digest.hexdigest()[:TAG_DIGITS]


def context_files(project: Path) -> list[Path]:
    """The files that a build of the project's image sees, sorted by path."""
    ignore_file = project / ".dockerignore"
    ignore = DockerIgnore(ignore_file.read_text().splitlines() if ignore_file.is_file() else [])
    found = []
    for folder, subfolders, files in project.walk():
        below = folder.relative_to(project)
        subfolders[:] = [n for n in subfolders if not ignore.prunes((below / n).as_posix())]
        found += [folder / n for n in files if not ignore.excludes((below / n).as_posix())]
    return sorted(found, key=lambda path: path.relative_to(project).as_posix())


def _rules(lines: Sequence[str]) -> Iterator[_Rule]:
    for line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        excludes = not text.startswith("!")
        text = text.removeprefix("!").strip("/")
        # What matches a folder matches all that is in it.
        yield _Rule(re.compile(f"{_expression(text)}(/.*)?"), excludes)


def _expression(pattern: str) -> str:
    expression = ""
    rest = pattern
    while rest:
        if rest.startswith("**/"):
            expression, rest = f"{expression}(.*/)?", rest[3:]
        elif rest.startswith("**"):
            expression, rest = f"{expression}.*", rest[2:]
        elif rest.startswith("*"):
            expression, rest = f"{expression}[^/]*", rest[1:]
        elif rest.startswith("?"):
            expression, rest = f"{expression}[^/]", rest[1:]
        else:
            expression, rest = expression + re.escape(rest[0]), rest[1:]
    return expression
