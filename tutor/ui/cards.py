"""A concept's card in a drawer, with ways to its code, run, quiz and neighbors; lesson text with links."""

from __future__ import annotations

import re

import streamlit as st

from knowledge.curriculum import Concept
from tutor.chat.answers import Citation
from tutor.ui import sources
from tutor.ui.moves import ask, go
from tutor.ui.run_form import open_run_form
from tutor.ui.services import services

LINK = re.compile(r"\[([^\]]+)\]\(concept:([a-z0-9-]+)\)")
OTHER_LINK = re.compile(r"\[([^\]]+)\]\((?:experiment|exercise|week|quiz):[^)]*\)")


def plain_links(text: str) -> str:
    """Lesson Markdown whose links to cards are set in bold: buttons beside the section open them."""
    return OTHER_LINK.sub(r"**\1**", LINK.sub(r"**\1**", text))


def concepts_in(text: str) -> list[str]:
    """Ids of the cards that a text links to, each once, in order."""
    return list(dict.fromkeys(match[2] for match in LINK.finditer(text)))


@st.dialog("Concept", width="large", position="right", icon=":material/menu_book:")
def open_card(concept_id: str) -> None:
    """The card; following a neighbor shows it in the same drawer."""
    shown = st.session_state.get("card-shown") or concept_id
    concept = services().curriculum.concepts.get(shown) or services().curriculum.concepts.get(concept_id)
    if concept is None:
        st.warning("This card could not be read. `python -m knowledge check` says why.")
        return
    card(concept)


def begin_card(concept_id: str) -> None:
    """Open a card anew."""
    st.session_state.pop("card-shown", None)
    open_card(concept_id)


def card(concept: Concept) -> None:
    """Everything on a card."""
    st.header(concept.title, anchor=False)
    st.caption(f"Week {concept.week}")
    st.markdown(f"**{_section(concept, 'In one sentence')}**")
    with st.container(horizontal=True, gap="small"):
        if concept.run and st.button(
            "Run it", icon=":material/play_arrow:", type="primary", key=f"crun-{concept.id}"
        ):
            st.session_state["wanted-run"] = (
                concept.run.exercise,
                dict(concept.run.knobs),
                concept.experiment,
            )
            st.rerun()
        if st.button("Ask about this", icon=":material/chat_bubble:", key=f"cask-{concept.id}"):
            ask(f"Explain {concept.title.lower()}")
        if st.button("Quiz", icon=":material/quiz:", key=f"cquiz-{concept.id}"):
            go("quiz", week=str(concept.week))
    for title in ("In plain words", "The idea"):
        st.markdown(_section(concept, title))
    st.subheader("In the code", anchor=False)
    st.markdown(_section(concept, "In the code"))
    _code(concept)
    for question, answer in concept.questions_and_answers:
        with st.expander(question):
            st.markdown(plain_links(answer))
    for title in ("For your product", "Often misunderstood"):
        st.subheader(title, anchor=False)
        st.markdown(_section(concept, title))
    if concept.check:
        st.subheader("Check yourself", anchor=False)
        st.markdown(concept.check[0])
        with st.expander("Show the answer"):
            st.markdown(concept.check[1])
    _neighbors(concept)


def _section(concept: Concept, title: str) -> str:
    return plain_links(concept.sections.get(title, ""))


def _code(concept: Concept) -> None:
    library = services().knowledge.library
    for reference in concept.code:
        passage = library.resolve(reference)
        if passage is None:
            continue
        span = passage.span
        with st.expander(f"`{reference}`", icon=":material/code:"):
            cited = Citation(0, passage.id, span.path, span.start, span.end, span.cell, passage.sha256, passage.text,
                             passage.title)  # fmt: skip
            st.caption(sources.place(cited))
            st.html(sources.highlighted(passage.text, span.path, span.start or 1, (0, 0)))


def _neighbors(concept: Concept) -> None:
    curriculum = services().curriculum
    for label, ids in (("Needs", concept.needs), ("Leads to", curriculum.followers(concept.id))):
        titles = {curriculum.concepts[name].title: name for name in ids if name in curriculum.concepts}
        if titles:
            st.pills(label, list(titles), key=f"{label}-{concept.id}", on_change=_turn_to,
                     args=(f"{label}-{concept.id}", titles))  # fmt: skip


def _turn_to(key: str, titles: dict[str, str]) -> None:
    chosen = st.session_state.get(key)
    if chosen in titles:
        st.session_state["card-shown"] = titles[chosen]


def wanted_run() -> None:
    """Open the run form that a card asked for: one drawer cannot open another."""
    if wanted := st.session_state.pop("wanted-run", None):
        open_run_form(*wanted)
