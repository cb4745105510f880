"""Estimates for run forms: shared by all windows, and one window's wish never ends another's."""

import json
from concurrent.futures import CancelledError, wait
from pathlib import Path

import pytest

from exercises.errors import DataError
from tutor.ui.components.runs.run_form import Estimates

SMALL = {"steps": 20, "seed": 1}  # a second to measure; another seed costs nothing more, but waits its turn


def knobs(**changed: object) -> str:
    return json.dumps({**SMALL, **changed}, sort_keys=True)


def test_a_second_window_leaves_the_first_one_its_estimate(tmp_path: Path) -> None:
    shared = Estimates(tmp_path)
    running = shared.of("micrograd", knobs(), "first")
    waiting = shared.of("micrograd", knobs(seed=32), "second")
    another = shared.of("micrograd", knobs(seed=48), "third")
    assert shared.of("micrograd", knobs(seed=32), "fourth") is waiting
    later = shared.of("micrograd", knobs(seed=64), "second")  # the fourth still waits for the one before
    assert shared.of("micrograd", knobs(seed=64), "third") is later  # and nobody for the third's any more
    wait([running, waiting, another, later], timeout=200)
    assert min(one.result().seconds for one in (running, waiting, later)) > 0
    with pytest.raises(CancelledError):
        another.result()


def test_a_wish_that_comes_back_is_measured_after_all(tmp_path: Path) -> None:
    shared = Estimates(tmp_path)
    shared.of("micrograd", knobs(), "other")
    dropped = shared.of("micrograd", knobs(seed=32), "mine")
    shared.of("micrograd", knobs(seed=48), "mine")
    again = shared.of("micrograd", knobs(seed=32), "mine")
    assert dropped.cancelled() and again is not dropped
    assert again.result(timeout=200).seconds > 0


def test_a_file_elsewhere_is_not_measured(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("private", encoding="utf-8")
    guess = Estimates(tmp_path / "home").of(
        "minbpe", json.dumps({"text": str(tmp_path / "letter.txt")}), "mine"
    )
    with pytest.raises(DataError, match="outside your home"):
        guess.result(timeout=60)
