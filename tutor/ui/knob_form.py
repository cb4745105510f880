"""Widgets for an exercise's knobs: drawn from how they are declared, each with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from exercises.catalog import Exercise
from exercises.knobs import KnobInfo, describe

FIRST = (
    "model",
    "text",
    "steps",
    "n_layer",
    "n_head",
    "n_embd",
    "block_size",
    "lr",
    "data",
    "vocab_size",
    "hidden",
)


def knob_form(exercise: Exercise, given: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The knobs as she set them: the telling ones in sight, the others one click away."""
    infos = {info.name: info for info in describe(exercise.knobs)}
    shown = [name for name in infos if name in given or name in FIRST]
    values = _grid([infos[name] for name in shown], given, key)
    rest = [info for name, info in infos.items() if name not in shown]
    if rest:
        with st.expander(f"{len(rest)} more knobs"):
            values |= _grid(rest, given, key)
    return values


def _grid(infos: list[KnobInfo], given: Mapping[str, Any], key: str) -> dict[str, Any]:
    values = {}
    columns = st.columns(2)
    for place, info in enumerate(infos):
        with columns[place % 2]:
            values[info.name] = _widget(info, given.get(info.name, info.default), f"{key}-{info.name}")
    return values


def _widget(info: KnobInfo, value: Any, key: str) -> Any:
    label, tip = f"`{info.name}`", info.meaning
    if info.type is bool:
        return st.toggle(label, bool(value), key=key, help=tip)
    if info.choices:
        return st.selectbox(label, info.choices, index=info.choices.index(str(value)), key=key, help=tip)
    if info.type is str:
        return st.text_input(label, str(value), key=key, help=tip)
    span = (
        f"{tip}; {info.low:,g} to {info.high:,g}" if info.low is not None and info.high is not None else tip
    )
    if info.type is int:
        low, high = (None if edge is None else int(edge) for edge in (info.low, info.high))
        return st.number_input(label, low, high, int(value), key=key, help=span)
    # a float keeps its digits as text would: 0.0003 must not become 0.00
    return st.number_input(
        label, info.low, info.high, float(value), key=key, help=span, format="%g", step=_step(value)
    )


def _step(value: Any) -> float:
    return abs(float(value)) / 2 or 0.01
