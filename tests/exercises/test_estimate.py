"""Estimates are measured, kept for a day, and refuse the absurd with arithmetic."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from exercises.catalog import exercise
from exercises.errors import ExerciseError, TooLongError
from exercises.estimate import estimate, in_words
from exercises.runs import launch
from exercises.runs.store import list_runs
from tests.exercises.conftest import TINY


def test_an_estimate_is_measured_once_and_near_the_truth(home: Path) -> None:
    knobs = {**TINY, "steps": 400}
    guess = estimate("nanogpt", knobs, "cpu", home)
    assert guess.low < guess.seconds < guess.high and "steps timed just now" in guess.basis
    began = time.perf_counter()
    half = estimate("nanogpt", {**knobs, "steps": 200, "seed": 5}, "cpu", home)
    assert time.perf_counter() - began < 1.0 and half.seconds < guess.seconds
    assert list_runs(home) == []
    run = launch.wait_over(launch.start(home, "nanogpt", knobs, "cpu"))
    assert run.state == "finished"
    assert guess.low / 4 < run.seconds < guess.high * 4  # other work may come and go on a test machine


def test_gpt2_on_a_processor_is_refused_with_its_years() -> None:
    with pytest.raises(TooLongError, match=r"times 600,000 steps.*years.*default preset"):
        estimate("nanogpt", dict(exercise("nanogpt").presets["gpt2-124M"]), "cpu", Path())


def test_a_model_that_does_not_fit_into_memory_is_refused_with_its_size() -> None:
    with pytest.raises(ExerciseError, match="GB of memory"):
        estimate("nanogpt", {"n_layer": 48, "n_embd": 4096, "n_head": 64, "steps": 1}, "cpu", Path())


def test_a_run_of_weeks_is_refused_after_measuring(home: Path) -> None:
    with pytest.raises(TooLongError, match="Measured here"):
        estimate("nanogpt", {**TINY, "n_embd": 128, "batch_size": 1024, "steps": 1_000_000}, "cpu", home)


def test_what_the_run_would_refuse_the_estimate_refuses(home: Path) -> None:
    with pytest.raises(ExerciseError, match="no text and no file 'nowhere'"):
        estimate("nanogpt", {**TINY, "text": "nowhere"}, "cpu", home)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 s"), (100, "2 min"), (9000, "2.5 hours"), (864000, "10 days"), (1e9, "32 years")],
)
def test_lengths_of_time_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
