"""The list of runs: open one, compare two or more."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from exercises.knobs import describe
from exercises.runs.store import Run, as_it_stands, metrics
from tutor.quoting import as_markdown
from tutor.ui.components import charts
from tutor.ui.components.runs.run_view import run_view
from tutor.ui.moves import go
from tutor.ui.services import run_title, services, when


def run_list(runs: Sequence[Run]) -> None:
    """Draw it, newest first, with what was chosen in it below; empty, it offers a first experiment."""
    if not runs:
        st.markdown("Your runs will be listed here. A good first one: how many heads does attention need?")
        if st.button("Open that experiment", icon=":material/arrow_forward:", type="primary"):
            go("lab", experiment="attention-heads")
        return
    frame = pd.DataFrame(
        {
            "run": [run_title(run) for run in runs],
            "state": [run.state for run in runs],
            "knobs turned": _turned(runs),
            "steps": [f"{run.step:,} of {run.total_steps:,}" for run in runs],
            "seconds": [round(run.seconds) for run in runs],
            "started": [when(run.created) for run in runs],
            "id": [run.id for run in runs],
        }
    )
    st.caption("Choose one to open it, two or more to compare them.")
    table = st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        height=min(420, 38 + 35 * len(runs)),
        on_select="rerun",
        selection_mode="multi-row",
        key="run-table",
    )
    chosen = [runs[place] for place in table["selection"]["rows"] if place < len(runs)]
    if len(chosen) == 1:
        if st.button("Open this run", icon=":material/open_in_full:"):
            go("lab", run=chosen[0].id)
        run_view(chosen[0])
    elif chosen:
        _compare(chosen[:4])
    if not chosen:
        _follow(runs)


def _follow(runs: Sequence[Run]) -> None:
    """Draw the list anew when a run that goes on ends, also when it was killed; any click ends the waiting.

    No timer: one that fires while the page changes leaves the browser with a blank page (Streamlit 1.67).
    """
    active = [run for run in runs if run.active]
    place = st.empty()
    while active:
        now = [as_it_stands(run.folder) if run.folder.exists() else None for run in active]
        if any(one is None or one.state != run.state for one, run in zip(now, active, strict=True)):
            st.rerun()
        at_work = [one for one in now if one and one.state == "running"]
        place.caption(
            " · ".join(
                f"{as_markdown(run_title(one))}: step {one.step:,} of {one.total_steps:,}" for one in at_work
            )
            or "Waiting for its turn."
        )
        time.sleep(0.3)


def _turned(runs: Sequence[Run]) -> list[str]:
    """For each run the knobs that are not at their defaults, in a line."""
    defaults = {
        exercise.id: {info.name: info.default for info in describe(exercise.knobs)}
        for exercise in services().catalog.exercises.values()
    }
    lines = []
    for run in runs:
        usual = defaults.get(run.exercise, {})
        turned = [f"{name} {value}" for name, value in run.knobs.items() if usual.get(name) != value]
        lines.append(", ".join(turned) or "–")
    return lines


def _compare(runs: Sequence[Run]) -> None:
    names = {f"{run_title(run)} · {run.id[-6:]}": run for run in runs}
    rows = {name: metrics(run.folder) for name, run in names.items()}
    common = [
        metric
        for metric in ("val_loss", "train_loss", "accuracy", "batch_loss")
        if sum(any(metric in row for row in found) for found in rows.values()) > 1
    ]
    if common:
        chart = charts.compared(rows, common[0])
        if chart is not None:
            st.altair_chart(chart, width="stretch")
    knobs = sorted({knob for run in runs for knob in run.knobs})
    differing = [knob for knob in knobs if len({str(run.knobs.get(knob, "–")) for run in runs}) > 1]
    if not differing:
        st.markdown("Their knobs are the same.")
        return
    st.markdown("**What differs between them**")
    table = {name: [str(run.knobs.get(knob, "–")) for knob in differing] for name, run in names.items()}
    st.dataframe(pd.DataFrame({"knob": differing, **table}), hide_index=True, width="stretch")
