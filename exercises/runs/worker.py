"""The child process of a run: waits for its turn, trains, and says how it ended.

Started by launch.py as `python -m exercises.runs.worker FOLDER`.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import filelock

from exercises import catalog, device, knobs
from exercises.names import is_own_file
from exercises.runs import queue as queueing
from exercises.runs.files import read_json
from exercises.runs.launch import LOCK
from exercises.runs.store import list_runs, read_run
from exercises.runs.writer import RunWriter
from exercises.upstream import running


def main(folder: Path) -> int:
    """Do the run in `folder`; 0 when it finished, stopped or paused."""
    own = filelock.FileLock(folder / LOCK)
    try:
        own.acquire(timeout=3)  # who resumes at once may meet the old child on its way out
    except filelock.Timeout:
        print("another process has this run already", flush=True)
        return 0
    if read_json(folder / "status.json").get("state") != "queued":
        print("this run is not waiting to be run", flush=True)
        return 0
    writer = RunWriter(folder)
    writer.begin()
    try:
        with queueing.turn(writer.home, writer.config["device"], folder.name, writer.should_stop) as mine:
            if mine:
                _train(writer)
            else:
                writer.ended_by = writer.request()
    except BaseException as error:
        writer.end("failed", f"{type(error).__name__}: {error}")
        raise
    writer.end({"stop": "stopped", "pause": "paused", "": "finished"}[writer.ended_by])
    return 0


def _train(writer: RunWriter) -> None:
    count = _threads(writer)
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(count)  # before torch loads
    module = importlib.import_module(_module(str(writer.config["exercise"])))
    writer.running(writer.config["device"], count)
    module.train(knobs.parse(module.Knobs, writer.config["knobs"]), writer, writer.config["device"])
    writer.ended_by = writer.ended_by or (writer.request() if not writer.complete else "")


def _module(exercise: str) -> str:
    """The module behind an exercise or one of upstream's programs; never one that a run folder names."""
    program = exercise.removeprefix(running.PREFIX)
    return running.program(program).module if program != exercise else catalog.exercise(exercise).module


def _threads(writer: RunWriter) -> int:
    """As before when resumed, for sums are rounded by their order; else what the machine allows."""
    kept = writer.folder / "threads"
    if (
        is_own_file(kept)
        and (before := kept.read_text(encoding="utf-8", errors="replace").strip()).isdecimal()
    ):
        return max(1, min(int(before[:4]), 4096))
    others = sum(run.state == "running" and run.id != writer.folder.name for run in list_runs(writer.home))
    count = device.threads(device.busy_share(), others)
    kept.write_text(str(count), encoding="utf-8")
    return count


if __name__ == "__main__":
    run_folder = Path(sys.argv[1])
    read_run(run_folder)  # a clear error for a folder that is no run, or a damaged one
    sys.exit(main(run_folder))
