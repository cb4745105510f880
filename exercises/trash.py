"""The trash of a home: what was deleted lies here for two weeks and can be put back.

<home>/trash/<time>-<id>/runs/<run>, …/documents/<name> and …/documents/text/<name>.md: the places they came from.
"""

from __future__ import annotations

import contextlib
import errno
import re
import secrets
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exercises.errors import TrashError
from exercises.names import inside, is_link
from exercises.runs.files import replace

KEPT = timedelta(days=14)
PATIENCE = 3.0  # seconds in which somebody on Windows may still read a file
_PLACES = ("runs", "documents", "documents/text")  # the folders of a home whose entries can be deleted
_ENTRY = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")


@dataclass(frozen=True)
class Thrown:
    """Something in the trash: `id` is what `put_back` takes, `place` the folder it came from; the time is UTC."""

    id: str
    place: str
    name: str
    when: datetime


def throw(home: Path, *paths: Path) -> str:
    """Move entries of a home to its trash, together; returns the id to put them back by.

    Only what lies in one of the home's own folders, and no link: those are left alone. Raises
    OutsideError for such, TrashError where something is in use.
    """
    moves = [(path, _place(home, path)) for path in paths]
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    entry = inside(inside(home, "trash"), name)
    for path, place in moves:
        if path.exists():
            (entry / place).mkdir(parents=True, exist_ok=True)
            _move(path, entry / place / path.name)
    return name


def _place(home: Path, path: Path) -> str:
    for place in _PLACES:
        if path.parent.resolve() == (home / place).resolve():
            inside(home / place, path.name)
            return place
    raise TrashError(f"{path} does not lie in the home {home}. It was left as it is.")


def _move(source: Path, target: Path) -> None:
    try:
        replace(source, target, PATIENCE)
    except PermissionError as error:
        raise TrashError(f"{source} is in use and cannot be moved yet. Try again.") from error
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.move(source, target)  # a folder of this home that lies on another disk


def put_back(home: Path, thrown: str) -> list[str]:
    """Move what was thrown away together back to where it was; returns the names.

    Raises OutsideError or TrashError where it is gone, or where its place is taken; then it stays in the trash.
    """
    entry = inside(inside(home, "trash"), thrown)
    found = _contents(entry)
    if not found or not _ENTRY.fullmatch(thrown):
        raise TrashError("It is not in the trash any more: what lies there is removed after two weeks.")
    taken = [path.name for place, path in found if inside(home / place, path.name).exists()]
    if taken:
        raise TrashError(f"There is another {taken[0]} now. Delete or rename that one first.")
    for place, path in found:
        (home / place).mkdir(parents=True, exist_ok=True)
        _move(path, home / place / path.name)
    shutil.rmtree(entry, ignore_errors=True)
    return [path.name for _, path in found]


def _contents(entry: Path) -> list[tuple[str, Path]]:
    """Where each thing in an entry belongs, and the thing."""
    return [
        (place, path)
        for place in _PLACES
        if (entry / place).is_dir() and not is_link(entry / place)
        for path in sorted((entry / place).iterdir())
        if f"{place}/{path.name}" not in _PLACES
    ]


def thrown(home: Path, place: str) -> list[Thrown]:
    """What was thrown away from a folder of the home (`runs`, `documents`), the latest first."""
    found = [
        Thrown(entry.name, place, path.name, when)
        for entry, when in _entries(home)
        for where, path in _contents(entry)
        if where == place
    ]
    return sorted(found, key=lambda one: one.id, reverse=True)


def purge(home: Path, now: datetime) -> int:
    """Remove for good what has lain in the trash for two weeks; returns how many entries went. now: UTC."""
    old = [entry for entry, when in _entries(home) if now - when > KEPT]
    for entry in old:
        shutil.rmtree(entry, ignore_errors=True)  # links in it are removed, what they lead to is not
    return sum(not entry.exists() for entry in old)


def _entries(home: Path) -> list[tuple[Path, datetime]]:
    """What `throw` made, and when. Whatever else lies there is left alone."""
    folder = home / "trash"
    if is_link(folder) or not folder.is_dir():
        return []
    found = []
    for one in sorted(folder.iterdir()):
        if _ENTRY.fullmatch(one.name) and one.is_dir() and not is_link(one):
            with contextlib.suppress(ValueError):  # digits that are no date
                found.append((one, datetime.strptime(one.name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)))
    return found
