"""Before a run: its knobs, how long it will take here, and what she expects. Then it starts."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from exercises.errors import ExerciseError, TooLongError
from exercises.estimate import Estimate, estimate, in_words
from exercises.faults import why
from exercises.runs import launch
from tutor.errors import TutorError
from tutor.quoting import as_markdown
from tutor.study.experiments.expectations import expectation
from tutor.ui.components.runs.knob_form import knob_form
from tutor.ui.moves import Beside, go
from tutor.ui.services import services

MOST_WINDOWS = 50  # whose last wish is remembered


def form(opened: Beside) -> None:
    """The form for a run; nothing starts before she has said what she expects and presses Start."""
    exercise = services().catalog.exercises[opened.name]
    key = f"run-{opened.token}"
    if started := st.session_state.get(f"{key}-started"):  # a second click while the first was at work
        go("lab", run=started)
    st.markdown(f"**{exercise.title}.** {exercise.summary}")
    given = dict(opened.more.get("knobs") or {})
    preset = _preset(exercise.presets, key)
    values = knob_form(exercise, {**preset, **given}, f"{key}-{hash(frozenset(preset))}")
    time = st.empty()
    asked = expectation(exercise.primary_metric)
    choice = st.radio(f"**{asked.prompt}**", asked.options, index=None, key=f"{key}-expect")
    ready = choice is not None
    if not ready:
        st.caption("Choose what you expect, then start. You learn most where you were wrong.")
    start = st.button(
        "Start",
        type="primary",
        icon=":material/play_arrow:",
        key=f"{key}-start",
        width="stretch",
        disabled=not ready,
    )
    if start and choice is not None:
        _start(opened, values, choice)
    _how_long(opened.name, json.dumps(values, sort_keys=True), time)


def _preset(presets: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Any]:
    if len(presets) < 2:
        return {}
    chosen = st.segmented_control("Preset", list(presets), default=next(iter(presets)), key=f"{key}-preset")
    return dict(presets.get(chosen or "", {}))


def _start(opened: Beside, values: dict[str, Any], choice: str) -> None:
    asked = expectation(services().catalog.exercises[opened.name].primary_metric)
    experiment = opened.more.get("experiment")
    try:
        extra = {"experiment": experiment} if experiment else {}
        run = launch.start(services().home, opened.name, values, extra=extra)
    except ExerciseError as error:
        st.error(as_markdown(str(error)), icon=":material/error:")
        return
    st.session_state[f"run-{opened.token}-started"] = run.id
    try:
        services().learner.record.predictions.add(run.id, opened.name, asked.prompt, asked.options, choice)
    except TutorError as error:
        st.error(
            as_markdown(f"The run has started, without what you expect of it: {error}"),
            icon=":material/error:",
        )
        return
    go("lab", run=run.id)


class Estimates:
    """Times steps in a thread of its own, one after the other: a click never waits for a measurement.

    All windows share it. What a window asks for takes the place of what it asked for before, and of nothing else.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="estimate")
        self._known: dict[tuple[str, str], Future[Estimate]] = {}
        self._wanted: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def of(self, exercise: str, values: str, window: str) -> Future[Estimate]:
        """The estimate for these knobs (as JSON), under way or done."""
        key = (exercise, values)
        with self._lock:
            before = self._wanted.pop(window, None)
            if before is not None and before != key and before not in self._wanted.values():
                self._known[before].cancel()  # only while it waits its turn; what runs is of use later
            self._wanted[window] = key
            while len(self._wanted) > MOST_WINDOWS:  # the oldest: most are closed long ago
                self._wanted.pop(next(iter(self._wanted)))
            self._known = {
                one: guess
                for one, guess in self._known.items()
                if one in self._wanted.values() or not (guess.cancelled() or guess.done())
            }
            if key not in self._known or self._known[key].cancelled():
                self._known[key] = self._pool.submit(
                    estimate, exercise, json.loads(values), "auto", self._home
                )
            return self._known[key]


@st.cache_resource(show_spinner=False)
def _estimates() -> Estimates:
    return Estimates(services().home)


def _how_long(exercise: str, values: str, place: DeltaGenerator) -> None:
    """The time it takes on this machine: a few real steps are timed, which takes some seconds itself.

    Waits here, at the end of the form: any click ends the waiting. A fragment with a timer would not do:
    one that fires while the page changes leaves the browser with a blank page (Streamlit 1.67).
    """
    window = st.session_state.setdefault("window", secrets.token_hex(8))
    guess = _estimates().of(exercise, values, window)
    while not guess.done():
        place.markdown(
            ":material/timer: Timing a few steps on this machine …  \n:small[You can start meanwhile.]"
        )
        wait([guess], timeout=0.3)
    with place.container():
        _say(guess)


def _say(guess: Future[Estimate]) -> None:
    try:
        found = guess.result()
    except TooLongError as error:
        st.error(as_markdown(str(error)), icon=":material/hourglass_disabled:")
        return
    except ExerciseError as error:
        st.warning(as_markdown(str(error)), icon=":material/info:")
        return
    except OSError as error:
        st.warning(
            as_markdown(f"How long it takes could not be measured. {why(error)}"), icon=":material/info:"
        )
        return
    st.markdown(
        f":material/timer: About **{in_words(found.seconds)}** here, "
        f"between {in_words(found.low)} and {in_words(found.high)}.  \n:small[{found.basis}]"
    )
