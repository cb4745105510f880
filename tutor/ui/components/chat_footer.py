"""Below a conversation: how the tutor teaches in it, and what models have cost this month."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tutor.chat.conversations import Message
from tutor.chat.modes import ASKED_FOR_BY, Mode, mode_of
from tutor.ui.services import services

MEANING: dict[Mode, str] = {
    "explain": "Explains what you ask, with one question back.",
    "socratic": "Gives you something to think with and asks; the answer only when you give up.",
    "quiz me": "Asks one question at a time on what you heard last.",
    "interview me": "Asks as an interviewer would, with a follow-up, then names the points of a good answer.",
    "review my run": "Says what can be told from your newest run.",
    "rubber duck": "Listens while you explain, and asks for what it did not hear.",
}


def show(messages: Sequence[Message]) -> None:
    """Draw it. A mode is chosen by a message like any other, so that it stays with the conversation."""
    now = mode_of([message.text for message in messages if message.role == "learner"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="chat-footer"):
        with st.popover(f"Mode: {now}", icon=":material/school:"):
            for mode, meaning in MEANING.items():
                with st.container(gap="xxsmall"):
                    _choice(mode, meaning, now=mode == now)
        if said := spent_this_month():
            st.caption(said)


def _choice(mode: Mode, meaning: str, now: bool) -> None:
    again = mode == "review my run"  # there may be a newer one
    if st.button(ASKED_FOR_BY[mode], key=f"mode-{mode}", disabled=now and not again):
        st.session_state["follow-up"] = ASKED_FOR_BY[mode]
        st.rerun()
    st.caption(meaning)


def spent_this_month() -> str:
    """This month's dollars beside the limit; empty where no model was ever paid and no limit is set."""
    spent, limit = services().learner.spending.this_month(), services().settings.monthly_limit
    if limit is not None:
        return f"Models this month: \\${spent:.2f} of \\${limit:.2f}"
    return f"Models this month: \\${spent:.2f}" if spent else ""
