"""One run: its state, curve, samples, what can be said of it, and what she predicted."""

from __future__ import annotations

from typing import Any

import streamlit as st

from exercises import device, shell
from exercises.errors import ExerciseError
from exercises.estimate import in_words
from exercises.failures import this_system
from exercises.runs import launch
from exercises.runs.findings import findings
from exercises.runs.store import Run, as_it_stands, log, metrics, program_of, samples
from exercises.upstream import running
from tutor.chat.rules.answers.failures import way_out
from tutor.quoting import as_markdown
from tutor.study.experiments.expectations import expectation
from tutor.study.experiments.experiments import results
from tutor.ui.boundary import guarded
from tutor.ui.components import charts
from tutor.ui.moves import ask
from tutor.ui.services import run_title, services, when
from tutor.ui.trash import deleted

COLORS = {"running": "blue", "queued": "gray", "finished": "green", "paused": "orange", "stopped": "orange"}
ICONS = {
    "problem": ":material/error:",
    "warning": ":material/warning:",
    "info": ":material/info:",
    "good": ":material/check_circle:",
}
NAMED = {
    "step", "time", "memory_mb", "train_loss", "val_loss", "batch_loss", "grad_norm", "lr", "tokens_per_second",
}  # fmt: skip
LIVE = 1.0  # seconds between two looks at a run that goes on


def run_view(run: Run) -> None:
    """The run; while it goes on, it is drawn anew every second without redrawing the page."""
    if run.active:
        _live(run)
    else:
        with st.container():  # in the place of the one that is drawn anew: its parts replace each other
            _draw(run)


@st.fragment(run_every=LIVE)
@guarded
def _live(run: Run) -> None:
    now = as_it_stands(run.folder)
    if not now.active:
        st.rerun()
    _draw(now)


def _draw(run: Run) -> None:
    if run.damaged:
        st.subheader(run_title(run), anchor=False)
        advice = "Its files are as they were. Delete it, or put right what is named here and open it again."
        st.warning(f"{as_markdown(run.error)} {advice}", icon=":material/warning:")
        _delete(run)
        return
    rows = metrics(run.folder)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(as_markdown(run_title(run)), anchor=False, width="content")
        st.badge(as_markdown(run.state), color=COLORS.get(run.state, "red"))  # type: ignore[arg-type]
    st.caption(f"{as_markdown(run.id)} · {when(run.created)} · {device.label(run.device)}")
    if run.active:
        st.progress(run.progress, text=_progress(run, rows))
    _buttons(run)
    _prediction(run, rows)
    chart = charts.losses(rows, run.total_steps)
    if chart is not None:
        st.altair_chart(chart, width="stretch")
    elif run.active:
        st.caption("The first measurements take a few seconds.")
    _numbers(run, rows)
    if run.note and run.state in ("stopped", "paused"):
        st.markdown(f":material/info: {as_markdown(run.note)}")
    for one in findings(run, rows, log(run.folder)):
        st.markdown(f"{ICONS[one.severity]} {as_markdown(one.sentence)}")
        if one.failure is not None:
            with st.expander("The way out", icon=":material/exit_to_app:"):
                st.markdown(way_out(one.failure, this_system()))
    _more(run, rows)


def _progress(run: Run, rows: list[dict[str, Any]]) -> str:
    if run.state == "queued":
        return "Waiting for its turn: another run has the device"
    left = ""
    if rows and run.step and run.total_steps > run.step:
        left = f"; about {in_words((run.total_steps - run.step) * rows[-1]['time'] / max(1, run.step))} left"
    return f"Step {run.step:,} of {run.total_steps:,}{left}"


def _buttons(run: Run) -> None:
    key = run.id
    with st.container(horizontal=True, gap="small"):
        if run.active:
            for label, icon, request in (
                ("Stop", "stop", launch.request_stop),
                ("Pause", "pause", launch.request_pause),
            ):
                if st.button(label, icon=f":material/{icon}:", key=f"{label}-{key}"):
                    request(run)
        elif run.resumable and st.button("Resume", icon=":material/play_arrow:", key=f"resume-{key}"):
            _resume(run)
        # not while it is drawn anew every second: a timer that fires while the page changes leaves a blank one
        if not run.active and st.button(
            "Talk about this run", icon=":material/chat_bubble:", key=f"talk-{key}"
        ):
            ask(f"What does my run {run.id} show?")
        if not run.active:
            _delete(run)


def _resume(run: Run) -> None:
    try:
        running.resume(run, services().settings.upstream_folder)
    except ExerciseError as error:
        st.error(as_markdown(str(error)), icon=":material/error:")
        return
    st.rerun()


def _delete(run: Run) -> None:
    with st.popover("Delete", icon=":material/delete:", key=f"del-{run.id}"):
        st.markdown("Its curve, samples and checkpoint go with it. For two weeks it can be put back.")
        if st.button("Delete this run", key=f"sure-{run.id}", type="primary"):
            try:
                deleted("runs", launch.delete(services().home, run))
            except ExerciseError as error:
                st.error(as_markdown(str(error)), icon=":material/error:")
                return
            st.query_params.pop("run", None)
            st.rerun()


def _prediction(run: Run, rows: list[dict[str, Any]]) -> None:
    """What she expected; settled once she sees that the run (or its whole experiment) came to its end.

    One that was stopped, killed or met a full disk can still go on: nothing is settled by it.
    """
    predictions = services().learner.record.predictions
    prediction = predictions.of_run(run.id)
    if prediction is None:
        return
    if prediction.outcome is None and not run.active:
        about = results(prediction, services().catalog.experiments, services().runs())  # type: ignore[arg-type]
        exercise = services().catalog.exercises.get(run.exercise)
        if about is not None:
            outcome = about.outcome()
        elif exercise and (run.state == "finished" or "no number" in run.error):
            outcome = expectation(exercise.primary_metric).outcome(rows)
        else:
            outcome = None
        if outcome is not None:
            prediction = predictions.settle(run.id, outcome)
    said = f"**{as_markdown(prediction.prompt)}** You said: “{as_markdown(prediction.choice)}”."
    if prediction.outcome is None:
        st.markdown(f":material/online_prediction: {said}")
    elif prediction.right:
        st.success(f"{said} It came true.", icon=":material/check_circle:")
    else:
        st.info(f"{said} It was: “{as_markdown(prediction.outcome)}”.", icon=":material/lightbulb:")


def _numbers(run: Run, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    newest: dict[str, Any] = {}
    for row in rows:
        newest.update({name: value for name, value in row.items() if value is not None})
    shown = [
        ("Validation loss", newest.get("val_loss"), "{:.3f}"),
        ("Training loss", newest.get("train_loss"), "{:.3f}"),
        ("Accuracy", newest.get("accuracy"), "{:.0%}"),
        ("Tokens a second", newest.get("tokens_per_second"), "{:,.0f}"),
        ("Gradient norm", newest.get("grad_norm"), "{:.2f}"),
        ("Memory", newest.get("memory_mb"), "{:,.0f} MB"),
        ("Time", run.seconds or newest.get("time"), "{:,.0f} s"),
    ]
    present = [(name, form.format(value)) for name, value, form in shown if isinstance(value, int | float)]
    for column, (name, value) in zip(st.columns(max(1, len(present))), present, strict=True):
        column.metric(name, value)


def _more(run: Run, rows: list[dict[str, Any]]) -> None:
    written = samples(run.folder)
    if written:
        with st.expander("What it writes", expanded=not run.active, icon=":material/edit_note:"):
            step, text = written[-1]
            if len(written) > 1 and not run.active:
                step = st.select_slider(
                    "After step", [one[0] for one in written], value=step, key=f"sample-{run.id}"
                )
                text = dict(written)[step]
            st.caption(f"After step {step:,}")
            st.code(text, language=None, wrap_lines=True)
    _curves(rows)
    upstream = program_of(run.folder)
    if upstream:
        with st.expander("What you would type", icon=":material/terminal:", expanded=True):
            st.code(
                "\n".join([shell.enter(upstream.folder), *upstream.commands]),
                language=shell.HERE,
                wrap_lines=True,
            )
    with st.expander("Knobs and log", icon=":material/tune:"):
        st.json(run.knobs, expanded=False)
        st.code(log(run.folder)[-4000:] or "Nothing was printed.", language=None, wrap_lines=True)


def _curves(rows: list[dict[str, Any]]) -> None:
    extra = [
        charts.one_metric(rows, "grad_norm", "Gradient norm: how hard each step pulls", "norm"),
        charts.one_metric(rows, "lr", "Learning rate", "learning rate"),
        charts.one_metric(rows, "tokens_per_second", "Speed", "tokens a second"),
    ]
    others = sorted(
        {name for row in rows[-20:] for name, value in row.items() if isinstance(value, int | float)} - NAMED
    )
    extra += [
        charts.one_metric(rows, name, name.replace("_", " ").capitalize(), name.replace("_", " "))
        for name in others
    ]
    if any(chart is not None for chart in extra):
        with st.expander("More curves", icon=":material/show_chart:"):
            for chart in extra:
                if chart is not None:
                    st.altair_chart(chart, width="stretch")
