"""Exact lines on the page: numbered chips under an answer, a drawer with the lines highlighted."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from tutor.chat.answers import Citation
from tutor.settings import PROJECT
from tutor.ui.services import services
from tutor.ui.theme import palette

AROUND = 6  # lines shown before and after the cited ones
MARK = re.compile(r"(?<!\])\[(\d{1,3})\](?![(\[:])")
FENCE = re.compile(r"(```.*?```|`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$)", re.DOTALL)


def with_marks(text: str) -> str:
    """The answer's Markdown with its `[1]` marks as small chips; code and maths stay as they are."""
    parts = FENCE.split(text)
    return "".join(part if odd % 2 else MARK.sub(r":blue-badge[\1]", part) for odd, part in enumerate(parts))


def chips(citations: Sequence[Citation], key: str) -> None:
    """One small button a citation; pressing it opens the lines beside."""
    if not citations:
        return
    with st.container(horizontal=True, gap="small", key=f"chips-{key}"):
        for citation in citations:
            label = f"{citation.number}  {_short(citation)}"
            if st.button(label, key=f"cite-{key}-{citation.number}", help=citation.title, type="tertiary",
                         icon=":material/segment:"):  # fmt: skip
                open_lines(citation)


def _short(citation: Citation) -> str:
    name = "/".join(citation.path.split("/")[-2:])
    return f"{name} {place(citation)}"


def place(citation: Citation) -> str:
    """Where in the file: lines 23 to 41, or cell 4."""
    if citation.cell is not None:
        return f"cell {citation.cell}"
    if citation.start == citation.end:
        return f"line {citation.start}"
    return f"lines {citation.start}–{citation.end}"


@st.dialog("Source", width="large", position="right", icon=":material/segment:")
def open_lines(citation: Citation) -> None:
    """The cited lines, highlighted among those around them, with ways to the file."""
    st.markdown(f"**{citation.title}**")
    st.caption(f"`{citation.path}`, {place(citation)}")
    _ways(citation)
    whole = citation.cell is None and st.toggle("Show the whole file", key="whole-file")
    library = services().knowledge.library
    passage = None
    if citation.start is not None and citation.end is not None:
        first, last = (None, None) if whole else (max(1, citation.start - AROUND), citation.end + AROUND)
        passage = library.read(citation.path, first, last)
    if passage is None or passage.span.start is None or citation.start is None or citation.end is None:
        st.html(highlighted(citation.text, citation.path, 1, (0, 0)))
        return
    st.html(highlighted(passage.text, citation.path, passage.span.start, (citation.start, citation.end)))


def _ways(citation: Citation) -> None:
    file = PROJECT / citation.path
    with st.container(horizontal=True, gap="small"):
        if file.is_file():
            target = file.as_posix() if file.as_posix().startswith("/") else f"/{file.as_posix()}"
            line = f":{citation.start}" if citation.start else ""
            st.link_button("Open in VS Code", f"vscode://file{target}{line}", icon=":material/code:")
            st.download_button("Save the file", file.read_bytes(), file.name, icon=":material/download:")
        if citation.url:
            st.link_button("On the web", citation.url, icon=":material/open_in_new:")


def highlighted(text: str, path: str, start: int, lines: tuple[int, int]) -> str:
    """HTML of source lines numbered from `start`, those in `lines` (inclusive) marked."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import TextLexer, get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_for_filename(path, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    formatter = HtmlFormatter(
        style=palette().pygments,
        noclasses=True,
        nobackground=True,
        linenos="table",
        linenostart=start,
        hl_lines=[number - start + 1 for number in range(lines[0], lines[1] + 1)] if lines[0] else [],
    )
    return f'<div class="source" tabindex="0">{_marked(highlight(text, lexer, formatter))}</div>'


def _marked(html: str) -> str:
    # inline styles replace the class that a theme of ours could color: give the class back
    return re.sub(r'<span style="background-color: #[0-9a-fA-F]{3,6}">', '<span class="hll">', html)
