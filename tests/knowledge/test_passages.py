from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from knowledge.passages import Span, make_passage, parse_id

paths = st.from_regex(r"[a-zA-Z0-9_.][a-zA-Z0-9_./ -]{0,30}", fullmatch=True)


@given(paths, st.integers(1, 10**6), st.integers(0, 10**4))
def test_an_id_names_its_lines(path: str, start: int, more: int) -> None:
    span = Span(path, start, start + more)
    assert parse_id(span.id) == span


@given(paths, st.integers(0, 10**4), st.one_of(st.none(), st.integers(1, 5)))
def test_an_id_names_its_cells(path: str, cell: int, more: int | None) -> None:
    span = Span(path, None, None, cell, None if more is None else cell + more)
    assert parse_id(span.id) == span


def test_what_is_no_id_names_nothing() -> None:
    assert parse_id("model.py") is None
    assert parse_id("") is None
    assert parse_id("model.py:a-b") is None


def test_overlap_is_the_share_of_the_shorter_one() -> None:
    whole = Span("a.py", 1, 20)
    assert whole.overlap(Span("a.py", 5, 8)) == 1.0
    assert whole.overlap(Span("a.py", 20, 39)) == 0.05
    assert whole.overlap(Span("b.py", 5, 8)) == 0.0
    assert Span("a.ipynb", None, None, 3, 5).overlap(Span("a.ipynb", None, None, 5)) == 1.0


def test_the_hash_is_of_the_text_in_utf8() -> None:
    passage = make_passage(Span("a.md", 1, 1), "naïve — 😀", "heading", "a")
    assert passage.sha256 == hashlib.sha256("naïve — 😀".encode()).hexdigest()
