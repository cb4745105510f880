"""Files that several processes read while one writes: whole or not at all, on every system."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exercises.names import is_own_file


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
    """The JSON objects of a file that is appended to. A torn last line is left out, a link is not followed."""
    if not is_own_file(path):
        return []
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return []
    rows: list[dict[str, Any]] = []
    for line in raw.split(b"\n"):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue  # a kill in the middle of a write, or the empty end of the file
        if isinstance(row, dict):
            rows.append(row)
    return rows


def cut_lines(path: Path, step: int) -> None:
    """Keep only rows before `step`: what a resumed run will write again must not stand twice."""
    rows = [row for row in read_lines(path) if row.get("step", 0) < step]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    write_whole(path, lambda new: new.write_text(text, encoding="utf-8", newline="\n"))


def fsync(path: Path) -> None:
    """Have the disk hold what was written: a checkpoint must outlive a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
