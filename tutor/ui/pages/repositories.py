"""Karpathy's repositories: clone them, see how they stand, run them as they are."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from exercises import shell
from exercises.errors import ExerciseError
from exercises.knobs import KnobInfo
from exercises.upstream.repositories import REPOSITORIES, Repository, repository
from exercises.upstream.running import PROGRAMS, Program, settable, start, typed
from exercises.upstream.workspace import Clone, inspect, left_out, others
from tutor.quoting import as_code, as_link, as_markdown, in_editor
from tutor.ui.components.cloning import clone_here
from tutor.ui.moves import ask, go
from tutor.ui.services import services

QUESTIONS = {
    "micrograd": "How does micrograd's backward order the values?",
    "makemore": "Why does makemore need an InfiniteDataLoader?",
    "nanoGPT": "Why does nanoGPT recreate np.memmap for every batch?",
    "minbpe": "How does minbpe recover GPT-4's merges?",
    "nn-zero-to-hero": "How does the lecture count bigrams?",
    "ng-video-lecture": "How does the lecture's gpt.py hide the future?",
}
"""A question to begin with, for each repository."""


def show() -> None:
    """The page."""
    folder = services().settings.upstream_folder
    st.title("The real repositories")
    st.markdown(
        "Andrej Karpathy's own code, unmodified, at the commits that were checked. Clone it, ask about any line, "
        "run it. What you change stays yours."
    )
    for said in (*services().undone.clones, *left_out(folder)):
        st.info(as_markdown(said), icon=":material/info:")
    missing = [one for one in REPOSITORIES.values() if not (folder / one.name / ".git").exists()]
    base = st.session_state.get("clone-base", "")
    if missing:
        count = "all six" if len(missing) == len(REPOSITORIES) else f"the {len(missing)} that are missing"
        if st.button(f"Clone {count}", type="primary", icon=":material/download:") and clone_here(
            missing, base
        ):
            st.rerun()
    for one in [*REPOSITORIES.values(), *others(folder)]:
        _repository(one, folder)
    st.caption(f"They are in {as_code(folder)}.")
    _elsewhere(folder)
    st.header("Run them as they are", anchor="run")
    st.markdown(
        "Their own programs, with the flags that this machine needs. What they print becomes a curve, to look at "
        "and to talk about like that of any other run."
    )
    for program in PROGRAMS.values():
        _program(program, folder)


def _repository(one: Repository, folder: Path) -> None:
    """One repository: what it is, how it stands, what to do with it."""
    try:
        there = inspect(one, folder)
    except ExerciseError as error:
        st.warning(as_markdown(str(error)), icon=":material/warning:")
        return
    with st.container(border=True, gap="small", key=f"repo-{one.name}"):
        mark = ":green[:material/check_circle:]" if there else ":gray[:material/radio_button_unchecked:]"
        st.markdown(
            f"{mark} **{as_markdown(one.name)}** {f':gray[{as_markdown(one.about)}]' if one.about else ''}"
        )
        if there is None:
            with st.container(horizontal=True, gap="small", vertical_alignment="center"):
                st.caption("Not cloned yet")
                alone = st.button(
                    "Clone", key=f"clone-{one.name}", icon=":material/download:", type="tertiary"
                )
            if alone and clone_here([one], st.session_state.get("clone-base", "")):
                st.rerun()
            return
        st.caption(_state(there))
        with st.container(horizontal=True, gap="medium"):
            question = QUESTIONS.get(one.name, f"What is in {one.name}?")
            if st.button(
                as_markdown(question), key=f"ask-{one.name}", icon=":material/chat_bubble:", type="tertiary"
            ):
                ask(question)


def _state(there: Clone) -> str:
    """Where a clone stands, and what she changed in it."""
    web = there.repository.url.removesuffix(".git")
    commit = as_code(there.commit[:8])
    if web.startswith("https://github.com/"):
        commit = as_link(commit, f"{web}/tree/{there.commit}")
    parts = [
        f"Commit {commit}"
        + ("" if there.pinned else ", another one than was checked: notes that no longer fit are left out")
    ]
    if there.changed:
        more = f" and {len(there.changed) - 3} more" if len(there.changed) > 3 else ""
        parts.append(f"changed by you: {', '.join(as_code(name) for name in there.changed[:3])}{more}")
    parts.append(as_link("open in VS Code", in_editor(there.folder)))
    return " · ".join(parts)


def _elsewhere(folder: Path) -> None:
    with st.expander("Another repository, a mirror, another folder", icon=":material/more_horiz:"):
        st.text_input(
            "Clone from a mirror or a local folder",
            key="clone-base",
            placeholder="empty: github.com",
            help="An address, or a folder that holds NAME or NAME.git. For when the network does not reach GitHub.",
        )
        with st.form("another", border=False):
            address = st.text_input("Any git address", placeholder="https://github.com/someone/project")
            called = st.text_input("Its name here", placeholder="empty: the last part of the address")
            sent = st.form_submit_button("Clone it", icon=":material/download:")
        st.markdown(
            "It is indexed and can be asked about like the others, without our notes in plain words. Another folder "
            f'for all of them, such as your portfolio repository: write `upstream = "FOLDER"` into '
            f"{as_code(services().home / 'config.toml')} and start again."
        )
    if sent and address.strip():
        try:
            wanted = repository(address.strip(), called.strip())
        except ExerciseError as error:
            st.error(as_markdown(str(error)), icon=":material/error:")
            return
        if clone_here([wanted], st.session_state.get("clone-base", "")):
            st.rerun()


def _program(program: Program, folder: Path) -> None:
    """One of their programs: what it does, what can be set, what one would type."""
    here = (folder / program.repository / ".git").exists()
    with st.container(border=True, key=f"program-{program.id}"):
        st.markdown(f"**{program.title}**  \n{program.summary}")
        given = {}
        knobs = settable(program.id)
        if knobs:
            for column, info in zip(st.columns(3)[: len(knobs)], knobs, strict=False):
                with column:
                    given[info.name] = _knob(program.id, info)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            run = st.button(
                "Run it", key=f"upstream-{program.id}", icon=":material/play_arrow:", disabled=not here,
                help=None if here else f"Clone {program.repository} first.",
            )  # fmt: skip
            if st.button(
                "Our version of it", key=f"ours-{program.id}", icon=":material/science:", type="tertiary"
            ):
                go("lab", exercise=program.ours)
        with st.expander("What you would type", icon=":material/terminal:"):
            st.code("\n".join(typed(program.id, folder, given)), language=shell.HERE, wrap_lines=True)
    if run:
        try:
            started = start(services().home, program.id, folder, given)
        except ExerciseError as error:
            st.error(as_markdown(str(error)), icon=":material/error:")
            return
        go("lab", run=started.id)


def _knob(program: str, info: KnobInfo) -> str:
    key, label = f"{program}-{info.name}", info.name.replace("_", " ").capitalize()
    if info.choices:
        return str(st.selectbox(label, info.choices, key=key, help=info.meaning))
    return str(
        st.number_input(
            label, int(info.low or 1), int(info.high or 10**6), int(info.default), key=key, help=info.meaning
        )
    )
