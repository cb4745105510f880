import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Make = Callable[[Path, Mapping[str, str]], str]


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
