"""Karpathy's repositories: clone them, run them as they are."""

from __future__ import annotations

import streamlit as st

from exercises.errors import ExerciseError
from exercises.upstream.repositories import REPOSITORIES, Repository, repository
from exercises.upstream.running import PROGRAMS, start
from exercises.upstream.workspace import clone, inspect
from tutor.ui.moves import ask, go
from tutor.ui.services import services


def show() -> None:
    """The page."""
    folder = services().settings.upstream_folder
    st.title("The real repositories")
    st.markdown(
        "Andrej Karpathy's own code, unmodified, at the commits that were checked. Your changes are never touched."
    )
    st.caption(
        f"They lie in `{folder}`. TUTOR_UPSTREAM chooses another folder, for instance your portfolio repository."
    )
    base = st.text_input(
        "Mirror or local folder",
        "",
        placeholder="empty: github.com",
        help="A folder that holds NAME or NAME.git",
    )
    missing = []
    for one in REPOSITORIES.values():
        if not _repository(one):
            missing.append(one)
    if missing and st.button("Clone all that are missing", type="primary", icon=":material/download:"):
        _clone(missing, base)
    with st.expander("Another repository"):
        address = st.text_input("Its git address", placeholder="https://github.com/someone/project")
        if address and st.button("Clone it", icon=":material/download:"):
            try:
                _clone([repository(address)], base)
            except ExerciseError as error:
                st.error(str(error), icon=":material/error:")
    st.subheader("Run them as they are", anchor=False)
    for program in PROGRAMS.values():
        _program(program.id)


def _repository(one: Repository) -> bool:
    try:
        there = inspect(one, services().settings.upstream_folder)
    except ExerciseError as error:
        st.warning(str(error), icon=":material/warning:")
        return True
    if there is None:
        st.markdown(f":material/radio_button_unchecked: **{one.name}** · not cloned")
        return False
    state = f"commit `{there.commit[:8]}`" + ("" if there.pinned else ", another one than was checked")
    changed = f"; changed by you: {', '.join(there.changed[:4])}" if there.changed else ""
    st.markdown(f":material/check_circle: **{one.name}** · {state}{changed}")
    return True


def _clone(wanted: list[Repository], base: str) -> None:
    with st.status("Cloning", expanded=True) as status:
        try:
            for one in wanted:
                clone(one, services().settings.upstream_folder, base.strip(), st.write)
        except ExerciseError as error:
            status.update(label="Not everything could be cloned", state="error")
            st.error(str(error), icon=":material/error:")
            return
        status.update(label="Cloned. The index takes them in by itself.", state="complete")
    st.rerun()


def _program(name: str) -> None:
    program = PROGRAMS[name]
    with st.container(border=True):
        st.markdown(f"**{program.title}**")
        given: dict[str, str] = {}
        if name == "makemore":
            from exercises.upstream.makemore import TYPES

            given["type"] = st.selectbox("Type", TYPES, key="makemore-type")
        if name == "nanogpt-shakespeare":
            given["steps"] = str(st.number_input("Iterations", 1, 100_000, 500, 100, key="nanogpt-steps"))
        with st.container(horizontal=True, gap="small"):
            if st.button("Run it", key=f"upstream-{name}", icon=":material/play_arrow:"):
                try:
                    run = start(services().home, name, services().settings.upstream_folder, given)
                except ExerciseError as error:
                    st.error(str(error), icon=":material/error:")
                    return
                go("lab", run=run.id)
            if st.button(
                "Ask about its code", key=f"ask-{name}", icon=":material/chat_bubble:", type="tertiary"
            ):
                ask(f"Show me the code of {program.repository}")
