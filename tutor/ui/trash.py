"""Undo on a page: what was deleted a moment ago, and what still lies in the trash."""

from __future__ import annotations

import streamlit as st

from exercises.errors import ExerciseError
from exercises.trash import Thrown, put_back, thrown
from tutor.quoting import as_markdown
from tutor.ui.services import services, when


def deleted(place: str, thrown_id: str) -> None:
    """Remember what was just moved to the trash, for `undo`."""
    st.session_state[f"thrown-{place}"] = thrown_id


def undo(place: str) -> None:
    """The way back for what was thrown away from a folder of the home: the last one at once, others in a list."""
    there = thrown(services().home, place)
    last = st.session_state.get(f"thrown-{place}")
    for one in there:
        if one.id == last:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f":material/delete: {as_markdown(one.name)} lies in the trash for two weeks.")
                _button(one, "Undo")
    others = [one for one in there if one.id != last]
    if others:
        with st.expander(f"In the trash: {len(others)}", icon=":material/delete:"):
            for one in others:
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.markdown(f"{as_markdown(one.name)} :gray[{when(one.when)}]")
                    _button(one, "Put it back")


def _button(one: Thrown, label: str) -> None:
    if not st.button(label, key=f"back-{one.id}", icon=":material/undo:", type="tertiary"):
        return
    try:
        put_back(services().home, one.id)
    except ExerciseError as error:
        st.warning(as_markdown(str(error)), icon=":material/info:")
        return
    services().knowledge.look()
    st.rerun()
