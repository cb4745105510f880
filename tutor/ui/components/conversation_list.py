"""Her conversations in the sidebar: opened, renamed, exported, deleted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from tutor.chat.conversations import Conversation
from tutor.quoting import as_markdown
from tutor.ui.moves import close_beside
from tutor.ui.services import services, when

AT_FIRST, MORE = 25, 50  # conversations


def show(current: str | None, turn_to: Callable[[str | None], None]) -> None:
    """The list; `turn_to` brings a conversation to the page, or a new one for None."""
    with st.sidebar:
        if st.button("New conversation", icon=":material/add:", width="stretch"):
            close_beside()
            turn_to(None)
            st.rerun()
        count = st.session_state.get("conversations-shown", AT_FIRST)
        listed = services().learner.conversations.list(limit=count + 1)
        with st.container(key="conversations"):
            for one in listed[:count]:
                _row(one, one.id == current, turn_to)
        if len(listed) > count and st.button("Older", icon=":material/expand_more:", type="tertiary"):
            st.session_state["conversations-shown"] = count + MORE
            st.rerun()


def _row(one: Conversation, current: bool, turn_to: Callable[[str | None], None]) -> None:
    mark = "now" if current else "other"
    row = st.container(horizontal=True, gap=None, vertical_alignment="center", key=f"{mark}-{one.id}")
    kind: Literal["tertiary"] = "tertiary"
    if row.button(
        as_markdown(one.title), key=f"open-{one.id}", type=kind, width="stretch", help=when(one.updated_at)
    ):
        close_beside()
        turn_to(one.id)
        st.rerun()
    more = row.popover(
        ":material/more_horiz:",
        type=kind,
        key=f"more-{one.id}",
        help="Rename, export, delete",
        on_change="rerun",  # what is in it is drawn once it is open: there are many
    )
    if more.open:
        with more:
            _manage(one.id, one.title, turn_to)


def _manage(conversation: str, title: str, turn_to: Callable[[str | None], None]) -> None:
    conversations = services().learner.conversations
    with st.form(f"rename-form-{conversation}", border=False):
        named = st.text_input("Name", title, key=f"name-{conversation}")
        if st.form_submit_button("Rename", icon=":material/edit:", width="stretch"):
            conversations.rename(conversation, named)
            st.rerun()
    st.download_button(
        "Export as Markdown",
        lambda: conversations.export_markdown(conversation),
        f"{_file_name(title)}.md",
        "text/markdown",
        key=f"export-{conversation}",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    sure = st.checkbox("Yes, delete it", key=f"sure-{conversation}")
    if st.button(
        "Delete", key=f"delete-{conversation}", icon=":material/delete:", disabled=not sure, width="stretch"
    ):
        conversations.delete(conversation)
        if st.session_state.get("conversation") == conversation:
            turn_to(None)
        st.rerun()


def _file_name(title: str) -> str:
    kept = "".join(c if c.isalnum() or c in " -_" else " " for c in title)
    return "-".join(kept.split())[:60] or "conversation"
