from __future__ import annotations

from pathlib import Path

import pytest

from components.image_digest import DockerIgnore, context_files, image_tag


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "Dockerfile": "FROM scratch\n",
        ".dockerignore": ".venv\n**/__pycache__\ntests\n.*_cache\n",
        "app/main.py": "print(1)\n",
        "app/__pycache__/main.pyc": "x",
        "tests/test_main.py": "x",
        ".venv/lib/site.py": "x",
        ".mypy_cache/a.json": "x",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_only_what_the_build_sees_is_in_the_context(project: Path) -> None:
    found = {path.relative_to(project).as_posix() for path in context_files(project)}
    assert found == {".dockerignore", "Dockerfile", "app/main.py"}


def test_the_tag_follows_the_content_and_nothing_else(project: Path) -> None:
    before = image_tag(project)
    (project / "tests" / "test_main.py").write_text("changed")
    (project / "Dockerfile").touch()
    assert image_tag(project) == before
    (project / "app" / "main.py").write_text("print(2)\n")
    assert image_tag(project) != before


def test_a_renamed_file_and_an_executable_bit_change_the_tag(project: Path) -> None:
    before = image_tag(project)
    (project / "app" / "main.py").chmod(0o755)
    executable = image_tag(project)
    (project / "app" / "main.py").rename(project / "app" / "other.py")
    assert len({before, executable, image_tag(project)}) == 3


def test_a_project_without_dockerfile_has_no_image(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no Dockerfile"):
        image_tag(tmp_path)


@pytest.mark.parametrize(
    ("patterns", "path", "excluded"),
    [
        (["logs"], "logs", True),
        (["logs"], "logs/a.txt", True),
        (["logs"], "app/logs", False),
        (["**/logs"], "app/logs/a.txt", True),
        (["**/logs"], "logs", True),
        (["*.md"], "README.md", True),
        (["*.md"], "docs/README.md", False),
        (["*.md", "!README.md"], "README.md", False),
        (["!README.md", "*.md"], "README.md", True),
        (["a?c"], "abc", True),
        (["a?c"], "a/c", False),
        (["# logs", ""], "logs", False),
        (["/logs/"], "logs/a", True),
        (["a.c"], "abc", False),
    ],
)
def test_patterns_match_as_docker_says(patterns: list[str], path: str, excluded: bool) -> None:
    assert DockerIgnore(patterns).excludes(path) is excluded


def test_a_folder_with_exceptions_is_looked_into() -> None:
    assert DockerIgnore(["docs"]).prunes("docs")
    assert not DockerIgnore(["docs", "!docs/a.md"]).prunes("docs")
