"""The lesson reader: a week's narrative, its lectures, experiments and checklist; a card opens beside."""

from __future__ import annotations

import streamlit as st

from exercises.experiments import load_experiments
from knowledge.curriculum import Lecture, Week
from tutor.study.checklist import FinishedRun, checklist
from tutor.ui.cards import begin_card, concepts_in, plain_links, wanted_run
from tutor.ui.moves import ask, go
from tutor.ui.services import services, when


def show() -> None:
    """The page."""
    wanted_run()
    weeks = services().curriculum.weeks
    for problem in services().curriculum.problems:
        st.warning(f"A lesson could not be read and is left out. {problem}", icon=":material/warning:")
    if not weeks:
        st.error("There are no lessons in knowledge/lessons. Restore them from the repository.")
        return
    if concept := st.query_params.get("concept"):
        del st.query_params["concept"]
        found = services().curriculum.concepts.get(concept)
        if found:
            st.query_params["week"] = str(found.week)
            begin_card(concept)
    asked = st.query_params.get("week", "")
    first = int(asked) if asked.isdigit() and int(asked) in weeks else min(weeks)
    chosen = st.segmented_control("Week", list(weeks), default=first, format_func=lambda n: f"Week {n}",
                                  label_visibility="collapsed", required=True)  # fmt: skip
    st.query_params["week"] = str(chosen)
    _week(weeks[chosen])


def _week(week: Week) -> None:
    st.title(week.title)
    st.markdown(f"*{week.subtitle}*")
    read = services().record.noted("read")
    done = sum(f"{week.week}/{section.id}" in read for section in week.sections)
    minutes = sum(section.minutes for section in week.sections if f"{week.week}/{section.id}" not in read)
    left = f", about {minutes} min left" if minutes else ""
    st.progress(done / len(week.sections), text=f"{done} of {len(week.sections)} sections read{left}")
    with st.expander("Goals, lectures and the short path", expanded=done == 0):
        st.markdown("\n".join(f"- {goal}" for goal in week.goals))
        for lecture in week.lectures:
            _lecture(lecture)
        st.markdown(f"**Not enough time this week?** About {week.short_path.minutes} minutes:")
        st.markdown("\n".join(f"{n}. {plain_links(step)}" for n, step in enumerate(week.short_path.steps, 1)))
    for section in week.sections:
        _section(week, section.id, section.title, section.minutes, f"{week.week}/{section.id}" in read)
    _experiments(week)
    _checklist(week)


def _lecture(lecture: Lecture) -> None:
    seen = lecture.url in services().record.noted("watched")
    kind = "" if lecture.essential else ", further"
    st.markdown(f"**[{lecture.title}]({lecture.url})** · {lecture.minutes} min{kind}")
    if lecture.watch_for:
        st.markdown("\n".join(f"- {f'`{one.at}` ' if one.at else ''}{one.what}" for one in lecture.watch_for))
    if st.checkbox("I have watched it", seen, key=f"watched-{lecture.url}", disabled=seen) and not seen:
        services().record.note("watched", lecture.url)
        st.rerun()


def _section(week: Week, section_id: str, title: str, minutes: int, read: bool) -> None:
    text = week.body.get(title, "")
    key = f"{week.week}-{section_id}"
    st.header(title, anchor=section_id)
    st.caption(f"{minutes} min" + (" · read" if read else ""))
    st.markdown(plain_links(text))
    curriculum = services().curriculum
    cards = [name for name in concepts_in(text) if name in curriculum.concepts]
    if cards:
        with st.container(horizontal=True, gap="small", key=f"cards-{key}"):
            for name in cards:
                card = curriculum.concepts[name]
                if st.button(
                    card.title, key=f"card-{key}-{name}", icon=":material/menu_book:", type="tertiary"
                ):
                    begin_card(name)
    with st.container(horizontal=True, gap="small"):
        if not read and st.button("I have read this", key=f"read-{key}", icon=":material/check:"):
            services().record.note("read", f"{week.week}/{section_id}")
            st.rerun()
        with st.popover("Ask about this", icon=":material/chat_bubble:", key=f"ask-{key}"):
            question = st.text_input(
                "Your question", key=f"question-{key}", placeholder=f"What does “{title}” mean for …"
            )
            if question:
                ask(question)


def _experiments(week: Week) -> None:
    known = load_experiments()
    found = [(one, known[one.id]) for one in week.experiments if one.id in known]
    if not found:
        return
    st.header("Experiments", anchor="experiments")
    for planned, one in found:
        with st.container(border=True):
            st.markdown(f"**{one.title}**  \n{one.question}")
            st.caption(f"{planned.minutes} min" + ("" if planned.essential else " · further"))
            if st.button("Predict and run", key=f"exp-{one.id}", icon=":material/science:"):
                go("lab", experiment=one.id)


def _checklist(week: Week) -> None:
    st.header("Checklist", anchor="checklist")
    runs = [
        FinishedRun(run.id, run.exercise, run.ended)
        for run in services().runs()
        if run.state == "finished" and run.ended
    ]
    for tick in checklist(week, services().record, services().explanations, runs):
        if tick.done:
            mark = (
                ":material/check_box:"
                if not tick.own_word
                else ":material/check_box_outline_blank: :material/done:"
            )
            since = f", {when(tick.when)}" if tick.when else ""
            st.markdown(f"{mark} {tick.item.text}  \n:small[{tick.proof}{since}]")
        elif tick.item.evidence == "word":
            if st.checkbox(tick.item.text, key=f"word-{tick.item.id}"):
                services().record.note("word", tick.item.id)
                st.rerun()
        else:
            need = {"run": "a finished run", "quiz": "a passed quiz", "explanation": "an explanation",
                    "prediction": "a prediction and its run"}[tick.item.evidence]  # fmt: skip
            st.markdown(f":material/check_box_outline_blank: {tick.item.text}  \n:small[waits for {need}]")
    if st.button(f"Quiz of week {week.week}", icon=":material/quiz:", type="primary"):
        go("quiz", week=str(week.week))
