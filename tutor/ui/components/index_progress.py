"""How far the index is, while it is being built."""

from __future__ import annotations

import streamlit as st

from tutor.ui.boundary import guarded
from tutor.ui.moves import beside
from tutor.ui.services import services


def index_progress() -> None:
    """Draw it while the index is being built; afterwards nothing, or why it could not be built."""
    if services().knowledge.progress.state in {"ready", "failed"}:
        if services().knowledge.progress.state == "failed":
            st.caption(f":material/info: {services().knowledge.notice}")
        return
    if beside() is not None:
        # what lies open may lead to another page, and a timer that fires then leaves a blank one (Streamlit 1.67)
        _how_far()
        return

    @st.fragment(run_every=2.0)
    @guarded
    def watch() -> None:
        if services().knowledge.progress.state in {"ready", "failed"}:
            st.rerun()
        _how_far()

    watch()


def _how_far() -> None:
    now = services().knowledge.progress
    text = (
        f"Reading the lessons and the code: {now.done:,} of {now.total:,}"
        if now.total
        else "Opening the index"
    )
    st.progress(now.share, text=f"{text}. You can ask already; until then I search by words alone.")
