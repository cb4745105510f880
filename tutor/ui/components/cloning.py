"""Cloning on a page: what is being done while it is done, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from exercises.errors import ExerciseError
from exercises.upstream.repositories import Repository
from exercises.upstream.workspace import clone
from tutor.quoting import as_markdown
from tutor.ui.services import services


def clone_here(wanted: Iterable[Repository], base: str = "") -> bool:
    """Clone with git's own progress on the page; False when something failed, which is then said."""
    failed = []
    with st.status("Cloning", expanded=True) as status:
        for one in wanted:
            try:
                clone(one, services().settings.upstream_folder, base.strip(), _say)
            except ExerciseError as error:
                failed.append(f"**{as_markdown(one.name)}**: {as_markdown(str(error))}")
        if failed:
            status.update(label="Not everything could be cloned", state="error")
        else:
            status.update(label="Cloned. You can ask about the code now.", state="complete")
    services().knowledge.look()
    for said in failed:
        st.error(said, icon=":material/error:")
    return not failed


def _say(line: str) -> None:
    st.text(line)  # git's words, never Markdown
