"""Comparisons: every place and line is there, in our tree and in the clones that are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from knowledge.content.comparisons import Comparison, about, cited, lay_out, load_comparisons
from knowledge.content.validate import check
from knowledge.ingest.contents import Contents, read_contents
from knowledge.ingest.sources import Corpus, Source, our_own

PROJECT = Path(__file__).parents[3]
FOLDER = PROJECT / "knowledge" / "comparisons"
CLONES = os.environ.get("TUTOR_UPSTREAM", "")

TEXT = """
concept: adding
places:
  - {name: ours, at: "mine/a.py::Adder.add"}
  - {name: theirs, at: theirs/b.py, first: "def add(a, b):", last: return c}
  - {name: notebook, at: theirs/n.ipynb, cell: "# adding"}
same: Both add.
differences:
  - what: A name for the sum
    said: Theirs names it first.
    lines: {ours: ["return a + b"], theirs: ["c = a + b", "return c"]}
  - what: A cell
    said: The notebook prints.
    lines: {notebook: ["print(1 + 1)"]}
"""
OURS = "class Adder:\n    def add(self, a, b):\n        return a + b\n\n    def other(self):\n        pass\n"
THEIRS = "import os\n\n\ndef add(a, b):\n    c = a + b\n    return c\n\n\ndef sub(a, b):\n    return a - b\n"
NOTEBOOK = (
    '{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1", "outputs": []}, '
    '{"cell_type": "code", "source": "# adding\\nprint(1 + 1)", "outputs": []}]}'
)


@pytest.fixture
def comparison(tmp_path: Path) -> Comparison:
    folder = tmp_path / "comparisons"
    folder.mkdir()
    (folder / "adding.yaml").write_text(TEXT, encoding="utf-8")
    found, problems = load_comparisons(folder)
    assert not problems
    return found["adding"]


def contents(tmp_path: Path, **files: str) -> Contents:
    for name, text in files.items():
        room, _, rest = name.partition("_")
        path = tmp_path / room / rest.replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    rooms = [room for room in ("mine", "theirs") if (tmp_path / room).is_dir()]
    return read_contents(Corpus(tuple(Source(room, tmp_path / room) for room in rooms)))


def test_places_are_found_by_symbol_by_lines_and_by_cell(comparison: Comparison, tmp_path: Path) -> None:
    held = contents(tmp_path, mine_a_py=OURS, theirs_b_py=THEIRS, theirs_n_ipynb=NOTEBOOK)
    laid = lay_out(comparison, held)
    ids = [column.passage.id for column in laid.columns if column.passage]
    assert ids == ["mine/a.py:2-3", "theirs/b.py:4-6", "theirs/n.ipynb#1"]
    assert [shown.marks for shown in laid.differences] == [
        {"ours": (3,), "theirs": (5, 6)},
        {"notebook": (2,)},
    ]
    passage = cited(laid.columns[1], (5, 6), held)
    assert passage is not None and passage.text == "    c = a + b\n    return c"
    assert laid.gone == 0 and laid.missing == ()


def test_what_differs_is_told_without_the_clone(comparison: Comparison, tmp_path: Path) -> None:
    laid = lay_out(comparison, contents(tmp_path, mine_a_py=OURS))
    assert laid.missing == ("theirs",)
    assert [shown.marks for shown in laid.differences] == [{"ours": (3,)}, {}]


def test_a_difference_whose_lines_changed_is_left_out(comparison: Comparison, tmp_path: Path) -> None:
    hers = THEIRS.replace("c = a + b", "c = b + a")
    held = contents(tmp_path, mine_a_py=OURS, theirs_b_py=hers, theirs_n_ipynb=NOTEBOOK)
    laid = lay_out(comparison, held)
    assert [shown.what for shown in laid.differences] == ["A cell"] and laid.gone == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("lines: {ours:", "lines: {nobody:"), "speaks of nobody"),
        (("same: Both add.", "same: ''"), "same"),
        (("concept: adding", "concept: another"), "differs from the file's name"),
        (("what: A cell", "wat: A cell"), "wat"),
    ],
)
def test_a_broken_file_is_reported(tmp_path: Path, wrong: tuple[str, str], said: str) -> None:
    (tmp_path / "adding.yaml").write_text(TEXT.replace(*wrong), encoding="utf-8")
    assert any(said in problem for problem in load_comparisons(tmp_path)[1])


def test_a_card_leads_to_its_comparison_and_to_one_that_names_it() -> None:
    known = load_comparisons(FOLDER)[0]
    assert about(known, "attention") is known["attention"]
    assert about(known, "queries-keys-values") is known["attention"]
    assert about(known, "prompting") is None


def test_every_comparison_resolves_in_our_tree() -> None:
    known, problems = load_comparisons(FOLDER)
    assert not problems and len(known) >= 20
    held = read_contents(our_own(PROJECT))
    for one in known.values():
        laid = lay_out(one, held)
        ours = [column for column in laid.columns if column.place.repository == "exercises"]
        assert ours and all(column.passage for column in ours), one.concept
        assert laid.gone == 0, one.concept


@pytest.mark.skipif(not CLONES, reason="TUTOR_UPSTREAM names no folder of clones")
def test_every_comparison_resolves_in_the_clones() -> None:
    report = check(PROJECT, Path(CLONES))
    assert [str(problem) for problem in report.problems if problem.path.startswith("comparisons")] == []
