"""Before a run: its knobs, how long it will take here, and what she expects. Then it starts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import streamlit as st

from exercises import launch
from exercises.errors import ExerciseError, TooLongError
from exercises.estimate import estimate, in_words
from tutor.study.expectations import expectation
from tutor.study.predictions import PredictionError
from tutor.ui.knob_form import knob_form
from tutor.ui.moves import go
from tutor.ui.services import services


def open_run_form(exercise: str, knobs: Mapping[str, Any], experiment: str | None = None) -> None:
    """Open the form for a run; nothing starts before she presses Start."""
    _form(exercise, dict(knobs), experiment, secrets.token_hex(4))


@st.dialog("Predict, then run", width="large", position="right", icon=":material/science:")
def _form(exercise_id: str, given: dict[str, Any], experiment: str | None, key: str) -> None:
    exercise = services().bench.exercises[exercise_id]
    st.subheader(exercise.title, anchor=False)
    st.markdown(exercise.summary)
    preset = _preset(exercise.presets, key)
    values = knob_form(exercise, {**preset, **given}, f"{key}-{hash(frozenset(preset))}")
    asked = expectation(exercise.primary_metric)
    st.markdown(f"**What do you expect?** {asked.prompt}")
    choice = st.radio(
        asked.prompt, asked.options, index=None, key=f"{key}-expect", label_visibility="collapsed"
    )
    start = st.button("Start", type="primary", icon=":material/play_arrow:", key=f"{key}-start", width="stretch",
                      disabled=choice is None, help=None if choice else "Choose what you expect first")  # fmt: skip
    if start and choice is not None:
        _start(exercise_id, values, experiment, choice)
    _how_long(exercise_id, values)


def _preset(presets: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Any]:
    if len(presets) < 2:
        return {}
    chosen = st.segmented_control("Preset", list(presets), default=next(iter(presets)), key=f"{key}-preset")
    return dict(presets.get(chosen or "", {}))


def _start(exercise_id: str, values: dict[str, Any], experiment: str | None, choice: str) -> None:
    asked = expectation(services().bench.exercises[exercise_id].primary_metric)
    try:
        extra = {"experiment": experiment} if experiment else {}
        run = launch.start(services().home, exercise_id, values, extra=extra)
        services().record.predictions.add(run.id, exercise_id, asked.prompt, asked.options, choice)
    except (ExerciseError, PredictionError) as error:
        st.error(str(error), icon=":material/error:")
        return
    go("lab", run=run.id)


def _how_long(exercise_id: str, values: dict[str, Any]) -> None:
    """The time it takes on this machine: a few real steps are timed, which takes some seconds itself."""
    try:
        with st.spinner("Timing a few steps on this machine …"):
            guess = estimate(exercise_id, values, "auto", services().home)
    except TooLongError as error:
        st.error(str(error), icon=":material/hourglass_disabled:")
        return
    except ExerciseError as error:
        st.warning(str(error), icon=":material/info:")
        return
    st.markdown(
        f":material/timer: About **{in_words(guess.seconds)}** on this machine "
        f"(between {in_words(guess.low)} and {in_words(guess.high)})."
    )
    st.caption(guess.basis)
