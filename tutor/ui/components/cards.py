"""A concept's card: everything on it, with ways to its code, run, quiz and neighbors."""

from __future__ import annotations

import streamlit as st

from knowledge.content.comparisons import about
from knowledge.content.curriculum import Concept
from tutor.figures import figure
from tutor.quoting import as_code, as_link
from tutor.side_by_side import comparisons
from tutor.ui.components import charts, look_inside, sources
from tutor.ui.components.links import address, with_links
from tutor.ui.moves import ask, go, open_beside
from tutor.ui.services import services


def card(concept: Concept) -> None:
    """Everything on a card; drawn inside a drawer, whose title is the concept's."""
    st.caption(f"Week {concept.week}" + _neighbors("needs", concept.needs))
    st.markdown(f"**{_section(concept, 'In one sentence')}**")
    _actions(concept)
    for title in ("In plain words", "The idea"):
        st.markdown(_section(concept, title))
    if drawn := figure(concept.figure or ""):
        st.altair_chart(charts.lesson_figure(drawn), width="stretch")
        st.caption(drawn.caption)
    st.subheader("In the code", anchor=False)
    st.markdown(_section(concept, "In the code"))
    _code(concept)
    if concept.questions_and_answers:
        st.subheader("Why it is so", anchor=False)
    for question, answer in concept.questions_and_answers:
        with st.expander(question):
            st.markdown(with_links(answer))
    for title in ("For your product", "Often misunderstood"):
        st.subheader(title, anchor=False)
        st.markdown(_section(concept, title))
    if concept.check:
        st.subheader("Check yourself", anchor=False)
        st.markdown(concept.check[0])
        with st.expander("Show the answer"):
            st.markdown(concept.check[1])
    if after := _neighbors("Leads to", services().curriculum.followers(concept.id)):
        st.caption(after.removeprefix(" · "))


def _actions(concept: Concept) -> None:
    with st.container(horizontal=True, gap="small"):
        if concept.run and st.button(
            "Run it", icon=":material/play_arrow:", type="primary", key=f"crun-{concept.id}"
        ):
            open_beside(
                "run", concept.run.exercise, knobs=dict(concept.run.knobs), experiment=concept.experiment
            )
        if st.button("Ask about this", icon=":material/chat_bubble:", key=f"cask-{concept.id}"):
            ask(f"Explain {concept.title.lower()}")
        compare_button(concept.id, "card")
        if st.button("Quiz", icon=":material/quiz:", key=f"cquiz-{concept.id}"):
            sitting = services().learner.record.sittings.start_concept(concept.id)
            go("quiz", **({"sitting": sitting.id} if sitting else {"week": str(concept.week)}))


def compare_button(concept: str, key: str) -> None:
    """A way to the same idea in Karpathy's code, where it is compared."""
    compared = about(comparisons(), concept)
    if compared and st.button(
        "Side by side", icon=":material/view_column_2:", key=f"compare-{concept}-{key}"
    ):
        go("compare", concept=compared.concept)


def _section(concept: Concept, title: str) -> str:
    return with_links(concept.sections.get(title, ""))


def _code(concept: Concept) -> None:
    library = services().knowledge.library
    for reference in concept.code:
        passage = library.resolve(reference)
        if passage is None:
            continue
        span = passage.span
        where = f"lines {span.start}–{span.end}" if span.start else f"cell {span.cell}"
        path, _, symbol = reference.partition("::")
        with st.expander(as_code(symbol or path), icon=":material/code:"):
            st.caption(f"{as_code(path)}, {where}")
            st.html(sources.highlighted(passage.text, span.path, span.start or 1))
            look_inside.panel(span.path, span.start or 0, span.end or 0, f"card-{reference}")


def _neighbors(label: str, ids: tuple[str, ...] | list[str]) -> str:
    concepts = services().curriculum.concepts
    links = [as_link(concepts[name].title, address("concept", name)) for name in ids if name in concepts]
    return f" · {label} {', '.join(links)}" if links else ""
