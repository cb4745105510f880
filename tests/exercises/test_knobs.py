"""Knobs: declared once, read from words, refused with a hint."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pytest

from exercises.catalog import exercise, exercises
from exercises.errors import ExerciseError, KnobError
from exercises.knobs import choice, describe, from_command_line, knob, parse, switch, to_dict, words


@dataclass(frozen=True)
class Knobs:
    steps: int = knob(100, 1, 1000, "updates", "training-step")
    lr: float = knob(1e-3, 0.0, 1.0, "how far", "learning-rate")
    norm: bool = switch(True, "normalize", "layer-normalization")
    kind: str = choice("a", ("a", "b"), "which", "tensor")
    text: str = words("names", "what to read", "pretraining")


def test_words_become_values() -> None:
    given = {"steps": "1_000", "lr": "3e-4", "norm": "off", "kind": "b", "text": "C:\\a b.txt"}
    assert to_dict(parse(Knobs, given)) == {
        "steps": 1000,
        "lr": 3e-4,
        "norm": False,
        "kind": "b",
        "text": "C:\\a b.txt",
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"step": 5}, "no knob called 'step'. Did you mean steps"),
        ({"xyz": 5}, "Knobs here: steps, lr"),
        ({"steps": 0}, "between 1 and 1,000"),
        ({"steps": "many"}, "give a whole number between 1 and 1,000"),
        ({"steps": 2.5}, "give a whole number"),
        ({"steps": True}, "give a whole number"),
        ({"lr": "nan"}, "give a number between 0 and 1"),
        ({"lr": "inf"}, "give a number"),
        ({"norm": "maybe"}, "give true or false"),
        ({"kind": "c"}, "choose one of: a, b"),
        ({"text": "x" * 5000}, "at most 4,000"),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(given: dict[str, object], message: str) -> None:
    with pytest.raises(KnobError, match=message):
        parse(Knobs, given)


def test_the_command_line_is_made_of_the_knobs() -> None:
    assert from_command_line(Knobs, "about", ["--steps", "7", "--norm", "no"]) == Knobs(steps=7, norm=False)


def test_every_exercise_describes_all_its_knobs_and_its_presets_fit() -> None:
    for one in exercises().values():
        for info in describe(one.knobs):
            assert info.meaning and info.concept, f"{one.id}: {info.name}"
            assert info.low is None or info.low <= info.default <= info.high, f"{one.id}: {info.name}"
            assert not info.choices or info.default in info.choices
        assert "default" in one.presets
        for name, values in one.presets.items():
            assert dataclasses.is_dataclass(parse(one.knobs, values)), f"{one.id}: {name}"
        assert one.total_steps(one.knobs()) > 0


def test_an_unknown_exercise_names_its_neighbor() -> None:
    with pytest.raises(ExerciseError, match="Did you mean nanogpt"):
        exercise("nanoGPT2")
