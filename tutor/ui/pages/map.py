"""The map: what needs what, colored by what she has shown."""

from __future__ import annotations

import streamlit as st

from knowledge.curriculum import Concept
from tutor.study.mastery import Mastery, mastery
from tutor.ui.cards import begin_card, wanted_run
from tutor.ui.services import services
from tutor.ui.theme import dark

LIGHT = {"new": "#f1f1ec", "started": "#d6e4fb", "shaky": "#fbe0cb", "solid": "#cfeadf"}
DARK = {"new": "#262a31", "started": "#24406f", "shaky": "#6b3f1e", "solid": "#1f5548"}
MEANING = {"new": "not yet met", "started": "begun", "shaky": "shaky", "solid": "solid"}


def show() -> None:
    """The page."""
    wanted_run()
    curriculum = services().curriculum
    known = mastery(services().record.evidence(services().concept_of_experiment))
    st.title("Map")
    st.markdown(
        "Each concept stands on those with an arrow to it. The color is what your answers have shown."
    )
    week = st.segmented_control("Week", list(curriculum.weeks), default=min(curriculum.weeks, default=1),
                                format_func=lambda n: f"Week {n}", required=True)  # fmt: skip
    concepts = [one for one in curriculum.concepts.values() if one.week == week]
    counts = {level: sum(known.get(c.id, Mastery()).level == level for c in concepts) for level in MEANING}
    st.caption(" · ".join(f"{count} {MEANING[level]}" for level, count in counts.items() if count))
    st.graphviz_chart(_dot(concepts, known), width="stretch")
    titles = {one.title: one.id for one in sorted(concepts, key=lambda one: one.title)}
    with st.container(horizontal=True, gap="small"):
        for title, name in titles.items():
            if st.button(
                title,
                key=f"map-{name}",
                type="tertiary",
                icon=":material/menu_book:",
                help=_said(known.get(name)),
            ):
                begin_card(name)


def _said(shown: Mastery | None) -> str:
    if shown is None or not shown.evidence:
        return "Nothing shown yet"
    return f"{shown.mean:.0%} by {shown.evidence} answers (between {shown.low:.0%} and {shown.high:.0%})"


def _dot(concepts: list[Concept], known: dict[str, Mastery]) -> str:
    colors, ink = (DARK, "#e4e5e8") if dark() else (LIGHT, "#22252b")
    everything = services().curriculum.concepts
    here = {one.id for one in concepts}
    lines = [
        "digraph {",
        'rankdir=LR; bgcolor="transparent"; nodesep=0.18; ranksep=0.5;',
        f'node [shape=box style="rounded,filled" fontname="sans-serif" fontsize=12 color="{ink}40" fontcolor="{ink}"];',
        f'edge [color="{ink}70" arrowsize=0.6];',
    ]
    earlier = {name for one in concepts for name in one.needs if name not in here and name in everything}
    for name in sorted(here | earlier):
        level = known.get(name, Mastery()).level
        style = "" if name in here else ' style="rounded,dashed"'
        lines.append(f'"{name}" [label="{everything[name].title}" fillcolor="{colors[level]}"{style}];')
    lines += [f'"{need}" -> "{one.id}";' for one in concepts for need in one.needs if need in everything]
    return "\n".join([*lines, "}"])
