"""Files that several processes read while one writes: whole or not at all, on every system.

And files from outside, before they are opened: only regular ones are, and nothing without a limit.
"""

from __future__ import annotations

import json
import os
import stat
import struct
import time
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exercises.errors import DataError, ExerciseError
from exercises.faults import why
from exercises.names import is_own_file

LARGEST_JSON = 64 * 2**20  # bytes of one object; a run's status has 300, a drawn graph some 100,000
LARGEST_LINES = 64 * 2**20  # bytes at the end of a file of rows: some 500,000 rows
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
_END, _END_SIZE = b"PK\x05\x06", 22  # the record that closes a zip


def replace(source: Path, target: Path, patience: float = 5.0) -> None:
    """Move `source` over `target`, in one step for every reader.

    Windows refuses while somebody reads the target, so a PermissionError is tried again for
    `patience` seconds before it is raised.
    """
    until = time.monotonic() + patience
    while True:
        try:
            source.replace(target)
            return
        except PermissionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def write_whole(target: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a sibling of `target`, then put it in place; a kill leaves the old file."""
    sibling = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        write(sibling)
        replace(sibling, target)
    finally:
        sibling.unlink(missing_ok=True)


def write_json(target: Path, data: Any) -> None:
    """Write JSON in one step."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    write_whole(target, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))


def read_json(path: Path, patience: float = 0.5) -> dict[str, Any]:
    """Read a JSON object. Raises FileNotFoundError, or ValueError where it holds none or is no file by itself.

    Tried again on PermissionError: on Windows the file may be between two versions.
    """
    until = time.monotonic() + patience
    while True:
        try:
            if path.exists() and not is_own_file(path):
                raise ValueError(f"{path} is no file of its own")
            if path.stat().st_size > LARGEST_JSON:
                raise ValueError(f"{path} has more than {LARGEST_JSON // 2**20} MB")
            data = json.loads(path.read_text(encoding="utf-8"))
        except PermissionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
            continue
        except RecursionError as error:
            raise ValueError(f"{path} is nested too deeply") from error
        if not isinstance(data, dict):
            raise ValueError(f"{path} holds no JSON object")
        return data


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a file that is appended to. A torn last line is left out, a link is not followed.

    Of a file beyond LARGEST_LINES only the end is read; of what is no regular file, nothing.
    """
    if not is_own_file(path):
        return []
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return []
        with path.open("rb") as file:
            file.seek(max(0, status.st_size - LARGEST_LINES))
            raw = file.read(LARGEST_LINES)
    except FileNotFoundError:
        return []
    return list(filter(None, map(_row, raw.split(b"\n"))))


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None  # a kill in the middle of a write, or the empty end of the file
    return row if isinstance(row, dict) else None


def cut_lines(path: Path, step: int) -> None:
    """Keep only rows before `step`: what a resumed run will write again must not stand twice."""

    def keep(new: Path) -> None:
        with path.open("rb") as old, new.open("w", encoding="utf-8", newline="\n") as kept:
            for row in filter(None, map(_row, old)):
                if row.get("step", 0) < step:
                    kept.write(json.dumps(row, ensure_ascii=False) + "\n")

    write_whole(path, keep)


def fsync(path: Path) -> None:
    """Have the disk hold what was written: a checkpoint must outlive a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def expanded(path: str) -> Path:
    """A path as she writes it, with `~`. Raises ExerciseError for the home of nobody on this machine."""
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ExerciseError(
            f"Nobody on this machine is called {Path(path).parts[0]}. Write the whole path."
        ) from error


def regular_size(path: Path) -> int:
    """The size in bytes of a regular file, which alone is ever opened.

    Raises DataError for nothing, a folder, a device, a pipe, a socket, or a name that cannot be one.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise DataError(f"There is no file {str(path)[:200]!r}.") from error
    except OSError as error:
        raise DataError(f"{str(path)[:80]} cannot be looked at. {why(error)}") from error
    if stat.S_ISREG(status.st_mode):
        return status.st_size
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "a device")
    raise DataError(f"{path} is {kind}, not a file. Give a file.")


def check_zip(path: Path, most_parts: int, most_bytes: int) -> None:
    """Refuse a zip that holds more than so many parts, or unpacks to more than so many bytes.

    What it declares is looked at first, the list of its parts before that list is read; then all is unpacked
    once, piece by piece. Raises DataError, and zipfile's own errors for a damaged one.
    """
    size = regular_size(path)
    with path.open("rb") as file:
        file.seek(max(0, size - 2**16 - _END_SIZE))
        end = file.read()
    place = end.rfind(_END)
    parts, listed = (
        struct.unpack_from("<HI", end, place + 10) if 0 <= place <= len(end) - _END_SIZE else (0, 0)
    )
    if parts > most_parts or listed > 500 * most_parts:
        raise DataError(f"{path.name} holds more than {most_parts:,} parts. It is refused.")
    said = f"{path.name} unpacks to more than {most_bytes // 2**20} MB. It is refused, nothing was unpacked."
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > most_bytes:
            raise DataError(said)
        left = most_bytes
        for entry in archive.infolist():
            with archive.open(entry) as part:
                while piece := part.read(2**20):
                    left -= len(piece)
                    if left < 0:
                        raise DataError(said)
