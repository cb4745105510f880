"""From one page to another."""

from __future__ import annotations

import streamlit as st


def go(page: str, **query: str) -> None:
    """Open another page by its name; ends this run of the script."""
    st.switch_page(st.session_state["pages"][page], query_params=query)


def ask(question: str) -> None:
    """Open the chat with a question that is asked at once, in a conversation of its own."""
    st.session_state["question"] = question
    st.session_state.pop("conversation", None)
    go("chat")
