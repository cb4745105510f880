"""Upstream's programs as they are: shown in full, in their own folder, stopped with all they started."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from exercises import shell
from exercises.runs.processes import end_tree
from exercises.runs.writer import RunWriter
from exercises.upstream.lines import Row
from exercises.upstream.repositories import REPOSITORIES, UpstreamError
from exercises.upstream.workspace import Clone, inspect

POLL = 0.2  # seconds between two looks for a stop request


@dataclass(frozen=True)
class Command:
    """A Python program of theirs: its arguments after `python`, in the clone's folder."""

    arguments: tuple[str, ...]
    folder: Path

    @property
    def typed(self) -> str:
        """What one would type, after `cd` into the folder."""
        return shell.command(["python", *self.arguments])


def require(name: str, workspace: Path) -> Clone:
    """The clone that a run needs. Raises UpstreamError that says how to get it."""
    found = inspect(REPOSITORIES[name], workspace)
    if found is None:
        raise UpstreamError(
            f"There is no clone of {name} in {workspace}. Get it: python -m exercises upstream clone {name}"
        )
    missing = [needed for needed in found.repository.needs if not (found.folder / needed).is_file()]
    if missing:
        raise UpstreamError(
            f"{found.folder} lacks {', '.join(missing)}. Move it away and clone {name} again."
        )
    return found


def show(run: RunWriter, clone: Clone, commands: Sequence[str]) -> None:
    """Keep with the run what one would type, and which sources it ran."""
    for line in (shell.enter(clone.folder), *commands):
        run.log(f"$ {line}")
    if clone.changed:
        run.log(f"with changes of yours in: {', '.join(clone.changed[:10])}")
    run.artifact(
        "upstream",
        {
            "repository": clone.repository.name,
            "commit": clone.commit,
            "changed": list(clone.changed),
            "folder": str(clone.folder),
            "commands": list(commands),
        },
    )


def follow(command: Command, run: RunWriter) -> Iterator[str]:
    """Run a program and give its lines as they come; each is kept in the run's log.

    Ends early when a stop is asked for. Raises UpstreamError when the program fails; the log says why.
    """
    process = subprocess.Popen(
        [sys.executable, *command.arguments],
        cwd=command.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_pump, args=(process, lines), name="upstream-output", daemon=True).start()
    try:
        while not run.should_stop():
            try:
                line = lines.get(timeout=POLL)
            except queue.Empty:
                continue
            if line is None:
                break
            run.log(line)
            yield line
    finally:
        if run.should_stop():
            end_tree(process.pid)
        code = process.wait()
    if code and not run.should_stop():
        raise UpstreamError(f"{command.typed} ended with exit code {code}. See the end of the log.")


def _pump(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip("\n"))
    lines.put(None)


def record(lines: Iterator[str], parse: Callable[[str], Row | None], run: RunWriter) -> int:
    """Turn lines into metrics; returns the last step that was seen, 0 where there was none."""
    last = 0
    for line in lines:
        row = parse(line)
        if row is not None:
            run.metric(row.step, **row.values)
            last = row.step
    return last
