"""Child processes: what they find around them, whether they still live, and ending them with all they started."""

from __future__ import annotations

import os

import psutil

SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD")


def environment() -> dict[str, str]:
    """A child's environment: UTF-8, unbuffered, and no key or token of hers in it."""
    kept = {name: value for name, value in os.environ.items() if not any(s in name.upper() for s in SECRET)}
    return {**kept, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def alive(pid: int, born: float, word: str = "") -> bool:
    """Whether this very process lives: a number is given anew, a number with its birth is not.

    born: when it was created, in seconds of the epoch. When the clock was set, births shift; then `word`
    in the command line tells.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        same = abs(process.create_time() - born) < 2.0
        return same or (bool(word) and any(word in one for one in process.cmdline()))
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def me() -> list[float]:
    """This process, as `alive` wants it: its number and its birth."""
    process = psutil.Process()
    return [process.pid, process.create_time()]


def end_tree(pid: int, patience: float = 5.0) -> None:
    """End a process and everything it started, and wait `patience` seconds for that."""
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for one in family:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family, timeout=patience)
