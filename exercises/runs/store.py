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

from pydantic import ValidationError

from exercises.errors import OutsideError, RunError
from exercises.names import inside, is_own_file
from exercises.runs.files import read_json, read_lines
from exercises.runs.processes import alive
from exercises.runs.writer import RunWriter
from exercises.stored import StoredConfig, StoredProgram, StoredStatus, metric_row, sample_row

__all__ = [
    "ACTIVE",
    "Run",
    "RunWriter",
    "artifact",
    "as_it_stands",
    "find_run",
    "list_runs",
    "log",
    "metrics",
    "program_of",
    "read_run",
    "samples",
]

ACTIVE = ("queued", "running")
BIRTH_GRACE = 30.0  # seconds between a run's folder and its child's first sign: Python on a busy machine


@dataclass(frozen=True)
class Run:
    """A run as it stands on disk at the moment of reading.

    `state` is queued, running, paused, stopped, finished, failed, died or damaged (its files are not those
    of a run: nothing but its id, its folder and `error` can be told); times are UTC;
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
    def damaged(self) -> bool:
        """Whether its files cannot be read as those of a run."""
        return self.state == "damaged"

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
        config = StoredConfig.model_validate(read_json(folder / "config.json"))
    except ValidationError as error:
        raise RunError(_damage(folder, "config.json", error)) from error
    except (OSError, ValueError) as error:
        raise RunError(f"{folder} is no run: its config.json cannot be read.") from error
    try:
        status = StoredStatus.model_validate(read_json(folder / "status.json"))
    except ValidationError as error:
        raise RunError(_damage(folder, "status.json", error)) from error
    except (OSError, ValueError):
        status = StoredStatus()
    state, note = _state(folder, status, config.created)
    return Run(
        id=folder.name,
        folder=folder,
        exercise=config.exercise,
        knobs=dict(config.knobs),
        device=status.device or config.device,
        state=state,
        created=config.created,
        started=status.started,
        ended=status.ended or (None if state in ACTIVE else status.heartbeat),
        heartbeat=status.heartbeat,
        step=status.step,
        total_steps=config.total_steps,
        seconds=status.seconds,
        pid=status.pid,
        threads=status.threads,
        error=status.error,
        note=note,
        experiment=config.experiment,
        extra=config.extra,
    )


def _damage(folder: Path, name: str, error: ValidationError) -> str:
    wrong = ", ".join(dict.fromkeys(".".join(map(str, one["loc"][:2]))[:60] for one in error.errors()))
    return f"{folder.name} is damaged: its {name} holds something else than a run does ({wrong})."


def _state(folder: Path, status: StoredStatus, created: datetime) -> tuple[str, str]:
    """What the run is now, and a note: a child that was killed cannot say so itself."""
    if status.state not in ACTIVE:
        return status.state, status.note
    if status.pid is None:
        waited = (datetime.now(UTC) - (status.queued or created)).total_seconds()
        if waited < BIRTH_GRACE:
            return status.state, status.note
        return "died", "its process never began"
    if alive(status.pid, status.process_started, folder.name):
        return status.state, status.note
    if (folder / "stop").exists():
        return "stopped", "its process was ended before it could write a checkpoint"
    return (
        "died",
        "its process ended without a word: it was killed, memory ran short, or the machine went down",
    )


def as_it_stands(folder: Path) -> Run:
    """The run in `folder`, or one that is `damaged` and says why: what is shown never fails by one bad run."""
    try:
        inside(folder.parent, folder.name)
        return read_run(folder)
    except (RunError, OutsideError) as error:
        try:
            made = datetime.fromtimestamp(folder.lstat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):
            made = datetime.now(UTC)
        return Run(folder.name, folder, "", {}, "", "damaged", made, error=str(error))


def list_runs(home: Path) -> list[Run]:
    """All runs, newest first. A folder that cannot be read as a run stands there as damaged, not hidden."""
    return list(_every(home))


def _every(home: Path) -> Iterator[Run]:
    folder = runs_folder(home)
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda one: one.name, reverse=True):
        if path.name.startswith(".") or not path.is_dir():
            continue
        run = as_it_stands(path)
        if not run.damaged or time.time() - run.created.timestamp() > 2:  # not one being made just now
            yield run


def find_run(home: Path, name: str) -> Run:
    """The run with this id, of those in the home; a unique beginning or end of an id will do.

    Raises RunError where there is none; one whose files are damaged comes back as such.
    """
    folder = runs_folder(home)
    names = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    close = [one for one in names if one.startswith(name) or one.endswith(name)] if name else []
    if name not in names and len(close) != 1:
        problem = "names several runs" if close else "names no run"
        shown = name if len(name) <= 60 else f"{name[:60]}…"
        raise RunError(
            f"{shown!r} {problem} in {folder}. The Lab lists them, and so does: python -m exercises runs"
        )
    return as_it_stands(folder / (name if name in names else close[0]))


def metrics(folder: Path) -> list[dict[str, Any]]:
    """The rows so far: `step`, `time` in seconds of running, and what the exercise measures."""
    found = (metric_row(row) for row in read_lines(folder / "metrics.jsonl"))
    return [row for row in found if row is not None]


def samples(folder: Path) -> list[tuple[int, str]]:
    """What the model wrote: (step, text), oldest first."""
    found = (sample_row(row) for row in read_lines(folder / "samples.jsonl"))
    return [row for row in found if row is not None]


def log(folder: Path, last: int = 20_000) -> str:
    """The end of what the child printed, at most `last` bytes of it."""
    if not is_own_file(folder / "log.txt"):
        return ""
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


def program_of(folder: Path) -> StoredProgram | None:
    """Which of upstream's programs a run was, where it was one and that can be read."""
    try:
        return StoredProgram.model_validate(read_json(folder / "upstream.json"))
    except (OSError, ValueError):
        return None
