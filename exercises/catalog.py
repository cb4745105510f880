"""What can be run, with which knobs. Reading the catalog imports nothing heavy."""

from __future__ import annotations

import difflib
import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exercises.errors import ExerciseError

ROOT = Path(__file__).resolve().parent.parent


def _steps(knobs: Any) -> int:
    return int(knobs.steps)


@dataclass(frozen=True)
class Exercise:
    """One small model that can be trained here.

    `module` is what `python -m` runs; it holds `Knobs`, `train(knobs, run, device)` and this entry.
    `presets` maps a name to the knobs that differ from the defaults; `work` gives a run's size in
    floating-point operations, 0 where that says nothing about its time; `memory` its bytes, likewise.
    """

    id: str
    title: str
    week: int
    concept: str
    summary: str
    module: str
    knobs: type
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    primary_metric: str = "val_loss"
    devices: tuple[str, ...] = ("cpu", "cuda", "mps")
    total_steps: Callable[[Any], int] = _steps
    work: Callable[[Any], float] = lambda knobs: 0.0
    memory: Callable[[Any], float] = lambda knobs: 0.0

    @property
    def sources(self) -> tuple[Path, ...]:
        """The exercise's own Python files, sorted."""
        return tuple(sorted((ROOT / "exercises" / self.id).glob("*.py")))


@functools.cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by id, in the order of the weeks. An exercise is a folder with a train.py."""
    found: list[Exercise] = []
    for path in sorted((ROOT / "exercises").glob("*/train.py")):
        module = importlib.import_module(f"exercises.{path.parent.name}.train")
        found.append(module.EXERCISE)
    return {exercise.id: exercise for exercise in sorted(found, key=lambda one: (one.week, one.id))}


def exercise(name: str) -> Exercise:
    """The exercise with this id. Raises ExerciseError that names the nearest one."""
    known = exercises()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    raise ExerciseError(f"There is no exercise called {name!r}. {hint}")
