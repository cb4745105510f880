"""The map: what needs what, colored by what she has shown."""

from __future__ import annotations

import streamlit as st

from knowledge.content.curriculum import Concept
from tutor.study.progress.mastery import Mastery
from tutor.ui.boundary import guarded
from tutor.ui.components.links import address
from tutor.ui.moves import DRAWER, Beside
from tutor.ui.services import services
from tutor.ui.theme import dark

LIGHT = {"new": "#f1f1ec", "started": "#d6e4fb", "shaky": "#fbe0cb", "solid": "#cfeadf"}
DARK = {"new": "#262a31", "started": "#24406f", "shaky": "#6b3f1e", "solid": "#1f5548"}
MEANING = {"new": "not yet met", "started": "begun", "shaky": "shaky", "solid": "solid"}


def show() -> None:
    """The page."""
    curriculum = services().curriculum
    known = services().mastery()
    st.title("Map")
    st.markdown(
        "An arrow leads from what is needed to what builds on it. Choose a concept to open its card; its color "
        "is what your answers have shown."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        week = st.segmented_control(
            "Week",
            list(curriculum.weeks),
            default=min(curriculum.weeks, default=1),
            format_func=lambda n: f"Week {n}",
            required=True,
        )
        titles = {
            one.title: one.id for one in sorted(curriculum.concepts.values(), key=lambda one: one.title)
        }
        st.selectbox(
            "Find a concept",
            list(titles),
            index=None,
            placeholder="Type its name",
            key="find-concept",
            on_change=guarded(_found),
            args=(titles,),
            width=320,
        )
    concepts = [one for one in curriculum.concepts.values() if one.week == week]
    levels = [known.get(one.id, Mastery()).level for one in concepts]
    st.caption(
        " · ".join(f"{levels.count(level)} {MEANING[level]}" for level in MEANING if level in levels)
        + " · dashed: from an earlier week"
    )
    with st.container(key="chart-map"):
        st.graphviz_chart(_dot(concepts, known), width="content", alt=f"What needs what in week {week}")


def _found(titles: dict[str, str]) -> None:
    if chosen := st.session_state.get("find-concept"):
        st.session_state[DRAWER] = Beside("concept", titles[chosen])
        st.session_state["find-concept"] = None


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
        told = f'URL="{address("concept", name)}" tooltip="{_said(known.get(name))}"'
        lines.append(
            f'"{name}" [label="{everything[name].title}" fillcolor="{colors[level]}" {told}{style}];'
        )
    lines += [f'"{need}" -> "{one.id}";' for one in concepts for need in one.needs if need in everything]
    return "\n".join([*lines, "}"])
