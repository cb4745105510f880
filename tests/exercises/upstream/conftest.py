import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from exercises.runs import launch
from exercises.upstream.repositories import REPOSITORIES

Make = Callable[[Path, Mapping[str, str]], str]
CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from exercises.runs import worker
from exercises.upstream.repositories import REPOSITORIES

for line in (Path(__file__).parent / "pinned").read_text(encoding="utf-8").split():
    name, commit = line.split("=")
    REPOSITORIES[name] = replace(REPOSITORIES[name], commit=commit)
sys.exit(worker.main(Path(sys.argv[1])))
"""


def run_git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()


@pytest.fixture
def make_repository() -> Make:
    """Makes a git repository with these files and gives its commit."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def make(folder: Path, files: Mapping[str, str]) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".git").exists():
            run_git(folder, "init", "--quiet", "--initial-branch", "master")
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
        run_git(folder, "add", "--all")
        run_git(folder, "commit", "--quiet", "--message", "a commit")
        return run_git(folder, "rev-parse", "HEAD")

    return make


@pytest.fixture
def make_known(make_repository: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes a repository whose commit is the pinned one of its name, here and in the children of runs."""
    folder = tmp_path / "children"
    folder.mkdir()
    (folder / "pinned_child.py").write_text(CHILD, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(launch, "CHILD", "pinned_child")

    def make(clone: Path, files: Mapping[str, str]) -> str:
        commit = make_repository(clone, files)
        monkeypatch.setitem(REPOSITORIES, clone.name, replace(REPOSITORIES[clone.name], commit=commit))
        with (folder / "pinned").open("a", encoding="utf-8") as pinned:
            pinned.write(f"{clone.name}={commit}\n")
        return commit

    return make
