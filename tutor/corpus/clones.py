"""Her clones: which there are, where a cited file lies, at which commit, and whether she changed it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from exercises.upstream.repositories import REPOSITORIES, UpstreamError, is_usable
from exercises.upstream.workspace import changed_files, is_that
from knowledge.passages import Passage
from tutor.corpus import transcripts
from tutor.settings import PROJECT, Settings


@dataclass(frozen=True)
class Standing:
    """How a file of a clone stands: the commit that is checked out, and whether the file differs from it."""

    commit: str
    changed: bool


def link_to(settings: Settings) -> Callable[[Passage], str]:
    """Addresses of lines of clones, at the commit that is here, and of seconds of lectures.

    A file that she changed has none: on the web its lines are others.
    """

    def link(passage: Passage) -> str:
        name, _, path = passage.span.path.partition("/")
        clone = settings.upstream_folder / name
        there = standing(settings, passage.span.path)
        if there is None:
            return transcripts.link(passage)
        origin = _origin(clone)
        lines = f"#L{passage.span.start}-L{passage.span.end}" if passage.span.start else ""
        known = there.commit and origin and not there.changed
        return f"{origin}/blob/{there.commit}/{path}{lines}" if known else ""

    return link


def file_of(settings: Settings, path: str) -> Path:
    """Where a cited file lies: in the project, or in a clone."""
    name, _, rest = path.partition("/")
    clone = _clone_of(settings, name)
    return clone / rest if rest and clone else PROJECT / path


def _clone_of(settings: Settings, name: str) -> Path | None:
    """The clone that is cited under this name; None where that name is our own or there is none."""
    clone = settings.upstream_folder / name
    if not name or not (clone / ".git").is_dir() or not is_usable(name):
        return None
    known = REPOSITORIES.get(name)
    return clone if known is None or is_that(known, clone) else None


def standing(settings: Settings, path: str) -> Standing | None:
    """How the file of a cited path stands; None when it is of no clone."""
    name, _, rest = path.partition("/")
    clone = _clone_of(settings, name)
    if not rest or clone is None:
        return None
    return Standing(_commit(clone), _changed(clone, rest))


def changed_among(settings: Settings, paths: Iterable[str]) -> list[str]:
    """Those of the cited paths that she changed since they were cloned, each once."""
    return [
        path
        for path in dict.fromkeys(paths)
        if (there := standing(settings, path)) is not None and there.changed
    ]


def _changed(clone: Path, file: str) -> bool:
    try:
        written = (clone / file).stat().st_mtime_ns
        index = (clone / ".git" / "index").stat().st_mtime_ns
    except OSError:
        return False
    return file in _changed_files(clone, written, index)


@lru_cache(maxsize=256)
def _changed_files(clone: Path, written: int, index: int) -> frozenset[str]:
    """The stamps of the file and of git's index say when to look again."""
    try:
        return frozenset(changed_files(clone))
    except UpstreamError:  # without git nobody can tell; the lines are hers in any case
        return frozenset()


def _origin(clone: Path) -> str:
    """The web address that a clone came from, without user or password; empty when it is not GitHub's."""
    try:
        text = (clone / ".git" / "config").read_text(encoding="utf-8")
    except OSError:
        return ""
    match = re.search(
        r"^\s*url\s*=\s*https://(?:[^@/\s]+@)?(github\.com/[\w.-]+/[\w.-]+?)(?:\.git)?/?\s*$", text, re.M
    )
    return f"https://{match[1]}" if match else ""


def _commit(clone: Path) -> str:
    """The commit that a clone stands at, read without git; empty when that cannot be told."""
    try:
        head = (clone / ".git" / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        loose = clone / ".git" / name
        if loose.is_file():
            return loose.read_text(encoding="utf-8").strip()
        packed = (clone / ".git" / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), "")
    except OSError:
        return ""
