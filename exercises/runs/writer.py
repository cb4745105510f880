"""The child's side of a run folder. Importable without torch."""

from __future__ import annotations

import json
import shutil
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import psutil

from exercises.errors import RunError
from exercises.runs import checkpoints
from exercises.runs.files import cut_lines, read_json, write_json
from exercises.runs.processes import alive

HEARTBEAT = 1.0  # seconds between two signs of life
LIVELY = 0.3  # seconds between two while there is news
CHECKPOINT_EVERY = 20.0  # seconds: what a kill can cost at most
LEAST_FREE = 200 * 2**20  # bytes that must stay free on the disk
SPARE, SPARE_SIZE = ".spare", 2**16  # a file given back at the end: room to say so on a disk that is full


def now() -> str:
    """This moment in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat()


class RunWriter:
    """What an exercise sees of its run.

    A loop that can be stopped, paused, killed and resumed to the same losses:

        step, state = run.restore()             # 0 and None at a fresh start
        for step in range(step, knobs.steps):
            if not run.proceed(step, lambda: {"model": model.state_dict(), …}):
                return
            …
            run.metric(step, train_loss=loss)   # rows of iteration k carry step k
        run.checkpoint(knobs.steps, {…})        # the end, for fine-tuning and sampling
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = read_json(folder / "config.json")
        self.home = folder.parent.parent
        self.ended_by = ""  # "stop" or "pause" once a request was obeyed
        self.reason = ""  # why the run ended itself early, for people
        self._status: dict[str, Any] = {}
        self._began = time.monotonic()
        self._before = 0.0  # seconds of running before this process took over
        self._saved = self._told = time.monotonic()
        self._files: dict[str, TextIO] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._process = psutil.Process()

    # ---- what exercises call

    def restore(self, device: str = "cpu") -> tuple[int, dict[str, Any] | None]:
        """The step to go on from and the state saved before it; (0, None) at a fresh start.

        Rows and samples from that step on are cut off: they will be written again, the same.
        Call `checkpoints.restore_random_states(state)` after building the model, which draws numbers.
        """
        step, state = 0, None
        if checkpoints.exists(self.folder):
            state = checkpoints.load(self.folder, device)
            step, self._before = int(state["step"]), float(state["seconds"])
            self.log(f"resumed at step {step}")
        for name in ("metrics.jsonl", "samples.jsonl"):
            if (self.folder / name).exists():
                cut_lines(self.folder / name, step)
        self._began = time.monotonic()
        return step, state

    def proceed(self, step: int, state: Callable[[], dict[str, Any]]) -> bool:
        """Call first in every iteration: whether to do it.

        Saves `state()` now and then, and when asked to stop or pause; then the answer is False.
        """
        self._status["step"] = step
        asked = self.request()
        if asked or time.monotonic() - self._saved > CHECKPOINT_EVERY:
            self.checkpoint(step, state())
        if asked:
            self.ended_by = asked
            self.log(f"{'paused' if asked == 'pause' else 'stopped'} before step {step}")
        return not asked

    def should_stop(self) -> bool:
        """Whether a stop or pause was asked for: for long stretches between two steps."""
        return bool(self.request())

    def request(self) -> str:
        """What was asked for: "stop", "pause" or nothing."""
        if self.reason:
            return "stop"
        return next((name for name in ("stop", "pause") if (self.folder / name).exists()), "")

    def checkpoint(self, step: int, state: dict[str, Any]) -> None:
        """Save what is needed to go on with `step`, in one piece."""
        checkpoints.save(self.folder, {**state, "step": step, "seconds": self.seconds})
        self._status["step"] = step
        self._saved = time.monotonic()

    def metric(self, step: int, **values: float | None) -> None:
        """Append a row. `time` in seconds and `memory_mb` are added; None values are left out."""
        row: dict[str, Any] = {"step": step, "time": round(self.seconds, 3)}
        row.update({name: value for name, value in values.items() if value is not None})
        row.setdefault("memory_mb", round(self._process.memory_info().rss / 2**20, 1))
        self._status["step"] = max(step, self._status.get("step", 0))
        self._append("metrics.jsonl", json.dumps(row) + "\n")
        if time.monotonic() - self._told > LIVELY:
            self._write_status()

    def sample(self, step: int, text: str) -> None:
        """Keep something that the model wrote at `step`."""
        self._append("samples.jsonl", json.dumps({"step": step, "text": text}, ensure_ascii=False) + "\n")
        self._append("samples.txt", f"--- step {step} ---\n{text}\n\n")

    def log(self, text: str) -> None:
        """Print a line; standard output of the child is log.txt."""
        print(text, flush=True)

    def artifact(self, name: str, data: dict[str, Any]) -> None:
        """Leave a JSON object as `<name>.json`."""
        write_json(self.folder / f"{name}.json", data)

    @property
    def complete(self) -> bool:
        """Whether the last step was reached."""
        return int(self._status.get("step", 0)) >= int(self.config.get("total_steps", 0))

    @property
    def seconds(self) -> float:
        """Seconds of running so far, waits and pauses left out."""
        return self._before + time.monotonic() - self._began

    # ---- what the child's main calls

    def begin(self) -> None:
        """Say that this process has taken the run, and start its heartbeat."""
        (self.folder / SPARE).write_bytes(bytes(SPARE_SIZE))
        self._status = {
            "state": "queued",
            "pid": self._process.pid,
            "process_started": self._process.create_time(),
            "queued": self.config.get("queued", self.config["created"]),
            "device": self.config["device"],
            "step": 0,
        }
        self._write_status()
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()

    def running(self, device: str, threads: int) -> None:
        """Say that the wait is over."""
        self._status.update(state="running", started=now(), device=device, threads=threads)
        self._began = time.monotonic()
        self._write_status()

    def end(self, state: str, error: str = "") -> None:
        """Write the last status and stop the heartbeat."""
        for name in ("stop", "pause", SPARE):
            (self.folder / name).unlink(missing_ok=True)
        self._over.set()
        self._status.update(state=state, ended=now(), error=error, note=self.reason)
        self._write_status()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT):
            try:
                self.reason = self.reason or self._reason_to_stop()
                self._write_status()
            except OSError as error:  # deleted or full: the loop itself will meet it and end in words
                print(f"heartbeat: {error}", file=sys.stderr, flush=True)

    def _reason_to_stop(self) -> str:
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_FREE:
            return (
                f"The disk has only {free // 2**20} MB left, so the run saved itself and stopped. "
                "Free some space, then resume it."
            )
        owner = self.config.get("extra", {}).get("owner")
        return (
            ""
            if owner is None or alive(int(owner[0]), owner[1])
            else "The program that asked for it has ended."
        )

    def _write_status(self) -> None:
        with self._lock:
            if self._over.is_set() and self._status.get("ended") is None:
                return
            self._told = time.monotonic()
            self._status["heartbeat"] = now()
            self._status["seconds"] = round(self.seconds, 1) if self._status.get("started") else 0.0
            write_json(self.folder / "status.json", self._status)

    def _append(self, name: str, text: str) -> None:
        file = self._files.get(name)
        if file is None:
            try:
                file = (self.folder / name).open("a", encoding="utf-8", newline="\n")
            except FileNotFoundError as error:
                raise RunError(f"The folder {self.folder} is gone; was the run deleted?") from error
            self._files[name] = file
        file.write(text)
        file.flush()
