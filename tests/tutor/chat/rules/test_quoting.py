"""Paths as addresses, text as Markdown: read back by another program they are what went in."""

import sys
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Done
from tutor.corpus.documents import add
from tutor.corpus.service import KnowledgeService
from tutor.quoting import JOINER, as_code, as_link, as_markdown, as_part, file_database, in_editor
from tutor.run_catalog import RunCatalog
from tutor.settings import load_settings
from tutor.store.database import open_database
from tutor.ui.components.sources import with_marks

ODD = "Müller & Söhne #1 (100%) it's"
FOLDERS = (
    ODD,
    "a%20b",
    "what?",
    "x?mode=memory&cache=shared",
    "#",
    "[b](c)",
    "file:x",
    ":memory:",
    'say "yes"',
)
NASTY = (
    "![i](http://evil.example/i.png)",
    "[a](http://evil.example)",
    "<http://evil.example>",
    "http://evil.example/x",
    "see www.evil.example now",
    "me@evil.example",
    '<img src="http://evil.example/i.png">',
    ":red[hot] :material/home: :smile: :streamlit: :small[x]",
    "$x^2$ `code` **b** ~~s~~",
    "# head\n\n- list\n1. one\n\n    code\n> quote\n\n---\n| a |\n|---|",
    "[x]: http://evil.example\n\n[x]",
    "![x][y]\n\n[y]: http://evil.example/i.png",
    "&lt;b&gt; &amp; \\*",
)
PARSER = MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])


def kinds(text: str) -> set[str]:
    """The kinds of tokens that Markdown makes of a text, those inside paragraphs included."""
    found: set[str] = set()

    def walk(tokens: list[Token]) -> None:
        for token in tokens:
            found.add(token.type)
            walk(token.children or [])

    walk(PARSER.parse(text))
    return found


def read(text: str) -> str:
    """What Markdown shows of a text, without its paragraphs."""
    parts = []
    for block in PARSER.parse(text):
        for token in block.children or []:
            parts.append("\n" if token.type in ("hardbreak", "softbreak") else token.content)
    return "".join(parts)


PLAIN = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "hardbreak", "softbreak"}


@pytest.mark.parametrize("text", NASTY)
def test_text_from_outside_is_only_text(text: str) -> None:
    assert kinds(as_markdown(text)) <= PLAIN
    assert kinds(f"**{as_markdown(text.splitlines()[0])}**: said") <= PLAIN | {"strong_open", "strong_close"}


@settings(derandomize=True, max_examples=500)
@given(st.text(st.sampled_from("ab1 \t!#$&()*+-.:/;<=>?@[\\]^_`{|}~'\"\n"), max_size=40))
def test_any_text_is_only_text_and_reads_as_it_was(text: str) -> None:
    shown = as_markdown(text)
    assert kinds(shown) <= PLAIN
    if "\n" not in text:
        assert read(shown).replace(JOINER, "").replace("\u00a0", " ").strip() == text.expandtabs(
            4
        ).strip() or ("\t" in text)


def test_what_is_looked_for_after_escapes_finds_nothing() -> None:
    """Streamlit's icons and colors, and addresses that become links by themselves, match the shown text."""
    for text in (
        ":material/home:",
        ":smile:",
        ":red[x]",
        "http://evil.example",
        "WWW.evil.example",
        "me@evil.example",
    ):
        assert JOINER in as_markdown(text), text
    assert JOINER not in as_markdown(r"C:\Users\Ana: 12 runs, see model.py"), "a path is copied as it is"


@settings(derandomize=True, max_examples=300)
@given(st.text(st.sampled_from("ab `\\*[]!$<:"), min_size=1, max_size=12))
def test_code_reads_as_it_was(text: str) -> None:
    shown = PARSER.parseInline(f"in {as_code(text)}.")[0].children or []
    code = [token.content for token in shown if token.type == "code_inline"]
    assert [one.strip() for one in code] == [text.strip()]


@settings(derandomize=True, max_examples=300)
@given(st.text(st.sampled_from("ab/:%#?()[]<> '\"\\\n&ü"), min_size=1, max_size=20))
def test_a_link_ends_where_its_address_ends(name: str) -> None:
    shown = PARSER.parseInline(
        as_link("here", in_editor(PurePosixPath("/") / name.lstrip("/"), 3)) + " after"
    )
    children = shown[0].children or []
    assert [token.type for token in children] == ["link_open", "text", "link_close", "text"]
    assert children[-1].content == " after"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (PureWindowsPath(r"C:\a b"), "vscode://file/C:/a%20b"),
        (PureWindowsPath(r"C:\x\Ä#1 (100%).py"), "vscode://file/C:/x/%C3%84%231%20%28100%25%29.py"),
        (PureWindowsPath(r"\\server\share\a b"), "vscode://file//server/share/a%20b"),
        (
            PurePosixPath("/Users/ana/Application Support/x?"),
            "vscode://file/Users/ana/Application%20Support/x%3F",
        ),
    ],
)
def test_the_editor_is_given_the_path(path: PurePath, address: str) -> None:
    assert in_editor(path) == address
    assert in_editor(path, 7) == f"{address}:7"
    parts = urlsplit(in_editor(path))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("vscode", "file", "", "")
    assert type(path)(unquote(parts.path if path.as_posix().startswith("/") else parts.path[1:])) == path


def test_a_part_of_an_address_comes_back_whole() -> None:
    assert unquote(as_part(f"{ODD}/x")) == f"{ODD}/x"
    assert not set(as_part(f"{ODD}/x")) & set("/#?&() '")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(
                sys.platform == "win32" and bool(set(name) & set('?:"')), reason="no name on Windows"
            ),
        )
        for name in FOLDERS
    ],
)
def test_the_database_lies_in_a_home_of_any_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "around").mkdir()
    home = tmp_path / "around" / name
    settings = load_settings(home=home)
    database = open_database(settings)
    database.close()
    assert settings.database == file_database(home / "tutor.db")
    assert [one.name for one in (tmp_path / "around").iterdir()] == [name], "nothing lies beside it"
    assert (home / "tutor.db").stat().st_size > 0
    assert settings.database_place == str(home / "tutor.db")


def test_a_picture_in_a_text_that_is_quoted_is_not_fetched(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    memo = "# Kestrel\n\nRefunds of Kestrel take fourteen days. ![i](http://evil.example/i.png)\n"
    add(settings.documents, "Memo *of* [1](x).md", memo.encode("utf-8"))
    tutor = BuiltinTutor(KnowledgeService(settings), RunCatalog.load())
    events = tutor.answer("In my documents: how long do refunds of Kestrel take?", [])
    told = next(event.answer for event in events if isinstance(event, Done))
    assert "fourteen days" in read(told.text)
    assert "image" not in kinds(told.text) and "evil.example" in told.text
    assert "image" not in kinds(with_marks("![i](http://evil.example/i.png) [1]", "m", told.citations))
