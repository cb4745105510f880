"""Experiments: all there, all true, and their record of this very code."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exercises.errors import ExerciseError
from exercises.experiments import (
    Claim,
    holds,
    in_words,
    load_experiments,
    observed,
    perform,
    read,
    record,
    stale,
)
from exercises.runs.store import Run

PROMISED = """learning-rate-too-high deeper-network broken-gradient own-text context-size generation-temperature
bigram-to-mlp batchnorm-at-bad-init smaller-model attention-heads small-dataset no-positions no-residual-lesson
remove-layer-norm remove-residuals deeper-against-time inference-time kv-cache-speed modern-recipe warmup
tokens-per-language tokenizers-compared prompt-overhead vocabulary-size fine-tune-or-scratch"""


def test_every_promised_experiment_is_there_and_fits_its_exercise() -> None:
    known = load_experiments()
    assert set(PROMISED.split()) <= known.keys()
    for one in known.values():
        assert one.question.endswith("?") and one.explain and one.minutes <= 5


def test_the_record_stands_for_this_code() -> None:
    assert stale() == {}, "run: python -m exercises verify"


def test_recorded_figures_bear_out_their_claims() -> None:
    for name, one in load_experiments().items():
        outcome = record()[name]
        assert holds(one.claim, outcome.figures) and outcome.claim == in_words(one)


def test_an_experiment_is_really_run(home: Path) -> None:
    outcome = perform(home, load_experiments()["inference-time"])
    assert outcome.holds and 0.9 < outcome.figures["read and write"] < 1


@pytest.mark.parametrize(
    ("claim", "figures", "expected"),
    [
        (Claim(left="a", relation="less", right="b", margin=0.1), {"a": 1.0, "b": 1.2}, True),
        (Claim(left="a", relation="less", right="b", margin=0.3), {"a": 1.0, "b": 1.2}, False),
        (Claim(left="a", relation="greater", right="b", factor=2), {"a": 3.0, "b": 1.2}, True),
        (Claim(left="a", relation="greater", right=0.9), {"a": 0.8}, False),
        (Claim(left="a", relation="about", right="b", margin=0.1), {"a": 1.0, "b": 1.05}, True),
        (Claim(left="a", relation="greater", right="b"), {"a": math.inf, "b": 5.0}, True),
    ],
)
def test_claims_are_compared_as_they_say(claim: Claim, figures: dict[str, float], expected: bool) -> None:
    assert holds(claim, figures) is expected


def test_figures_are_last_best_or_of_time() -> None:
    run = Run("id", Path(), "x", {}, "cpu", "finished", datetime.now(UTC), seconds=7.0)
    rows = [
        {"step": 0, "time": 1.0, "val_loss": 3.0},
        {"step": 5, "time": 2.0, "val_loss": 1.0},
        {"step": 10, "time": 6.0, "val_loss": math.nan},
    ]
    assert observed(run, rows, "val_loss") == math.inf
    assert observed(run, rows[:2], "val_loss") == 1.0
    assert observed(run, rows, "seconds") == 7.0
    assert observed(run, rows, "seconds_per_step") == 0.5
    with pytest.raises(ExerciseError, match="measured no accuracy"):
        observed(run, rows, "accuracy")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("steps: 400", "stepz: 400", "Did you mean steps"),
        ("left: small", "left: tiny", "tiny: no such variant"),
        ("answer: 1", "answer: 7", "is no option"),
        ("observe:", "surprise:", "Extra inputs"),
        ("id: smaller-model", "id: other", "name the file after it"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (Path(__file__).parents[2] / "exercises/experiments/smaller-model.yaml").read_text(
        encoding="utf-8"
    )
    path = tmp_path / "smaller-model.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ExerciseError, match=r"smaller-model\.yaml") as caught:
        read(path)
    assert message in str(caught.value)
