"""Knobs: the settings of an exercise, declared once, used by the command line, the form and the checks.

@dataclass(frozen=True)
class Knobs:
    lr: float = knob(1e-3, 1e-6, 10.0, "how far each step goes", "learning-rate")
    norm: bool = switch(True, "normalize before each block", "layer-normalization")
    position: str = choice("learned", ("learned", "none"), "how order is told", "positional-encoding")
    text: str = words("names", "a data set or a path to your own file", "tensor")
"""

from __future__ import annotations

import argparse
import dataclasses
import difflib
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from exercises.errors import KnobError

K = TypeVar("K")


@dataclass(frozen=True)
class KnobInfo:
    """What a form or a help text needs to know about one knob.

    `low` and `high` are inclusive and None for switches, choices and words; `choices` is empty
    unless the knob is a choice; `concept` is the id of the concept behind it.
    """

    name: str
    type: type
    default: Any
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    meaning: str
    concept: str


def knob(default: float, low: float, high: float, meaning: str, concept: str) -> Any:
    """A number between `low` and `high`, both inclusive."""
    return dataclasses.field(
        default=default, metadata={"low": low, "high": high, "meaning": meaning, "concept": concept}
    )


def switch(default: bool, meaning: str, concept: str) -> Any:
    """Something that is on or off."""
    return dataclasses.field(default=default, metadata={"meaning": meaning, "concept": concept})


def choice(default: str, choices: tuple[str, ...], meaning: str, concept: str) -> Any:
    """One of a few words."""
    return dataclasses.field(
        default=default, metadata={"choices": choices, "meaning": meaning, "concept": concept}
    )


def words(default: str, meaning: str, concept: str) -> Any:
    """Free text: a data set, a path, a prompt."""
    return dataclasses.field(default=default, metadata={"meaning": meaning, "concept": concept})


def describe(knobs: type) -> list[KnobInfo]:
    """The knobs of a dataclass in the order in which it declares them."""
    types = typing.get_type_hints(knobs)
    return [
        KnobInfo(
            name=field.name,
            type=types[field.name],
            default=field.default,
            low=field.metadata.get("low"),
            high=field.metadata.get("high"),
            choices=field.metadata.get("choices", ()),
            meaning=field.metadata.get("meaning", ""),
            concept=field.metadata.get("concept", ""),
        )
        for field in dataclasses.fields(knobs)
    ]


def parse(knobs: type[K], given: Mapping[str, Any]) -> K:
    """Build knobs from words or values, each checked against its range.

    `given` maps names to strings (a command line) or to values (a form, YAML).
    Raises KnobError naming the knob, its range and what to do.
    """
    infos = {info.name: info for info in describe(knobs)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in infos:
            near = difflib.get_close_matches(name, infos, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Knobs here: {', '.join(infos)}."
            raise KnobError(f"There is no knob called {name!r}. {hint}")
        values[name] = _value(infos[name], value)
    return knobs(**values)


def _value(info: KnobInfo, value: Any) -> Any:
    if info.type is bool:
        return _truth(info, value)
    if info.type is str:
        text = str(value)
        if info.choices and text not in info.choices:
            raise KnobError(f"{info.name} is {text!r}; choose one of: {', '.join(info.choices)}.")
        if len(text) > 4000:
            raise KnobError(f"{info.name} has {len(text):,} characters; give at most 4,000.")
        return text
    return _number(info, value)


def _truth(info: KnobInfo, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise KnobError(f"{info.name} is {str(value)!r}; it is a switch: give true or false.")


def _number(info: KnobInfo, value: Any) -> float | int:
    # low and high are set by knob(), the only way to declare a number
    low, high = info.low or 0, info.high if info.high is not None else math.inf
    whole = info.type is int
    between = f"between {low:,} and {high:,}" if whole else f"between {low:,g} and {high:,g}"
    kind = "a whole number" if whole else "a number"
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(str(value).strip().replace("_", ""))
    except ValueError as error:
        raise KnobError(f"{info.name} is {str(value)!r}; give {kind} {between}.") from error
    if not math.isfinite(number) or (info.type is int and number != int(number)):
        raise KnobError(f"{info.name} is {str(value)!r}; give {kind} {between}.")
    if not low <= number <= high:
        raise KnobError(f"{info.name} is {str(value)!r}, outside its range; give {kind} {between}.")
    return int(number) if info.type is int else number


def to_dict(knobs: Any) -> dict[str, Any]:
    """All knobs by name, ready for JSON."""
    return dataclasses.asdict(knobs)


def from_command_line(knobs: type[K], description: str, arguments: list[str] | None = None) -> K:
    """Read `--name value` for every knob: the `main` of each train.py."""
    parser = argparse.ArgumentParser(description=description)
    for info in describe(knobs):
        about = f"{info.meaning} (default: {info.default})".replace("%", "%%")
        parser.add_argument(f"--{info.name}", help=about, metavar=info.type.__name__.upper())
    given = {name: value for name, value in vars(parser.parse_args(arguments)).items() if value is not None}
    return parse(knobs, given)
