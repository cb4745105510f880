"""What the tests of this room share: a home of their own, and small real children."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exercises.runs import launch
from exercises.runs.store import Run, list_runs, read_run

TINY = {
    "n_layer": 1,
    "n_head": 2,
    "n_embd": 16,
    "block_size": 8,
    "batch_size": 4,
    "eval_every": 10,
    "eval_batches": 2,
    "sample_every": 20,
    "sample_tokens": 10,
    "characters": 3000,
    "dropout": 0.1,  # so that torch's own random state matters
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty home; whatever still runs in it at the end is ended."""
    monkeypatch.setenv("EXERCISES_THREADS", "1")
    yield tmp_path / "a home"
    for run in list_runs(tmp_path / "a home"):
        if run.active:
            (run.folder / "stop").touch()
            launch.wait_stopped(run, grace=3)


@pytest.fixture
def count(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Start a real child that needs no torch: it counts to `steps`, sleeping `pause` s at each."""
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "counting.py").write_text(
        textwrap.dedent("""
            import time
            from dataclasses import dataclass
            from exercises.knobs import knob, switch

            @dataclass(frozen=True)
            class Knobs:
                steps: int = knob(10, 1, 100000, "", "")
                pause: float = knob(0.01, 0, 60, "", "")
                deaf: bool = switch(False, "obeys nothing and starts a process of its own", "")

            def train(knobs, run, device):
                if knobs.deaf:
                    import subprocess, sys
                    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
                    run.artifact("child", {"pid": child.pid})
                    time.sleep(300)
                first, state = run.restore()
                total = state["total"] if state else 0
                for step in range(first, knobs.steps):
                    if not run.proceed(step, lambda: {"total": total}):
                        return
                    total += step
                    run.metric(step, total=total)
                    time.sleep(knobs.pause)
                run.checkpoint(knobs.steps, {"total": total})
        """),
        encoding="utf-8",
    )
    (folder / "counting_child.py").write_text(
        textwrap.dedent("""
            import sys
            from pathlib import Path
            import counting
            from exercises import catalog
            from exercises.runs import worker

            known = catalog.exercises()  # kept for the life of the process: one more is in the catalog now
            known["counting"] = catalog.Exercise("counting", "", 1, "", "", "counting", counting.Knobs)
            sys.exit(worker.main(Path(sys.argv[1])))
        """),
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(launch, "CHILD", "counting_child")

    def start(
        steps: int = 10, pause: float = 0.01, deaf: bool = False, owner: list[float] | None = None
    ) -> Run:
        config: dict[str, Any] = {"exercise": "counting", "device": "cpu"}
        knobs = {"steps": steps, "pause": pause, "deaf": deaf}
        extra = {"owner": owner} if owner else {}
        return launch.launch(home, {**config, "knobs": knobs, "total_steps": steps, "extra": extra})

    return start


def until(run: Run, wanted: Callable[[Run], bool], patience: float = 60.0) -> Run:
    """Wait until a run is as `wanted`; fails with what it is instead."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        current = read_run(run.folder)
        if wanted(current):
            return current
        time.sleep(0.05)
    raise AssertionError(f"still {read_run(run.folder)}")
