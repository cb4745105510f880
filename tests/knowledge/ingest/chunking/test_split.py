from __future__ import annotations

import ast
import json
import time
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.content.symbols import find_symbol, passages_between
from knowledge.ingest.chunking.blocks import cut
from knowledge.ingest.chunking.split import Document, split
from knowledge.ingest.sources import Source, list_files, read_text
from knowledge.passages import Span
from tests.knowledge.conftest import MODEL, README, ROOT


def notebook(*cells: tuple[str, str], printed: str = "") -> str:
    outputs = [{"output_type": "stream", "text": [printed]}] if printed else []
    return json.dumps(
        {
            "cells": [
                {"cell_type": kind, "source": source.splitlines(keepends=True), "outputs": outputs}
                for kind, source in cells
            ]
        }
    )


def shown(document: Document, span: Span) -> str:
    assert span.start is not None
    assert span.end is not None
    return "\n".join(document.text.split("\n")[span.start - 1 : span.end])


def test_a_passage_is_its_lines_to_the_byte_in_all_of_our_own_sources() -> None:
    for folder in ("knowledge", "exercises", "tests/knowledge"):
        for entry in list_files(Source(folder, ROOT / folder)):
            text = read_text(entry.file)
            assert text is not None
            document = split(entry.path, folder, text)
            for passage in document.passages:
                assert passage.text == shown(document, passage.span), passage.id
                assert passage.text.strip()


def test_every_symbol_of_python_is_where_ast_says() -> None:
    document = split("toy/model.py", "toy", MODEL)
    for node in ast.walk(ast.parse(MODEL)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            place = find_symbol(document, node.name)
            assert place == (node.lineno, node.end_lineno), node.name
            assert place is not None
            assert passages_between(document, *place)


def test_no_line_of_code_is_in_two_passages_and_none_is_lost() -> None:
    for file in sorted((ROOT / "knowledge").glob("*.py")):
        text = file.read_text(encoding="utf-8")
        document = split(f"knowledge/{file.name}", "knowledge", text)
        covered = [
            line for one in document.passages for line in range(one.span.bounds[0], one.span.bounds[1] + 1)
        ]
        assert len(covered) == len(set(covered))
        written = {number for number, line in enumerate(text.split("\n"), 1) if line.strip()}
        assert written <= set(covered)


def test_a_long_function_is_cut_between_statements_and_each_part_keeps_its_name() -> None:
    body = "\n".join(
        f"    # step {n}\n    value_{n} = (\n        {n} +\n        1\n    )\n" for n in range(40)
    )
    document = split("a/b.py", "a", f"def long():\n{body}\n    return value_1\n")
    assert len(document.passages) > 5
    for passage in document.passages:
        assert passage.title == "long"
        assert passage.view.startswith("a b: long")
        assert not passage.text.split("\n")[0].strip().startswith((")", "1"))
        assert len(passage.text.split("\n")) < 40


def test_ten_thousand_lines_are_cut_in_seconds() -> None:
    begun = time.perf_counter()
    table = "values = [\n" + "    1,\n" * 10_000 + "]\n"
    calls = "def f():\n" + "".join(f"    call({n})\n" for n in range(10_000))
    assert len(split("a/b.py", "a", table).passages) > 100
    assert len(split("a/c.py", "a", calls).passages) > 300
    assert time.perf_counter() - begun < 20


def test_a_heading_keeps_its_path_and_list_items_lead_to_it() -> None:
    document = split("toy/README.md", "toy", README)
    titles = [passage.title for passage in document.passages]
    assert titles == ["toy", "toy › install", "toy › todo"]
    items = [way.text for way in document.ways if way.kind == "comment"]
    assert "todo: train on several graphics cards at once" in items


def test_cells_are_gathered_and_their_output_is_known() -> None:
    text = notebook(("markdown", "# Loss"), ("code", "x = 1"), ("code", "print(x)"), printed="loss 2.45")
    document = split("a/b.ipynb", "a", text)
    [passage] = document.passages
    assert passage.span == Span("a/b.ipynb", None, None, 0, 2)
    assert passage.text == "# Loss\n\nx = 1\n\nprint(x)"
    assert "2.45" in passage.view
    assert document.cells == ("# Loss", "x = 1", "print(x)")


def test_a_notebook_of_before_2014_is_read_like_one_of_today() -> None:
    slope = {"cell_type": "code", "language": "python", "metadata": {}, "collapsed": False, "prompt_number": 1,
             "input": ["def slope(f, x):\n", "    return f(x + 1) - f(x)"],
             "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["2.45"]}]}  # fmt: skip
    cells = [
        {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["What a tangent says"]},
        {"cell_type": "markdown", "metadata": {}, "source": ["A slope."]},
        slope,
    ]
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0,
           "worksheets": [{"cells": cells, "metadata": {}}]}  # fmt: skip
    document = split("a/old.ipynb", "a", json.dumps(old))
    assert document.cells == (
        "# What a tangent says",
        "A slope.",
        "def slope(f, x):\n    return f(x + 1) - f(x)",
    )
    assert any("2.45" in passage.view for passage in document.passages)
    for bent in ({"worksheets": 3}, {**old, "worksheets": [{"cells": [{}]}]}, {**old, "nbformat": 99}):
        assert split("a/old.ipynb", "a", json.dumps(bent)).passages == ()


def test_what_is_no_notebook_gives_nothing() -> None:
    for text in (
        "",
        "{}",
        "[]",
        '{"cells": 3}',
        '{"cells": [1]}',
        '{"cells": [{"cell_type": "code"}]}',
        "\x00",
    ):
        assert split("a/b.ipynb", "a", text).passages == ()


def test_python_that_does_not_parse_is_still_found() -> None:
    document = split("a/b.py", "a", "print 'python 2'\n\ndef f(:\n    pass\n")
    assert document.passages[0].text.startswith("print")


def test_a_transcript_is_gathered_by_the_minute() -> None:
    cues = "".join(
        f"{n}\n00:{n // 6:02}:{n % 6 * 10:02}.000 --> 00:{n // 6:02}:{n % 6 * 10 + 9:02}.000\nwords {n}\n\n"
        for n in range(13)
    )
    document = split("a/talk.vtt", "a", "WEBVTT\n\n" + cues)
    assert [passage.title for passage in document.passages] == ["at 0:00", "at 1:00", "at 2:00"]
    assert "words 6" in document.passages[1].view
    for passage in document.passages:
        assert passage.text == shown(document, passage.span)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400), st.sampled_from(["py", "md", "txt", "yaml", "ipynb", "vtt", "sh"]))
def test_no_text_is_refused(text: str, suffix: str) -> None:
    document = split(f"a/b.{suffix}", "a", text.replace("\r", ""))
    for passage in document.passages:
        if passage.span.start is not None:
            assert passage.text == shown(document, passage.span)


@given(st.lists(st.integers(1, 400), min_size=1, max_size=80))
def test_a_cut_covers_all_lines_once(lengths: list[int]) -> None:
    lines = ["x" * length for length in lengths]
    ranges = cut(lines, [0.3] * len(lines))
    assert [index for start, end in ranges for index in range(start, end)] == list(range(len(lines)))


def test_the_whole_of_this_project_is_split_quickly() -> None:
    begun = time.perf_counter()
    count = sum(
        len(split(entry.path, "k", read_text(entry.file) or "").passages)
        for entry in list_files(Source("k", ROOT / "knowledge"))
    )
    assert count > 100
    assert time.perf_counter() - begun < 30


def test_paths_do_not_decide_what_is_in_a_file(tmp_path: Path) -> None:
    first = split("x/one.py", "x", MODEL).passages
    second = split("y/two.py", "y", MODEL).passages
    assert [passage.text for passage in first] == [passage.text for passage in second]
