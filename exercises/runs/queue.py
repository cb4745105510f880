"""Whose turn it is: one lock a device, the oldest waiting run first. No scheduler runs.

Every run leaves a ticket named by the moment it was queued. A child waits until no older ticket
of a living run lies there, then takes the device's lock; the operating system frees the lock
when its holder dies, however it dies.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock

from exercises.errors import RunError
from exercises.runs.store import read_run

POLL = 0.25  # seconds between two looks


def ticket(home: Path, device: str, run_id: str) -> Path:
    """Draw a number: later ones wait for it."""
    folder = home / "queue" / device
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{time.time_ns():020d}~{run_id}"
    path.touch()
    return path


@contextlib.contextmanager
def turn(home: Path, device: str, run_id: str, give_up: Callable[[], bool]) -> Iterator[bool]:
    """Hold the device for the length of the block; False when `give_up()` came true first."""
    folder = home / "queue" / device
    folder.mkdir(parents=True, exist_ok=True)
    mine = next((path for path in sorted(folder.iterdir()) if path.name.endswith(f"~{run_id}")), None)
    mine = mine or ticket(home, device, run_id)
    lock = filelock.FileLock(home / "queue" / f"{device}.lock", thread_local=False)
    try:
        while not give_up():
            if not _older(mine):
                with contextlib.suppress(filelock.Timeout):
                    lock.acquire(timeout=0)
                    break
            time.sleep(POLL)
        mine.unlink(missing_ok=True)
        yield lock.is_locked
    finally:
        mine.unlink(missing_ok=True)
        lock.release()


def _older(mine: Path) -> bool:
    """Whether somebody alive waits longer. Tickets of the dead are cleared away."""
    for path in sorted(mine.parent.iterdir()):
        if path.name >= mine.name:
            return False
        folder = mine.parent.parent.parent / "runs" / path.name.partition("~")[2]
        try:
            waiting = read_run(folder).state == "queued"
        except RunError:
            waiting = False
        if waiting:
            return True
        path.unlink(missing_ok=True)
    return False
