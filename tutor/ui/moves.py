"""From one page to another, and what lies open beside the page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import streamlit as st

DRAWER = "drawer"


@dataclass(frozen=True)
class Beside:
    """What lies open beside the page: a concept's card, a citation's lines, the form for a run."""

    kind: str
    name: str
    more: Mapping[str, Any] = field(default_factory=dict)
    token: str = field(default_factory=lambda: secrets.token_hex(4))  # the same thing opened anew is another


def beside() -> Beside | None:
    """What lies open beside the page just now."""
    opened = st.session_state.get(DRAWER)
    return opened if isinstance(opened, Beside) else None


def open_beside(kind: str, name: str, **more: Any) -> NoReturn:
    """Open something beside the page, in place of what was open; ends this run of the script."""
    st.session_state[DRAWER] = Beside(kind, name, more)
    st.rerun()


def close_beside() -> None:
    """Nothing lies open beside the page any more."""
    st.session_state.pop(DRAWER, None)


def go(page: str, **query: str) -> NoReturn:
    """Open another page by its name; ends this run of the script."""
    close_beside()
    st.switch_page(st.session_state["pages"][page], query_params=query)


def ask(question: str) -> NoReturn:
    """Open the chat with a question that is asked at once, in a conversation of its own."""
    st.session_state["question"] = question
    st.session_state.pop("conversation", None)
    go("chat")
