"""Settings and the state of things: where everything is, what this machine has, what is wrong."""

from __future__ import annotations

import streamlit as st

from tutor.doctor import examine
from tutor.ui.services import services

SIGNS = {
    "ok": ":green[:material/check_circle:]",
    "note": ":orange[:material/info:]",
    "wrong": ":red[:material/error:]",
}


def show() -> None:
    """The page."""
    settings, knowledge = services().settings, services().knowledge
    st.title("Settings")
    st.markdown(f"Everything of yours lies in `{settings.home}`. `TUTOR_HOME` chooses another folder.")
    st.subheader("Index", anchor=False)
    now = knowledge.progress
    words = {
        "ready": "Ready: search by meaning and by words.",
        "words": "Not begun yet.",
        "building": f"Being built: {now.done:,} of {now.total:,}.",
        "failed": now.error,
    }
    st.markdown(words[now.state])
    st.subheader("Look at this machine", anchor=False)
    if st.button("Examine", icon=":material/stethoscope:", type="primary"):
        with st.spinner("Looking at Python, torch, disk, memory, git, clones, index …"):
            for check in examine(settings):
                sign = SIGNS[check.state]
                st.markdown(
                    f"{sign} **{check.what}**: {check.said}" + (f"  \n{check.mend}" if check.mend else "")
                )
