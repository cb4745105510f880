"""What opens beside a page: cards, cited lines, the form for a run. One at a time, until she closes it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from tutor.chat.types import Citation
from tutor.quoting import as_markdown
from tutor.ui.boundary import guarded
from tutor.ui.components import cards, look_inside, sources
from tutor.ui.components.runs import run_form
from tutor.ui.moves import Beside, beside, close_beside
from tutor.ui.services import services


def waits() -> bool:
    """Whether drawing what lies open takes its time."""
    opened = beside()
    return opened is not None and opened.kind == "run"


def show() -> None:
    """Draw what lies open; nothing where nothing does, or where it cannot be found any more."""
    opened = beside()
    if opened is None:
        return
    match opened.kind:
        case "concept":
            _concept(opened.name)
        case "cite":
            _citation(opened.name)
        case "run":
            _run(opened)
        case _:
            close_beside()


def _beside(title: str, icon: str, draw: Callable[[], None]) -> None:
    st.dialog(title, width="medium", position="right", icon=icon, on_dismiss=close_beside)(guarded(draw))()


def _concept(name: str) -> None:
    concept = services().curriculum.concepts.get(name)
    if concept is None:
        close_beside()
        st.warning(
            f"There is no readable card for “{as_markdown(name)}”. `python -m knowledge check` says why."
        )
        return
    _beside(concept.title, ":material/menu_book:", lambda: cards.card(concept))


def _citation(name: str) -> None:
    message, _, number = name.rpartition("/")
    conversation = st.session_state.get("conversation")
    found = None
    for one in services().learner.conversations.messages(conversation) if conversation else ():
        if one.id == message and one.answer:
            found = next((c for c in one.answer.citations if str(c.number) == number), None)
    if found is None:
        close_beside()
        return
    _beside(f"Source {found.number}", ":material/segment:", lambda: _source(found))


def _source(found: Citation) -> None:
    sources.lines(found)
    look_inside.panel(found.path, found.start or 0, found.end or 0, f"cite-{found.passage_id}")


def _run(opened: Beside) -> None:
    if opened.name not in services().catalog.exercises:
        close_beside()
        st.warning(f"There is no exercise “{as_markdown(opened.name)}”.", icon=":material/info:")
        return
    _beside("Predict, then run", ":material/science:", lambda: run_form.form(opened))
