from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.content.curriculum import load_curriculum
from knowledge.content.validate import check, circles
from tests.knowledge.cards import write_card, write_week


@pytest.fixture
def lessons(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge" / "lessons"
    write_card(folder, "attention", aliases="self-attention")
    write_card(folder, "softmax")
    write_week(folder, "attention, softmax")
    return folder


def problems(lessons: Path) -> str:
    return "\n".join(str(problem) for problem in check(lessons.parents[1]).problems)


def test_lessons_in_order_have_no_problems(lessons: Path) -> None:
    assert problems(lessons) == ""


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"needs": "dropout"}, "needs dropout, which is no card"),
        ({"aliases": "softmax"}, "also names"),
        ({"aliases": "Softmax Layer"}, "must be in lower case"),
        ({"filler": "short"}, "words in the body"),
        ({"filler": "long " * 500}, "words in the body"),
        ({"code": "exercises/none.py::f"}, "there is no file"),
        ({"code": "knowledge/lessons/week-3.md::f"}, "has no f"),
        ({"week": 4}, "is at home in week 4"),
        ({"filler": "word " * 150 + "[x](concept:nothing)"}, "links to concept:nothing"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(lessons: Path, changes: dict[str, str], says: str) -> None:
    write_card(lessons, "attention", **changes)
    assert says in problems(lessons)


def test_needs_that_go_round_are_found(lessons: Path) -> None:
    write_card(lessons, "attention", needs="softmax")
    write_card(lessons, "softmax", needs="attention")
    assert circles(load_curriculum(lessons)) == [["attention", "softmax", "attention"]]
    assert "go round in a circle" in problems(lessons)


def test_every_circle_of_needs_is_found_in_its_direction(lessons: Path) -> None:
    for name, needs in {"attention": "softmax", "softmax": "embedding", "embedding": "attention"}.items():
        write_card(lessons, name, needs=needs)
    write_card(lessons, "dropout", needs="dropout, attention")
    found = circles(load_curriculum(lessons))
    assert ["dropout", "dropout"] in found and len(found) == 2
    (other,) = (circle for circle in found if circle != ["dropout", "dropout"])
    around = ["attention", "softmax", "embedding"] * 2
    assert other == around[around.index(other[0]) :][:4]


def test_a_card_that_no_week_lists_is_found(lessons: Path) -> None:
    write_week(lessons, "attention")
    assert "does not list it" in problems(lessons)


def test_references_into_clones_are_checked_where_the_clone_is(
    lessons: Path, tmp_path: Path, toy: Path
) -> None:
    write_card(
        lessons, "attention", code="'toy/model.py::Attention', 'toy/model.py::Nothing', 'other/x.py::f'"
    )
    upstream = toy.parent
    found = [str(problem) for problem in check(tmp_path, upstream).problems]
    assert [text for text in found if "toy/" in text] == [
        "concepts/attention.md: toy/model.py::Nothing: toy/model.py has no Nothing"
    ]
    assert not [text for text in found if "other/" in text]
