"""Time a few real steps of an exercise: the child of estimate.py. Leaves no run behind."""

from __future__ import annotations

import importlib
import itertools
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from exercises import device, knobs
from exercises.errors import ExerciseError
from exercises.runs.files import write_json
from exercises.runs.store import list_runs
from exercises.runs.writer import RunWriter

LONGEST = 2.5  # seconds of steps
MOST = 60  # steps


class Stopwatch(RunWriter):
    """A writer that writes nothing: it notes when each step begins and soon says stop."""

    def __init__(self, folder: Path, home: Path) -> None:
        super().__init__(folder)
        self.home = home
        self.times: list[float] = []
        self.sampled = math.inf  # when the first sample had been written

    def restore(self, device: str = "cpu") -> tuple[int, dict[str, Any] | None]:
        """Always a fresh start."""
        return 0, None

    def proceed(self, step: int, state: Callable[[], dict[str, Any]]) -> bool:
        """Note the time; False once enough is known."""
        if "torch" in sys.modules and self.config["device"] == "cuda":
            import torch

            torch.cuda.synchronize()  # work is queued there: without this only the queueing is timed
        self.times.append(time.perf_counter())
        return len(self.times) <= MOST and (len(self.times) < 3 or self.times[-1] - self.times[1] < LONGEST)

    def metric(self, step: int, **values: float | None) -> None:
        """Nothing is kept."""

    def sample(self, step: int, text: str) -> None:
        """Note the time of the first; nothing is kept."""
        self.sampled = min(self.sampled, time.perf_counter())

    def log(self, text: str) -> None:
        """Nothing is kept."""

    def artifact(self, name: str, data: dict[str, Any]) -> None:
        """Nothing is kept."""

    def checkpoint(self, step: int, state: dict[str, Any]) -> None:
        """Nothing is kept."""


def measure(request: dict[str, Any]) -> dict[str, float]:
    """Seconds for setting up, for a step, for a look at validation loss and sample; spread 0 to 1."""
    home = Path(request["home"])
    others = sum(run.state == "running" for run in list_runs(home))
    count = device.threads(device.busy_share(), others)
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(count)
    began = time.perf_counter()
    module = importlib.import_module(request["module"])
    with tempfile.TemporaryDirectory() as folder:
        write_json(Path(folder) / "config.json", {**request, "created": ""})
        watch = Stopwatch(Path(folder), home)
        module.train(knobs.parse(module.Knobs, request["knobs"]), watch, request["device"])
    ended = time.perf_counter()
    times = watch.times
    if len(times) < 2:  # a single step, or a loop without steps: its whole time is the step
        return {"setup": 0.0, "step": ended - began, "look": 0.0, "spread": 0.3, "count": 1}
    laps = [after - before for before, after in itertools.pairwise(times)]
    steady = laps[2:] or laps[1:] or laps
    step = statistics.fmean(steady)
    spread = statistics.pstdev(steady) / step / len(steady) ** 0.5 + 0.15
    # the first step's own extra, as compiling, is left out: what was compiled here is there for the run
    look = max(0.0, min(laps[0] - step, watch.sampled - times[0]))
    return {
        "setup": times[0] - began + 0.5,
        "step": step,
        "look": look,
        "spread": spread,
        "count": len(steady),
    }


if __name__ == "__main__":
    try:
        print(json.dumps(measure(json.loads(sys.stdin.read()))))
    except ExerciseError as problem:
        sys.exit(str(problem))
