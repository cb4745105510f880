"""Exact lines on the page: numbered chips in and under an answer, a drawer with the lines highlighted."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from html import escape

import streamlit as st

from tutor.chat.types import Citation
from tutor.corpus.clones import changed_among, file_of, standing
from tutor.quoting import as_code, as_link, as_markdown, in_editor, without_pictures
from tutor.ui.components.links import address
from tutor.ui.moves import open_beside
from tutor.ui.services import services

AROUND = 6  # lines shown before and after the cited ones
CLOSE = 2  # lines shown around a marked one where the others are folded
MARK = re.compile(r"(?<!\])\[(\d{1,3})\](?![(\[:])")
FENCE = re.compile(r"(```.*?```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$)", re.DOTALL)


def with_marks(text: str, message: str, citations: Sequence[Citation]) -> str:
    """The answer's Markdown, its `[1]` marks as links to the lines; code and maths stay as they are."""
    known = {str(citation.number) for citation in citations}

    def link(found: re.Match[str]) -> str:
        number = found[1]
        return as_link(number, address("cite", f"{message}/{number}")) if number in known else found[0]

    parts = FENCE.split(text)
    return "".join(
        part if odd % 2 else MARK.sub(link, without_pictures(part)) for odd, part in enumerate(parts)
    )


def chips(citations: Sequence[Citation], message: str) -> None:
    """One small button a citation; pressing it opens the lines beside."""
    if not citations:
        return
    with st.container(horizontal=True, gap="small", key=f"chips-{message}"):
        for citation in citations:
            label = f"**{citation.number}** {_short(citation)}"
            if st.button(
                label,
                key=f"cite-{message}-{citation.number}",
                help=as_markdown(citation.title),
                type="tertiary",
            ):
                open_beside("cite", f"{message}/{citation.number}")
    if changed := changed_among(services().settings, (citation.path for citation in citations)):
        names = ", ".join(as_code(path) for path in changed)
        st.caption(f":material/edit: You changed {names}: cited as you have it.")


def _short(citation: Citation) -> str:
    name = as_markdown("/".join(citation.path.split("/")[-2:]))
    return f"{name} {place(citation).removeprefix('lines ')}"


def place(citation: Citation) -> str:
    """Where in the file: lines 23 to 41, or cell 4."""
    if citation.cell is not None:
        return f"cell {citation.cell}"
    if citation.start == citation.end:
        return f"line {citation.start}"
    return f"lines {citation.start}–{citation.end}"


def lines(citation: Citation) -> None:
    """The cited lines, highlighted among those around them, with ways to the file."""
    st.markdown(f"**{as_markdown(citation.title)}**  \n{as_code(citation.path)}, {place(citation)}")
    whole = _ways(citation)
    library = services().knowledge.library
    passage = None
    if citation.start is not None and citation.end is not None:
        first, last = (1, None) if whole else (max(1, citation.start - AROUND), citation.end + AROUND)
        passage = library.read(citation.path, first, last)
        if passage is None and not whole:  # the file ends before the lines around it do
            passage = library.read(citation.path, max(1, citation.start - AROUND), None)
    if passage is None or passage.span.start is None or citation.start is None or citation.end is None:
        st.html(highlighted(citation.text, citation.path, citation.start or 1))
        return
    marked = range(citation.start, citation.end + 1)
    changed = citation.text not in passage.text
    if changed:
        st.info(
            "The file has changed since this was answered. These are the lines as they were cited.",
            icon=":material/history:",
        )
        st.html(highlighted(citation.text, citation.path, citation.start, marked))
        return
    st.html(highlighted(passage.text, citation.path, passage.span.start, marked))


def _ways(citation: Citation) -> bool:
    """Ways to the file; returns whether she wants to see all of it here."""
    settings = services().settings
    file, there = file_of(settings, citation.path), standing(settings, citation.path)
    whole = False
    if there is not None:
        mine = ": you changed this file, and these are the lines as you have them" if there.changed else ""
        st.caption(f"Commit {as_code(there.commit[:8])}{mine}")
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if file.is_file():
            st.link_button("Open in VS Code", in_editor(file, citation.start), icon=":material/code:")
            st.download_button(
                "Save the file", file.read_bytes(), file.name, icon=":material/download:", on_click="ignore"
            )
        if citation.url:
            st.link_button("On the web", citation.url, icon=":material/open_in_new:")
        if citation.cell is None:
            whole = st.toggle("The whole file", key=f"whole-{citation.passage_id}")
    return whole


def highlighted(text: str, path: str, start: int, marked: Collection[int] = ()) -> str:
    """HTML of source lines numbered from `start`, those in `marked` on a colored ground."""
    return _framed(path, "".join(_rows(text, path, start, marked)))


def folded(text: str, path: str, start: int, marked: Collection[int]) -> str:
    """The same, showing the marked lines with a few around them; the stretches between open at a click."""
    rows = _rows(text, path, start, marked)
    near = {number + step for number in marked for step in range(-CLOSE, CLOSE + 1)} | {start}
    shown = [number in near for number in range(start, start + len(rows))]
    parts, begin = list[str](), 0
    for at in range(1, len(rows) + 1):
        if at < len(rows) and shown[at] == shown[begin]:
            continue
        piece = "".join(rows[begin:at])
        if not shown[begin] and at - begin > 1:
            piece = f"<details><summary>{at - begin} lines</summary>{piece}</details>"
        parts.append(piece)
        begin = at
    return _framed(path, "".join(parts))


def _framed(path: str, rows: str) -> str:
    return f'<div class="source" tabindex="0" role="region" aria-label="Lines of {escape(path)}">{rows}</div>'


def _rows(text: str, path: str, start: int, marked: Collection[int]) -> list[str]:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer, TextLexer, get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        notebook = path.endswith(".ipynb")  # its cells are Python, the file around them is not
        lexer = PythonLexer(stripnl=False) if notebook else get_lexer_for_filename(path, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    rows = highlight(text, lexer, HtmlFormatter(nowrap=True)).rstrip("\n").split("\n")
    width = len(str(start + len(rows)))
    indents = [len(line) - len(line.lstrip()) for line in text.split("\n")] + [0]
    return [
        f'<div class="line{" hit" if number in marked else ""}">'
        f'<span class="no">{number:>{width}}</span>'
        f'<span class="src" style="--indent: {indent}">{row or " "}</span></div>'
        for (number, row), indent in zip(enumerate(rows, start), indents, strict=False)
    ]
