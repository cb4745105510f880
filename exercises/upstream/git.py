"""git as a program: found, called without questions, its errors in words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from exercises.upstream.repositories import UpstreamError

_WHY = (
    (
        r"could not resolve|unable to access|connection (?:refused|timed out|reset)|network is unreachable",
        "The network does not reach it. Connect, or give a mirror or a local folder with --base.",
    ),
    (r"no space left|disk full|not enough space", "The disk is full. Free some space and clone again."),
    (
        r"repository .*not found|does not appear to be a git repository|does not exist",
        "There is no repository at that address. Check it, or what --base names.",
    ),
    (
        r"authentication failed|could not read username|permission denied",
        "It asks for a login. Give a public address.",
    ),
    (r"filename too long", "A path is too long for Windows. Choose a shorter folder, such as C:\\clones."),
)


def git() -> str:
    """The path of git. Raises UpstreamError where it is not installed."""
    found = shutil.which("git")
    if found is None:
        raise UpstreamError(
            "git is not installed. Get it from https://git-scm.com/downloads, then try again."
        )
    return found


def run_git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder. Raises UpstreamError with what to do."""
    done = subprocess.run(
        [git(), *arguments], cwd=folder, env=environment(), stdin=subprocess.DEVNULL, capture_output=True,
        text=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        raise UpstreamError(explain(str(folder), done.stderr))
    return done.stdout


def environment() -> dict[str, str]:
    """What git finds around it."""
    # never a question on a terminal that nobody sees; messages in the language that _WHY reads
    return {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def explain(source: str, said: str) -> str:
    """What git said, as a sentence with what to do next."""
    for pattern, advice in _WHY:
        if re.search(pattern, said, re.I):
            return f"git could not read {source}. {advice}"
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "no reason given")
    return f"git failed at {source}: {last}"
