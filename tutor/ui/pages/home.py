"""Home: where she is, what comes next, one button."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from exercises.runs.store import Run
from tutor.quoting import as_link, as_markdown
from tutor.study.progress.path import Step, current_week
from tutor.study.progress.policy import Objective, next_objective
from tutor.study.progress.schedule import AWAY, Plan, honest_sentence, schedule
from tutor.ui.components.links import address
from tutor.ui.moves import go
from tutor.ui.services import her_zone, run_title, services, when

TIMES = {"15 min": 15, "30 min": 30, "90 min": 90}


def show() -> None:
    """The page."""
    record, runs = services().learner.record, services().runs()
    chosen = st.session_state.get("time-now")
    finished = [run.id for run in runs if run.state == "finished"]
    now = record.now(services().path, datetime.now(UTC), her_zone(), finished, TIMES.get(chosen or ""))
    objective = next_objective(now)
    st.title("From zero to hero" if not now.done else "Where you are")
    if not now.done and not runs:
        st.markdown(
            "Six weeks from a single neuron to a small GPT that you trained yourself. Read, predict, run, take "
            "the quiz; what fades comes back in time."
        )
    _next(objective)
    _back(now.done)
    left, right = st.columns(2, gap="large")
    with left:
        _due(len(now.due))
    with right:
        _last_run(runs)
    st.header("The six weeks", anchor=False)
    _weeks(services().path, now.done)
    _plan(now.done)


def _next(objective: Objective) -> None:
    """The one thing to do next."""
    with st.container(key="continue-card"):
        st.header(objective.title, anchor=False)
        st.markdown(f"{objective.reason} About {objective.minutes} minutes.")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            if st.button("Continue", type="primary", icon=":material/arrow_forward:", key="continue"):
                _go(objective)
            if st.button("Ask a question", icon=":material/chat_bubble:", key="home-ask", type="tertiary"):
                go("chat")
            st.pills(
                "I have",
                list(TIMES),
                key="time-now",
                label_visibility="collapsed",
                help="Fit the next step into the time that you have now",
            )


def _back(done: frozenset[str]) -> None:
    """After a week away and more: nothing is lost, and there is a short way."""
    seen, week = services().learner.record.last_seen(), current_week(services().path, done)
    pause = datetime.now(UTC) - seen if seen else timedelta()
    known = services().curriculum.weeks.get(week or 0)
    if pause < AWAY or known is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{pause.days} days have passed. They moved the dates and cost nothing else; week {known.week} also "
            f"has a short path of {known.short_path.minutes} minutes.",
            width="stretch",
        )
        if st.button("Take the short path", icon=":material/alt_route:", type="tertiary"):
            go("lesson", week=str(known.week), short="1")


def _due(count: int) -> None:
    st.header("Due today", anchor=False)
    if not count:
        st.markdown("Nothing. What you answer in a quiz comes back here before you forget it.")
        return
    st.markdown("One concept to review." if count == 1 else f"{count} concepts to review.")
    if st.button("Review", icon=":material/history:"):
        go("quiz")


def _last_run(runs: list[Run]) -> None:
    st.header("Last run", anchor=False)
    if not runs:
        st.markdown("None yet. The lab has small models that train in a minute.")
        return
    st.markdown(f"{as_markdown(run_title(runs[0]))}  \n:small[{runs[0].state}, {when(runs[0].created)}]")
    if st.button("Open", icon=":material/show_chart:", key="last-run"):
        go("lab", run=runs[0].id)


def _go(objective: Objective) -> None:
    match objective.kind:
        case "resume-quiz" | "review" | "quiz":
            sittings = services().learner.record.sittings
            week = objective.week or 0
            if objective.kind == "review":
                due = services().learner.record.now(services().path, datetime.now(UTC), her_zone()).due
                sitting = sittings.start_review(due)
            else:
                sitting = sittings.open(week) or sittings.start(week)
            go("quiz", **({"sitting": sitting.id} if sitting else {}))
        case "look-at-run":
            go("lab", run=objective.subject)
        case "experiment":
            go("lab", experiment=objective.subject)
        case "exit":
            go("explain", prompt=objective.subject)
        case "explain" | "practice":
            go("explain", week=str(objective.week or ""))
        case _:
            go("lesson", week=str(objective.week))


def _weeks(path: tuple[Step, ...], done: frozenset[str]) -> None:
    for number, week in sorted(services().curriculum.weeks.items()):
        mine = [step for step in path if step.week == number]
        finished = sum(step.id in done for step in mine)
        count = f" :gray[{finished} of {len(mine)}]" if finished else ""
        st.progress(
            finished / max(1, len(mine)),
            text=f"{as_link(f'Week {number}', address('week', str(number)))} · {week.title}{count}",
        )


def _plan(done: frozenset[str]) -> None:
    kept = services().learner.record.noted("plan").get("path")
    today = datetime.now(her_zone()).date()
    data = kept.data if kept else {}
    plan = Plan(
        date.fromisoformat(data.get("start", today.isoformat())),
        float(data.get("hours", 2.5)),
        bool(data.get("essential_only")),
    )
    laid = schedule(services().path, done, plan, today)
    with st.expander(f"At {plan.hours:g} hours a week you finish on {laid.finish.day} {laid.finish:%B %Y}"):
        st.markdown(honest_sentence(services().path, plan, today))
        with st.form("plan", border=False):
            start = st.date_input("Start", plan.start)
            hours = st.number_input("Hours a week", 0.25, 60.0, plan.hours, 0.5)
            essential = st.toggle("The essential path only", plan.essential_only)
            if st.form_submit_button("Keep this plan") and isinstance(start, date):
                services().learner.record.note(
                    "plan", "path", start=start.isoformat(), hours=hours, essential_only=essential
                )
                st.rerun()
        rows = [
            f"| {one.week} | {one.first.day} {one.first:%b} | {one.last.day} {one.last:%b} | {one.minutes} |"
            for one in laid.stretches
        ]
        st.markdown("\n".join(["| week | from | to | minutes |", "|---|---|---|---|", *rows]))
        st.caption(
            "A missed week moves the dates and costs nothing. Each week has a short path for when time is scarce."
        )
