"""The lesson reader: a week's narrative, its lectures, experiments and checklist; a card opens beside."""

from __future__ import annotations

import streamlit as st

from exercises.experiments import load_experiments
from knowledge.content.curriculum import Lecture, Week
from tutor.corpus import transcripts
from tutor.quoting import as_code, as_link, as_markdown
from tutor.study.progress.checklist import FinishedRun, checklist
from tutor.ui.components.links import address, with_links
from tutor.ui.moves import DRAWER, Beside, ask, go
from tutor.ui.services import services, when


def show() -> None:
    """The page."""
    weeks = services().curriculum.weeks
    for problem in services().curriculum.problems:
        st.warning(f"A lesson could not be read and is left out. {problem}", icon=":material/warning:")
    if not weeks:
        st.error("There are no lessons in knowledge/lessons. Restore them from the repository.")
        return
    if concept := st.query_params.get("concept"):
        del st.query_params["concept"]
        if found := services().curriculum.concepts.get(concept):
            st.query_params["week"] = str(found.week)
            st.session_state[DRAWER] = Beside("concept", concept)
            st.rerun()
    asked = st.query_params.get("week", "")
    first = next((number for number in weeks if str(number) == asked), min(weeks))
    chosen = st.segmented_control(
        "Week",
        list(weeks),
        default=first,
        format_func=lambda n: f"Week {n}",
        label_visibility="collapsed",
        required=True,
    )
    st.query_params["week"] = str(chosen)
    _week(weeks[chosen])


def _week(week: Week) -> None:
    read = {
        section.id
        for section in week.sections
        if f"{week.week}/{section.id}" in services().learner.record.noted("read")
    }
    text, rail = st.columns([7, 3], gap="large")
    with text:
        st.title(week.title)
        st.markdown(f"*{week.subtitle}*")
        minutes = sum(section.minutes for section in week.sections if section.id not in read)
        left = f", about {minutes} min left" if minutes else ""
        st.progress(
            len(read) / len(week.sections), f"{len(read)} of {len(week.sections)} sections read{left}"
        )
        _before(week)
        for section in week.sections:
            _section(week, section.id, section.title, section.minutes, section.id in read)
        _experiments(week)
        _checklist(week)
    with rail, st.container(key="rail"):
        _rail(week, read)


def _rail(week: Week, read: set[str]) -> None:
    """The parts of the week beside the text, each with its mark."""
    lines = ["**In this week**"]
    for section in week.sections:
        mark = ":green[:material/check:]" if section.id in read else ":gray[:material/remove:]"
        lines.append(f"{mark} {as_link(section.title, f'#{section.id}')} :gray[{section.minutes}]")
    lines += ["", "[Experiments](#experiments)", "[Checklist](#checklist)"]
    for line in lines:
        if line:
            st.markdown(line)


def _before(week: Week) -> None:
    """What the week is for, what to watch, and what to do when there is little time."""
    parts = ["Goals", "Lectures", "Not enough time?"]
    goals, lectures, short = st.tabs(parts, default=parts[2] if "short" in st.query_params else parts[0])
    with goals:
        st.markdown("\n".join(f"- {goal}" for goal in week.goals))
    with lectures:
        for lecture in week.lectures:
            _lecture(lecture)
    with short:
        st.markdown(f"The short path takes about {week.short_path.minutes} minutes:")
        st.markdown("\n".join(f"{n}. {with_links(step)}" for n, step in enumerate(week.short_path.steps, 1)))


def _lecture(lecture: Lecture) -> None:
    seen = lecture.url in services().learner.record.noted("watched")
    kind = "" if lecture.essential else ", further"
    st.markdown(f"**{as_link(lecture.title, lecture.url)}** · {lecture.minutes} min{kind}")
    if lecture.watch_for:
        st.markdown(
            "\n".join(f"- {f'{as_code(one.at)} ' if one.at else ''}{one.what}" for one in lecture.watch_for)
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if (
            st.checkbox(
                "I have watched it", seen, key=f"watched-{lecture.url}", disabled=seen, width="content"
            )
            and not seen
        ):
            services().learner.record.note("watched", lecture.url)
            st.rerun()
        if video := transcripts.video_id(lecture.url):
            with st.popover("Transcript", icon=":material/subtitles:", type="tertiary", key=f"tr-{video}"):
                _transcript(video)


def _transcript(video: str) -> None:
    """Whether the lecture's words are here; ways to bring them, so that answers cite the second."""
    folder = services().settings.transcripts
    if transcripts.present(folder, video):
        st.markdown(":green[:material/check_circle:] It is here: answers can cite the lecture to the second.")
    else:
        st.markdown("With the transcript, answers can cite the lecture to the second.")
    given = st.file_uploader(
        "A .vtt or .srt file", type=["vtt", "srt"], key=f"file-{video}", max_upload_size=5
    )
    fetch = st.button("Fetch it from YouTube", icon=":material/download:", key=f"fetch-{video}")
    try:
        if given is not None:
            transcripts.keep(folder, video, given.name, given.getvalue())
        elif fetch:
            with st.spinner("Fetching …"):
                transcripts.fetch(folder, video)
        else:
            return
    except transcripts.TranscriptError as error:
        st.error(as_markdown(str(error)), icon=":material/error:")
        return
    st.success("Kept. The index takes it in by itself.", icon=":material/check:")


def _section(week: Week, section_id: str, title: str, minutes: int, read: bool) -> None:
    text = week.body.get(title, "")
    key = f"{week.week}-{section_id}"
    st.header(title, anchor=section_id)
    st.caption(f"{minutes} min" + (" · read" if read else ""))
    st.markdown(with_links(text))
    with st.container(horizontal=True, gap="small"):
        if not read and st.button("I have read this", key=f"read-{key}", icon=":material/check:"):
            services().learner.record.note("read", f"{week.week}/{section_id}")
            st.rerun()
        with (
            st.popover("Ask about this", icon=":material/chat_bubble:", key=f"ask-{key}", type="tertiary"),
            st.form(f"ask-form-{key}", border=False),
        ):
            question = st.text_input("Your question", placeholder=f"About “{title}”: …")
            sent = st.form_submit_button("Ask", type="primary", icon=":material/arrow_upward:")
        if sent and question.strip():
            ask(f"{title}: {question.strip()}")


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
    for tick in checklist(week, services().learner.record, services().learner.explanations, runs):
        if tick.done:
            mark = (
                ":material/check_box:"
                if not tick.own_word
                else ":material/check_box_outline_blank: :material/done:"
            )
            since = f", {when(tick.when)}" if tick.when else ""
            proof = as_link(tick.proof, address(*tick.link)) if tick.link[0] else tick.proof
            st.markdown(f"{mark} {tick.item.text}  \n:small[{proof}{since}]")
        elif tick.item.evidence == "word":
            if st.checkbox(tick.item.text, key=f"word-{tick.item.id}"):
                services().learner.record.note("word", tick.item.id)
                st.rerun()
        else:
            need = {
                "run": "a finished run",
                "quiz": "a passed quiz",
                "explanation": "an explanation",
                "prediction": "a prediction and its run",
            }[tick.item.evidence]
            st.markdown(f":material/check_box_outline_blank: {tick.item.text}  \n:small[waits for {need}]")
    if st.button(f"Quiz of week {week.week}", icon=":material/quiz:", type="primary"):
        go("quiz", week=str(week.week))
