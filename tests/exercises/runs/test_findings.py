"""Findings on curves whose story is known."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from exercises.failures import cause
from exercises.runs.findings import compare, findings
from exercises.runs.store import Run

Rows = list[dict[str, Any]]


def run(state: str = "finished", error: str = "", note: str = "", **knobs: object) -> Run:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return Run("id", Path(), "nanogpt", knobs, "cpu", state, made, error=error, note=note, seconds=10)


def rows(train: Any, val: Any = None, steps: int = 200, **columns: Any) -> Rows:
    """A run of `steps` with noisy losses given as functions of the step."""
    noise = random.Random(0)
    made: Rows = []
    for step in range(steps):
        row: dict[str, Any] = {"step": step, "train_loss": train(step) + noise.gauss(0, 0.03)}
        row.update({name: column(step) for name, column in columns.items()})
        if val and step % 20 == 0:
            row["val_loss"] = val(step)
        made.append(row)
    return made


def kinds(made: Rows, of: Run | None = None) -> list[str]:
    return [one.kind for one in findings(of or run(), made)]


def healthy(step: float) -> float:
    return 2 + 2 * math.exp(-step / 60)


def test_a_healthy_run_is_told_what_it_learned() -> None:
    found = findings(run(), rows(healthy, healthy, grad_norm=lambda step: 1.0))
    assert found[-1].kind == "learned" and found[-1].evidence["first"] == 4.0
    assert not [one for one in found if one.severity in ("problem", "warning")]


def test_overfitting_is_dated_by_the_lowest_validation_loss() -> None:
    made = rows(lambda step: 4 * math.exp(-step / 50), lambda step: 2 + abs(step - 100) / 100)
    found = next(one for one in findings(run(), made) if one.kind == "overfitting")
    assert found.evidence["step"] == 100 and found.evidence["best"] == 2.0
    assert "around step 100" in found.sentence


def test_a_validation_loss_above_the_training_loss_alone_is_no_overfitting() -> None:
    assert "overfitting" not in kinds(rows(healthy, lambda step: healthy(step) + 0.3))


def test_the_first_number_that_is_none_is_named() -> None:
    made = rows(lambda step: math.nan if step >= 50 else healthy(step))
    found = findings(run("failed", "ExerciseError: The loss was no number any more at step 50."), made)
    assert found[0].kind == "nan" and found[0].evidence == {"step": 50, "column": "train_loss"}


def test_a_loss_that_runs_away_diverged() -> None:
    assert "diverged" in kinds(rows(lambda step: 4 - step / 100 if step < 100 else 3 + (step - 100) / 10))


def test_a_loss_that_never_came_down_diverged_or_stood_still_but_did_not_learn() -> None:
    assert "learned" not in kinds(rows(lambda step: 4.0, lambda step: 4.0))


def test_a_gradient_that_jumps_is_an_explosion() -> None:
    made = rows(healthy, grad_norm=lambda step: 500.0 if step == 120 else 1.0)
    found = next(one for one in findings(run(), made) if one.kind == "exploding-gradients")
    assert found.evidence == {"step": 120, "value": 500.0, "median": 1.0}


def test_a_plateau_is_dated() -> None:
    made = rows(lambda step: max(2.0, 4 - step / 20), lambda step: max(2.0, 4 - step / 20), steps=400)
    found = next(one for one in findings(run(), made) if one.kind == "plateau")
    assert 20 <= found.evidence["step"] <= 80


def test_a_loss_that_still_falls_asks_for_more_steps() -> None:
    assert kinds(rows(lambda step: 4 - step / 100, lambda step: 4 - step / 100))[0] == "underfitting"


def test_a_run_that_was_slowed_down_says_where() -> None:
    made = rows(healthy, tokens_per_second=lambda step: 900.0 if 100 <= step < 130 else 20_000.0)
    found = next(one for one in findings(run(), made) if one.kind == "too-slow")
    assert 95 <= found.evidence["step"] <= 130 and "something else had the processor" in found.sentence
    assert "learned" in kinds(made), "how fast it ran says nothing about what it learned"


def test_dead_units_are_counted() -> None:
    assert "dead-units" in kinds(rows(healthy, dead_units=lambda step: 0.3))


def test_nothing_is_said_about_a_run_without_rows() -> None:
    assert findings(run("running"), []) == []


@pytest.mark.parametrize(
    ("error", "log", "kind", "words"),
    [
        ("AssertionError: Torch not compiled with CUDA enabled", "", "no-cuda", "--device cpu"),
        (
            "",
            "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried",
            "out-of-memory",
            "smaller",
        ),
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "", "out-of-memory-gpu", "smaller"),
        (
            "ModuleNotFoundError: No module named 'tensorboard'",
            "",
            "missing-tensorboard",
            "pip install tensorboard",
        ),
        (
            "UnicodeDecodeError: 'charmap' codec can't decode byte 0x81",
            "",
            "windows-encoding-reading",
            "UTF-8",
        ),
        ("", "vocab size: 0", "empty-data", "failed download"),
        ("OSError: [Errno 28] No space left on device", "", "disk-full", "resume"),
        (
            "URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            "",
            "no-network",
            "python-docs",
        ),
        ("FileNotFoundError: [Errno 2] No such file: 'data/train.bin'", "", "missing-file", "data/train.bin"),
        ("DataError: x has 30 characters; a context of 8 needs 100.", "", "refused", "a context of 8"),
    ],
)
def test_a_failure_is_said_in_words_with_the_way_out(error: str, log: str, kind: str, words: str) -> None:
    found = cause(error, log)
    assert found is not None and found.id == kind
    assert words in " ".join([found.cause, found.hint, found.way_out, *found.commands.values()])


def test_an_unknown_failure_points_at_the_log_and_a_killed_one_at_resuming() -> None:
    assert "See the end of its log" in findings(run("failed", "ZeroDivisionError: division"), [])[0].sentence
    died = findings(run("died", note="its process ended without a word: killed"), [])[0]
    assert died.kind == "ended-without-a-word" and died.failure and "Resume it" in died.failure.way_out


def test_two_runs_are_compared_by_what_sets_them_apart() -> None:
    ours, theirs = rows(healthy, healthy), rows(healthy, lambda step: healthy(step) + 0.5)
    found = compare(run(n_head=4, lr=0.1), ours, run(n_head=1, lr=0.1), theirs)
    assert found is not None and found.evidence["changed"] == {"n_head": (1, 4)}
    assert "n_head 4 instead of 1" in found.sentence and "better" in found.sentence
