"""The run folder: the one truth about a run, written by its child, read by anybody.

<home>/runs/<time>-<exercise>-<id>/
    config.json       exercise, module, knobs, device: written once, by whoever starts the run
    status.json       state, pid, heartbeat, step: replaced whole, by the child alone
    metrics.jsonl     one row a line, appended: step, time (s), losses, …
    samples.jsonl     what the model wrote, with the step; samples.txt is the same to read
    log.txt           everything the child printed
    checkpoint.pt     weights, optimizer and random states (checkpoint.json without torch)
    <name>.json       artifacts: a drawn graph, a decision boundary
    stop, pause       requests, empty files: the child obeys at its next step
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exercises.errors import RunError
from exercises.runs.files import read_json, read_lines
from exercises.runs.processes import alive
from exercises.runs.writer import RunWriter

__all__ = [
    "ACTIVE",
    "Run",
    "RunWriter",
    "artifact",
    "find_run",
    "list_runs",
    "log",
    "metrics",
    "read_run",
    "samples",
]

ACTIVE = ("queued", "running")
BIRTH_GRACE = 30.0  # seconds between a run's folder and its child's first sign: Python on a busy machine


@dataclass(frozen=True)
class Run:
    """A run as it stands on disk at the moment of reading.

    `state` is queued, running, paused, stopped, finished, failed or died; times are UTC;
    `threads` is None until the child has chosen; `error` says what failed, in one line.
    """

    id: str
    folder: Path
    exercise: str
    knobs: dict[str, Any]
    device: str
    state: str
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    heartbeat: datetime | None = None
    step: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    pid: int | None = None
    threads: int | None = None
    error: str = ""
    note: str = ""
    experiment: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether a child waits or works on it."""
        return self.state in ACTIVE

    @property
    def resumable(self) -> bool:
        """Whether `resume` can take it up again."""
        return self.state in ("paused", "stopped", "died", "failed")

    @property
    def progress(self) -> float:
        """Share of its steps that are done, 0 to 1."""
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0


def runs_folder(home: Path) -> Path:
    """Where the runs of a home lie."""
    return home / "runs"


def read_run(folder: Path) -> Run:
    """The run in `folder`. Raises RunError when the folder is no run or its files are damaged."""
    try:
        config = read_json(folder / "config.json")
        created = _time(config["created"])
        exercise, knobs, device = str(config["exercise"]), dict(config["knobs"]), str(config["device"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{folder} is no run: its config.json cannot be read.") from error
    try:
        status = read_json(folder / "status.json")
    except (OSError, ValueError):
        status = {"state": "queued", "pid": None}
    assert created is not None
    state, note = _state(folder, status, created)
    return Run(
        id=folder.name,
        folder=folder,
        exercise=exercise,
        knobs=knobs,
        device=str(status.get("device") or device),
        state=state,
        created=created,
        started=_time(status.get("started")),
        ended=_time(status.get("ended")) or (None if state in ACTIVE else _time(status.get("heartbeat"))),
        heartbeat=_time(status.get("heartbeat")),
        step=int(status.get("step") or 0),
        total_steps=int(config.get("total_steps") or 0),
        seconds=float(status.get("seconds") or 0.0),
        pid=status.get("pid"),
        threads=status.get("threads"),
        error=str(status.get("error") or ""),
        note=note,
        experiment=str(config.get("experiment") or ""),
        extra=dict(config.get("extra") or {}),
    )


def _state(folder: Path, status: dict[str, Any], created: datetime) -> tuple[str, str]:
    """What the run is now, and a note: a child that was killed cannot say so itself."""
    state, note = str(status.get("state", "queued")), str(status.get("note") or "")
    if state not in ACTIVE:
        return state, note
    pid = status.get("pid")
    if pid is None:
        since = _time(status.get("queued")) or created
        waited = (datetime.now(UTC) - since).total_seconds()
        return (state, note) if waited < BIRTH_GRACE else ("died", "its process never began")
    if alive(int(pid), float(status.get("process_started") or 0), folder.name):
        return state, note
    if (folder / "stop").exists():
        return "stopped", "its process was ended before it could write a checkpoint"
    return (
        "died",
        "its process ended without a word: it was killed, memory ran short, or the machine went down",
    )


def list_runs(home: Path) -> list[Run]:
    """All runs, newest first. A folder that cannot be read stands as a failed run, not hidden."""
    return list(_every(home))


def _every(home: Path) -> Iterator[Run]:
    folder = runs_folder(home)
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda one: one.name, reverse=True):
        if path.name.startswith("."):
            continue
        try:
            yield read_run(path)
        except RunError as error:
            if path.is_dir() and time.time() - path.stat().st_mtime > 2:  # not one being made just now
                made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                yield Run(path.name, path, "?", {}, "?", "failed", made, error=str(error))


def find_run(home: Path, name: str) -> Run:
    """The run with this id or folder; a unique beginning or end of an id will do."""
    if Path(name).is_dir() and (Path(name) / "config.json").exists():
        return read_run(Path(name).resolve())
    folder = runs_folder(home)
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    close = [one for one in names if one.startswith(name) or one.endswith(name)] if name else []
    if name not in names and len(close) != 1:
        problem = "names several runs" if close else "names no run"
        raise RunError(f"{name!r} {problem} in {folder}. List them with: python -m exercises runs")
    return read_run(folder / (name if name in names else close[0]))


def metrics(folder: Path) -> list[dict[str, Any]]:
    """The rows so far: `step`, `time` in seconds of running, and what the exercise measures."""
    return read_lines(folder / "metrics.jsonl")


def samples(folder: Path) -> list[tuple[int, str]]:
    """What the model wrote: (step, text), oldest first."""
    return [(int(row["step"]), str(row["text"])) for row in read_lines(folder / "samples.jsonl")]


def log(folder: Path, last: int = 20_000) -> str:
    """The end of what the child printed, at most `last` bytes of it."""
    with contextlib.suppress(FileNotFoundError), (folder / "log.txt").open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - last))
        return file.read().decode("utf-8", errors="replace")
    return ""


def artifact(folder: Path, name: str) -> dict[str, Any] | None:
    """A JSON object that the run left under this name, or None."""
    try:
        return read_json(folder / f"{name}.json")
    except (OSError, ValueError):
        return None


def _time(stamp: Any) -> datetime | None:
    return datetime.fromisoformat(stamp) if stamp else None
