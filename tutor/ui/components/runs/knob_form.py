"""Widgets for an exercise's knobs: drawn from how they are declared, each with its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from exercises.catalog import Exercise
from exercises.knobs import KnobInfo, describe
from exercises.text.datasets import available
from tutor.corpus import documents
from tutor.quoting import as_markdown
from tutor.ui.services import services

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
    for left in range(0, len(infos), 2):
        pair = infos[left : left + 2]
        for column, info in zip(st.columns(2, vertical_alignment="bottom"), pair, strict=False):
            with column:
                values[info.name] = _widget(info, given.get(info.name, info.default), f"{key}-{info.name}")
    return values


def _widget(info: KnobInfo, value: Any, key: str) -> Any:
    said, _, more = info.meaning.partition(";")
    label = f"{said[:1].upper()}{said[1:]} ({as_markdown(info.name)})"
    if info.type is bool:
        return st.toggle(label, bool(value), key=key, help=more.strip() or None)
    if info.choices:
        return st.selectbox(label, info.choices, index=info.choices.index(str(value)), key=key)
    if info.type is str:
        return _words(info, label, str(value), key)
    if info.type is int:
        low, high = (None if edge is None else int(edge) for edge in (info.low, info.high))
        return st.number_input(label, low, high, int(value), key=key, help=_span(info, more))
    # a float keeps its digits as text would: 0.0003 must not become 0.00
    return st.number_input(
        label,
        info.low,
        info.high,
        float(value),
        key=key,
        help=_span(info, more),
        format="%g",
        step=_step(value),
    )


def _words(info: KnobInfo, label: str, value: str, key: str) -> str:
    if info.name != "text":
        return st.text_input(label, value, key=key)
    hers = {str(one.original): one.name for one in documents.documents(services().settings.documents)}
    names = [*available(services().home), *hers]
    options = names if value in names else [value, *names]
    chosen = st.selectbox(
        label,
        options,
        index=options.index(value),
        key=key,
        format_func=lambda one: hers.get(one, one),
        accept_new_options=True,
        help="A named text, or one of your documents: add a file there to train on it",
    )
    return chosen or value


def _span(info: KnobInfo, more: str) -> str | None:
    edges = "" if info.low is None or info.high is None else f"{info.low:,g} to {info.high:,g}"
    return "; ".join(part for part in (more.strip(), edges) if part) or None


def _step(value: Any) -> float:
    return abs(float(value)) / 2 or 0.01
