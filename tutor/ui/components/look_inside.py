"""A panel under lines of our own code: the function run once on a tiny input, and what each line made."""

from __future__ import annotations

from html import escape

import streamlit as st

from exercises.catalog import ROOT
from exercises.errors import ExerciseError
from exercises.trace import Trace, Value, look_inside, traceable_at
from tutor.quoting import as_code, as_markdown
from tutor.ui.components import sources


def panel(path: str, first: int, last: int, key: str) -> None:
    """Offer to look into what stands on lines `first` to `last`; nothing where nothing can be run alone."""
    names = traceable_at(path, first, last)
    if not names or not st.toggle("Look inside: run it once on a tiny input", key=f"inside-{key}"):
        return
    name = names[0]
    if len(names) > 1:
        name = st.segmented_control("What to run", names, default=name, key=f"inside-which-{key}") or name
    try:
        with st.spinner(f"Running {name} once …"):
            found = _traced(path.split("/")[1], name, (ROOT / path).stat().st_mtime_ns)
    except ExerciseError as error:
        st.warning(as_markdown(str(error)), icon=":material/info:")
        return
    st.caption(f"Each line of {as_code(found.symbol)} that ran, and what it made: shape, kind, the last row.")
    st.html("".join(_line(found, number) for number in range(len(found.lines))))


@st.cache_data(show_spinner=False, max_entries=64)
def _traced(exercise: str, symbol: str, version: int) -> Trace:
    """Kept for as long as the file stays as it is."""
    return look_inside(exercise, symbol)


def _line(found: Trace, place: int) -> str:
    line = found.lines[place]
    made = "".join(f'<div class="made">{_value(value)}</div>' for value in line.values)
    return sources.highlighted(line.source, found.path, line.number) + made


def _value(value: Value) -> str:
    shape = f"({', '.join(map(str, value.shape))}) " if value.shape else ""
    return f"<b>{escape(value.name)}</b> {escape(shape + value.kind)} <span>{escape(value.preview)}</span>"
