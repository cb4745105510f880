"""The lab: choose, predict, start, watch, compare."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from exercises.catalog import Exercise
from exercises.errors import ExerciseError, RunError
from exercises.experiments import Experiment, load_experiments
from exercises.runs.store import find_run, metrics
from tutor.quoting import as_markdown
from tutor.study.experiments.experiments import Attempt, at_work, begin, carry_on, results
from tutor.study.experiments.predictions import Prediction, PredictionError
from tutor.ui.boundary import guarded
from tutor.ui.components import charts
from tutor.ui.components.runs.run_list import run_list
from tutor.ui.components.runs.run_view import run_view
from tutor.ui.moves import go, open_beside
from tutor.ui.services import services
from tutor.ui.trash import undo


def show() -> None:
    """The page."""
    if experiment := st.query_params.get("experiment"):
        _experiment(experiment)
        return
    if asked := st.query_params.get("run"):
        _one(asked)
        return
    st.title("Lab")
    st.markdown("Small models that train on this machine. Say what you expect, press Start, and see.")
    runs, experiments, exercises = st.tabs(["Your runs", "Experiments", "All models"])
    with experiments:
        _experiments()
    with exercises:
        _exercises()
    with runs:
        undo("runs")
        run_list(services().runs())


def _one(name: str) -> None:
    back = st.container(horizontal=True, gap="small")
    if back.button("All runs", icon=":material/arrow_back:", type="tertiary"):
        st.query_params.clear()
        st.rerun()
    try:
        run = find_run(services().home, name)
    except RunError as error:
        st.warning(as_markdown(str(error)), icon=":material/info:")
        return
    if run.experiment and back.button("The whole experiment", icon=":material/science:", type="tertiary"):
        go("lab", experiment=run.experiment)
    run_view(run)


def _exercises() -> None:
    exercises = list(services().catalog.exercises.values())
    asked = services().catalog.exercises.get(st.query_params.get("exercise", ""))
    if asked is not None:
        del st.query_params["exercise"]
        open_beside("run", asked.id)
    for left in range(0, len(exercises), 2):
        for column, exercise in zip(st.columns(2), exercises[left : left + 2], strict=False):
            with column, st.container(border=True, height="stretch"):
                _model(exercise)


def _model(exercise: Exercise) -> None:
    """A model that can be run, in a few lines."""
    st.markdown(f"**{exercise.title}** :gray[week {exercise.week}]  \n{exercise.summary}")
    with st.container(horizontal=True, gap="small"):
        if st.button("Set up a run", key=f"new-{exercise.id}", icon=":material/tune:"):
            open_beside("run", exercise.id)
        if st.button("Concept", key=f"about-{exercise.id}", icon=":material/menu_book:", type="tertiary"):
            open_beside("concept", exercise.concept)


def _experiments() -> None:
    st.caption("Each asks for a prediction first. What it claims has been checked by running it.")
    by_week: dict[int, list[Experiment]] = {}
    for experiment in load_experiments().values():
        by_week.setdefault(experiment.week, []).append(experiment)
    tried = {one.experiment: one for one in reversed(services().learner.record.predictions.all())}
    for week, found in sorted(by_week.items()):
        st.subheader(f"Week {week}", anchor=False)
        for left in range(0, len(found), 2):
            for column, one in zip(st.columns(2), found[left : left + 2], strict=False):
                with column, st.container(border=True, height="stretch"):
                    _offer(one, tried.get(one.id))


def _offer(one: Experiment, prediction: Prediction | None) -> None:
    """An experiment in a few lines, and the way to it."""
    st.markdown(f"**{one.title}**  \n{one.question}")
    state = "" if prediction is None else " · predicted" if prediction.outcome is None else " · done"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Open", key=f"exp-{one.id}", icon=":material/arrow_forward:"):
            go("lab", experiment=one.id)
        st.caption(f"about {max(1, round(one.minutes))} min, {len(one.variants)} runs{state}")


def _experiment(name: str) -> None:
    if st.button("The lab", icon=":material/arrow_back:", type="tertiary"):
        st.query_params.clear()
        st.rerun()
    one = load_experiments().get(name)
    if one is None:
        st.warning("There is no such experiment.", icon=":material/info:")
        return
    st.title(one.title)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.badge(f"week {one.week}", color="gray")
        if st.button("Concept", icon=":material/menu_book:", type="tertiary", key="experiment-concept"):
            open_beside("concept", one.concept)
    st.markdown(one.question)
    mine = next((p for p in services().learner.record.predictions.all() if p.experiment == one.id), None)
    so_far = results(mine, {one.id: one}, services().runs()) if mine else None
    if mine is None or so_far is None or not so_far.runs:
        _predict(one)
        return
    st.markdown(f"You said: “{as_markdown(mine.choice)}”.")
    _attempt(one, so_far, mine.run_id)


def _predict(one: Experiment) -> None:
    choice = st.radio("What do you expect?", one.options, index=None, key=f"expect-{one.id}")
    st.caption(
        f"{len(one.variants)} runs, one after the other; about {max(1, round(one.minutes))} min in all."
    )
    if st.button("Start", type="primary", icon=":material/play_arrow:", disabled=choice is None) and choice:
        try:
            begin(services().home, one, choice, services().learner.record.predictions)
        except (ExerciseError, PredictionError) as error:
            st.error(as_markdown(str(error)), icon=":material/error:")
            return
        st.rerun()


def _attempt(one: Experiment, so_far: Attempt, prediction_run: str) -> None:
    if so_far.over:
        _result(one, so_far, prediction_run)
    else:
        _watch(one, prediction_run)
    with st.container(horizontal=True, gap="small"):
        for name, run in so_far.runs.items():
            if st.button(
                as_markdown(name), key=f"look-{run.id}", icon=":material/show_chart:", type="tertiary"
            ):
                go("lab", run=run.id)


@st.fragment(run_every=1.0)
@guarded
def _watch(one: Experiment, prediction_run: str) -> None:
    prediction = services().learner.record.predictions.of_run(prediction_run)
    so_far = results(prediction, {one.id: one}, services().runs()) if prediction else None
    if so_far is None or so_far.over:
        st.rerun()
    for variant in one.variants:
        run = so_far.runs.get(variant.name)
        share = run.progress if run else 0.0
        st.progress(share, text=f"{as_markdown(variant.name)}: {run.state if run else 'not yet begun'}")
    _curves(one, so_far)
    if so_far.missing and not at_work(so_far):
        st.caption("Some runs have not begun: the tutor was closed, or you stopped one.")
        if st.button("Go on", icon=":material/play_arrow:", key="carry-on"):
            carry_on(services().home, so_far)


def _curves(one: Experiment, so_far: Attempt) -> None:
    rows = {name: metrics(run.folder) for name, run in so_far.runs.items()}
    metric = one.observe.removeprefix("best_")
    if not any(metric in row for found in rows.values() for row in found):
        metric = "val_loss"
    chart = charts.compared(rows, metric)
    if chart is not None:
        st.altair_chart(chart, width="stretch")


def _result(one: Experiment, so_far: Attempt, prediction_run: str) -> None:
    outcome = so_far.outcome()
    if outcome is None:
        st.warning(
            "One of the runs did not get far enough to be compared. Open it to see why.",
            icon=":material/info:",
        )
    else:
        prediction = services().learner.record.predictions.settle(prediction_run, outcome)
        if prediction.right:
            st.success(f"It came true: {outcome}", icon=":material/check_circle:")
        else:
            st.info(f"It was: {outcome}", icon=":material/lightbulb:")
    figures = so_far.figures()
    name = one.observe.replace("_", " ")
    st.dataframe(
        pd.DataFrame({"run": list(figures), name: list(figures.values())}), hide_index=True, width="content"
    )
    _curves(one, so_far)
    st.markdown(one.explain)
    if one.honest:
        st.caption(f"At what size it shows: {one.honest}")
    if st.button("Do it again", icon=":material/replay:", key="again"):
        st.session_state[f"again-{one.id}"] = True
    if st.session_state.get(f"again-{one.id}"):
        _predict(one)
