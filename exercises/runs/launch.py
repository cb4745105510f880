"""Start, stop, pause, resume and delete runs. Each run is a child process of its own.

The child outlives the app that started it: a run goes on when a page is closed, and any later
app finds it by its folder.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock

from exercises import catalog, device, knobs
from exercises.errors import RunError
from exercises.estimate import refuse_absurd
from exercises.faults import why
from exercises.names import inside, is_link, is_own_file
from exercises.runs.files import read_json, write_json
from exercises.runs.processes import alive, end_tree, environment
from exercises.runs.queue import ticket
from exercises.runs.store import Run, read_run, runs_folder
from exercises.runs.writer import LEAST_FREE, now
from exercises.stored import StoredStatus
from exercises.text.datasets import DEFAULT, check_named
from exercises.trash import throw

CHILD = "exercises.runs.worker"  # the program that does a run
LOCK = ".child.lock"  # in the run folder, held by the child as long as it lives
GRACE = 10.0  # seconds that a child has to obey a request before its process tree is ended


def start(
    home: Path,
    exercise: str,
    given: Mapping[str, Any] | Any,
    device_wanted: str = "auto",
    extra: Mapping[str, Any] | None = None,
    *,
    anywhere: bool = False,
) -> Run:
    """Queue a run of an exercise and return at once.

    given: knobs by name (strings or values), or the exercise's Knobs. extra: what the caller wants
    kept with the run; "experiment" is shown with it, and where "owner" names a process (`processes.me()`) the
    run stops when that process has ended. anywhere: its text may be any file, as at the command line, not only
    one in the home or the project. Raises ExerciseError before anything starts
    when a knob, the device, memory or the disk does not allow it, or arithmetic says it would never end.
    """
    spec = catalog.exercise(exercise)
    values = given if isinstance(given, spec.knobs) else knobs.parse(spec.knobs, given)
    chosen = device.choose(device_wanted, ("auto", *spec.devices))
    if not anywhere:
        check_named(getattr(values, "text", DEFAULT), home)
    refuse_absurd(spec, values, chosen)
    config = {
        "exercise": spec.id,
        "knobs": knobs.to_dict(values),
        "device": chosen,
        "total_steps": spec.total_steps(values),
        "experiment": str((extra or {}).get("experiment", "")),
        "extra": dict(extra or {}),
    }
    return launch(home, config)


def launch(home: Path, config: dict[str, Any]) -> Run:
    """Make the run folder for `config` and start its child.

    config: `exercise`, `knobs`, `device`, `total_steps`. Which program runs is not kept with it: the catalog says.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"Runs cannot be kept in {home}. {why(error)}") from error
    free = shutil.disk_usage(home).free
    if free < LEAST_FREE:
        raise RunError(
            f"Only {free // 2**20} MB are free on the disk of {home}. Free at least {LEAST_FREE // 2**20} MB."
        )
    made = datetime.now(UTC)
    name = f"{made:%Y%m%d-%H%M%S}-{config['exercise']}-{secrets.token_hex(3)}"
    folder = runs_folder(home.resolve()) / name
    try:
        folder.mkdir(parents=True)
        ticket(home, config["device"], name)  # before the child: who clicked first goes first
        write_json(folder / "config.json", {**config, "created": made.isoformat(), "python": sys.version})
        _spawn(folder)
    except OSError as error:  # half a run would stand in the list for ever
        shutil.rmtree(folder, ignore_errors=True)
        raise RunError(f"The run could not be started, and nothing of it was kept. {why(error)}") from error
    return read_run(folder)


def _spawn(folder: Path) -> None:
    """Start the child of a run folder; it lives on when this process ends."""
    write_json(folder / "status.json", {"state": "queued", "pid": None, "queued": now()})
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    with (folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", CHILD, str(folder)],
            cwd=catalog.ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **detached,
        )
    # somebody has to wait for it, or a dead child stays a zombie as long as the app lives
    threading.Thread(target=process.wait, name=f"wait-{folder.name}", daemon=True).start()


def request_stop(run: Run) -> Run:
    """Ask a run to save itself and stop; its processes are ended if it does not within GRACE."""
    return _ask(run, "stop")


def request_pause(run: Run) -> Run:
    """Ask a run to save itself and leave the device to others; `resume` takes it up again."""
    return _ask(run, "pause")


def _ask(run: Run, what: str) -> Run:
    if not read_run(run.folder).active:
        return read_run(run.folder)
    (run.folder / what).touch()
    threading.Thread(target=wait_stopped, args=(run,), name=f"{what}-{run.id}", daemon=True).start()
    return read_run(run.folder)


def wait_stopped(run: Run, grace: float = GRACE) -> Run:
    """Wait until a run has obeyed a request; after `grace` seconds end its whole process tree.

    Only for the request that stands now: a run resumed in between is another matter.
    """
    request = _requests(run.folder)
    until = time.monotonic() + grace
    while time.monotonic() < until:
        if not run.folder.exists():
            return run
        current = read_run(run.folder)
        if not current.active or _requests(run.folder) != request:
            return current
        time.sleep(0.1)
    _end_tree(run.folder)
    return read_run(run.folder)


def wait_over(run: Run) -> Run:
    """Wait until a run is neither waiting nor working."""
    while (current := read_run(run.folder)).active:
        time.sleep(0.1)
    return current


def _requests(folder: Path) -> list[int]:
    """When each standing request was made, in nanoseconds; empty when none stands."""
    found = []
    for name in ("stop", "pause"):
        with contextlib.suppress(FileNotFoundError):
            found.append((folder / name).stat().st_mtime_ns)
    return found


def _end_tree(folder: Path) -> None:
    """End the child of a folder and everything it started. Only this very process: see `alive`."""
    try:
        status = StoredStatus.model_validate(read_json(folder / "status.json"))
    except (OSError, ValueError):
        return
    if status.pid is not None and alive(status.pid, status.process_started, folder.name):
        end_tree(status.pid)


def resume(run: Run) -> Run:
    """Take up a run where its last checkpoint stands; the losses are those of an unbroken run."""
    current = read_run(run.folder)
    if current.active:
        raise RunError(f"{run.id} is {current.state}; there is nothing to resume.")
    if not current.resumable:
        raise RunError(f"{run.id} is {current.state}. Start a new run instead.")
    if is_link(run.folder) or any(is_link(one) for one in run.folder.iterdir()):
        raise RunError(
            f"{run.id} holds links to other places, where it would write. Start a new run instead."
        )
    for what in ("stop", "pause"):
        (run.folder / what).unlink(missing_ok=True)
    ticket(run.folder.parent.parent, current.device, run.id)
    _spawn(run.folder)
    return read_run(run.folder)


def delete(home: Path, run: Run) -> str:
    """Move a run of this home, with all it left, to the trash; returns the id to put it back by.

    Raises RunError while it is active, OutsideError for a link, TrashError while somebody reads it.
    """
    folder = inside(runs_folder(home), run.id)
    if not folder.exists():
        raise RunError(f"{run.id} is not there any more.")
    if _at_work(folder):
        raise RunError(f"{run.id} is still {run.state}. Stop it first.")
    return throw(home, folder)


def _at_work(folder: Path) -> bool:
    """Whether a child waits or works on it. For a damaged run its child's lock tells."""
    try:
        return read_run(folder).active
    except RunError:
        if not is_own_file(folder / LOCK):
            return False
        try:
            with filelock.FileLock(folder / LOCK).acquire(timeout=0):
                return False
        except filelock.Timeout:
            return True
