"""Side by side: one idea in our code and in Karpathy's, what differs and why, line by line."""

from __future__ import annotations

import streamlit as st

from exercises.errors import ExerciseError
from exercises.upstream.repositories import REPOSITORIES
from exercises.upstream.workspace import inspect
from knowledge.content.comparisons import Column, Comparison, Shown, SideBySide, lay_out
from tutor.corpus.clones import file_of, link_to
from tutor.quoting import as_code, as_link, in_editor
from tutor.side_by_side import comparisons, title
from tutor.ui.components import sources
from tutor.ui.components.cloning import clone_here
from tutor.ui.components.links import address
from tutor.ui.moves import ask
from tutor.ui.services import services


def show() -> None:
    """The page."""
    known = _in_order()
    asked = st.query_params.get("concept", "")
    head, choice = st.columns([3, 2], vertical_alignment="bottom", gap="large")
    with choice:
        chosen = st.selectbox(
            "Another idea",
            list(known),
            index=list(known).index(asked) if asked in known else 0,
            format_func=lambda name: (
                f"Week {_week(known[name])} · {title(known[name], services().curriculum)}"
            ),
            key=f"compared-{asked}",
        )
    st.query_params["concept"] = chosen
    if chosen != asked and asked:
        st.rerun()
    comparison = known[chosen]
    with head:
        st.title(title(comparison, services().curriculum))
    with st.spinner("Reading the code …"):
        laid = lay_out(comparison, services().knowledge.library.contents)
    _told(comparison, laid)
    _columns(laid, _difference(laid))


def _in_order() -> dict[str, Comparison]:
    """All comparisons as the weeks go."""
    order = [name for week in services().curriculum.weeks.values() for name in week.concepts]
    known = comparisons()
    return {
        name: known[name] for name in sorted(known, key=lambda name: (name not in order, order.index(name)))
    }


def _week(comparison: Comparison) -> int:
    concept = services().curriculum.concepts.get(comparison.concept)
    return concept.week if concept else 0


def _told(comparison: Comparison, laid: SideBySide) -> None:
    st.markdown(comparison.same)
    concepts = services().curriculum.concepts
    cards = [
        as_link(concepts[name].title, address("concept", name))
        for name in (comparison.concept, *comparison.also)
        if name in concepts
    ]
    st.caption("Behind it: " + ", ".join(cards))
    if laid.gone:
        st.caption(
            f":material/info: {laid.gone} of the differences cannot be shown: their lines have changed in the "
            "code that is here."
        )


def _difference(laid: SideBySide) -> Shown | None:
    """The difference that she looks at."""
    names = [difference.what for difference in laid.differences]
    chosen = st.pills(
        "What differs", names, default=names[0] if names else None, key=f"differs-{laid.comparison.concept}"
    )
    found = next((one for one in laid.differences if one.what == chosen), None)
    with st.container(key="difference"):
        if found is None:
            st.markdown("Choose what differs, and the lines that do it are marked below.")
        else:
            st.markdown(found.said)
            if st.button(
                "Ask about this", icon=":material/chat_bubble:", type="tertiary", key="ask-difference"
            ):
                ask(f"{title(laid.comparison, services().curriculum)}: {found.what.lower()}. Why?")
    return found


def _columns(laid: SideBySide, difference: Shown | None) -> None:
    with st.container(key="codes"):
        places = st.columns(len(laid.columns), gap="small")
    for place, column in zip(places, laid.columns, strict=True):
        with place:
            _column(column, difference.marks.get(column.place.name, ()) if difference else None)


def _column(column: Column, marks: tuple[int, ...] | None) -> None:
    """One of the codes; `marks` are the lines of the difference, None where none is chosen."""
    place, passage, found = column.place, column.passage, column.found
    st.markdown(f"**{_name(column)}**")
    if passage is None or found is None:
        _absent(column)
        return
    span = passage.span
    where = f"lines {span.start}–{span.end}" if span.start else f"cell {span.cell}"
    ways = [f"{as_code(place.path.rsplit('/', 1)[-1])}, {where}"]
    if url := link_to(services().settings)(passage):
        ways.append(as_link("on the web", url))
    file = file_of(services().settings, place.path)
    if file.is_file():
        ways.append(as_link("in VS Code", in_editor(file, span.start)))
    st.caption(" · ".join([*ways, *_state(place.repository)]))
    text = "\n".join(found.lines)
    if marks is None:
        st.html(sources.highlighted(text, place.path, found.start))
        return
    if not marks:
        st.caption("Nothing here speaks of this difference.")
    st.html(sources.folded(text, place.path, found.start, marks))


def _name(column: Column) -> str:
    name = column.place.name
    return name if name in REPOSITORIES else name[0].upper() + name[1:]  # nanoGPT writes itself small


def _state(repository: str) -> list[str]:
    """Which commit a clone stands at, and whether she changed it."""
    if repository not in REPOSITORIES:
        return []
    try:
        there = inspect(REPOSITORIES[repository], services().settings.upstream_folder)
    except ExerciseError:
        return []
    if there is None:
        return []
    changed = ["with changes of yours"] if there.changed else []
    return [
        f"commit {as_code(there.commit[:8])}{'' if there.pinned else ', not the one that was compared'}",
        *changed,
    ]


def _absent(column: Column) -> None:
    repository = column.place.repository
    with st.container(border=True):
        if (services().settings.upstream_folder / repository / ".git").exists():
            st.markdown(
                "It is cloned, and the lines are not there: not yet taken into the index, or changed since this was "
                "written."
            )
            return
        st.markdown(
            f"{as_code(column.place.path)} is not on this machine yet. What differs is told above all the same."
        )
        if repository in REPOSITORIES and st.button(
            f"Clone {repository}", icon=":material/download:", key=f"clone-{column.place.name}"
        ):
            clone_here([REPOSITORIES[repository]])
