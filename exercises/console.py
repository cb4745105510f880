"""Runs on the screen: start one, print its lines as they come, and the folder last."""

from __future__ import annotations

import sys
import time
from typing import Any

from exercises import knobs as knob_tools
from exercises.catalog import Exercise
from exercises.failures import Failure, cause, this_system
from exercises.faults import default_home
from exercises.runs.launch import request_stop, start, wait_stopped
from exercises.runs.store import Run, log, metrics, read_run, samples


def run_here(exercise: Exercise, knobs: Any) -> None:
    """Run with these knobs under the default home and follow it to the end."""
    sys.exit(follow(start(default_home(), exercise.id, knob_tools.to_dict(knobs), anywhere=True)))


def follow(run: Run, own_words: bool = False) -> int:
    """Print a run's rows and samples until it ends, its folder last; 0 unless it failed.

    With `own_words` the lines that the program itself prints, as they come, instead of rows.

    Ctrl-C asks it to stop, waits for its checkpoint, and says how to go on.
    """
    try:
        _print_log_until_over(run) if own_words else _print_until_over(run)
    except KeyboardInterrupt:
        print("stopping; the run saves itself first", flush=True)
        request_stop(run)
        wait_stopped(run)
        print(f"go on with: python -m exercises resume {run.id}")
    ended = read_run(run.folder)
    if ended.state in ("failed", "died"):
        known = cause(ended.error, log(run.folder)) or cause(ended.note)
        print(
            f"{ended.state}: {known.cause if known else ended.error or ended.note}",
            file=sys.stderr,
            flush=True,
        )
        for line in _way_out(known) if known else ():
            print(line, file=sys.stderr, flush=True)
        if not ended.error:
            print(log(run.folder, 2000), file=sys.stderr, flush=True)
    elif ended.note:
        print(f"{ended.state}: {ended.note}", file=sys.stderr, flush=True)
    print(run.folder, flush=True)
    return 0 if ended.state in ("finished", "stopped", "paused") else 2


def _way_out(failure: Failure) -> list[str]:
    """What helps against a failure, the hint first, in lines for the screen."""
    typed = [f"    {line}" for _, text in failure.typed(this_system()) for line in text.splitlines()]
    avoid = [f"not so: {each}" for each in failure.avoid]
    return [f"hint: {failure.hint}", f"way out: {failure.way_out}", *typed, *avoid]


def _print_until_over(run: Run) -> None:
    rows = texts = 0
    said = ""
    while True:
        current = read_run(run.folder)
        if current.state == "queued" and said != "queued" and time.time() - run.created.timestamp() > 2:
            print(f"waiting for {current.device}: it starts, or another run has it", flush=True)
            said = "queued"
        fresh, written = metrics(run.folder), samples(run.folder)
        for row in fresh[rows:]:
            print(_line(row), flush=True)
        for step, text in written[texts:]:
            print(f"--- sample at step {step} ---\n{text}\n---", flush=True)
        rows, texts = len(fresh), len(written)
        if not current.active:
            return
        time.sleep(0.2)


def _print_log_until_over(run: Run) -> None:
    place = 0
    while True:
        over = not read_run(run.folder).active
        with (run.folder / "log.txt").open("rb") as file:
            file.seek(place)
            piece = file.read()
        whole = len(piece) if over else piece.rfind(b"\n") + 1
        place += whole
        if whole:
            print(piece[:whole].decode("utf-8", errors="replace"), end="", flush=True)
        if over:
            return
        time.sleep(0.2)


def _line(row: dict[str, Any]) -> str:
    """One row in a line: step 100 | val_loss 2.4312 | …"""
    parts = [f"{name} {_number(value)}" for name, value in row.items() if name not in ("step", "memory_mb")]
    return " | ".join([f"step {row['step']}", *parts])


def _number(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
