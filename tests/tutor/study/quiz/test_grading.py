from typing import Any

import pytest
from pydantic import TypeAdapter

from tutor.study.quiz.grading import AnswerError, grade, read_number
from tutor.study.quiz.items import Item

ADAPTER: TypeAdapter[Item] = TypeAdapter(Item)
COMMON = {"id": "x", "concept": "softmax", "prompt": "?", "explain": "!", "source": "softmax"}
CHOICES = [
    {"text": "right", "correct": True},
    {"text": "wrong", "why": "because"},
    {"text": "also wrong", "why": "so"},
]


def make(**fields: Any) -> Item:
    return ADAPTER.validate_python(COMMON | fields)


def test_a_wrong_single_choice_says_why() -> None:
    single = make(kind="single", choices=CHOICES)
    assert grade(single, 0).correct
    assert grade(single, 1).reasons == ("because",)


def test_multiple_wants_all_and_only_the_right_ones() -> None:
    multiple = make(kind="multiple", choices=[*CHOICES, {"text": "right too", "correct": True}])
    assert grade(multiple, [0, 3]).correct
    half = grade(multiple, [0, 1])
    assert not half.correct and half.score == 0.5 and len(half.reasons) == 2


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("0,125", 0.125),
        ("12 %", 12),
        ("−3", -3),
        ("1 000 000", 1e6),
        ("1,000", 1000),
        ("2.5e3", 2500),
        (" 7 ", 7),
        ("3,14", 3.14),
    ],
)
def test_numbers_are_read_as_people_write_them(typed: str, value: float) -> None:
    assert read_number(typed) == value


@pytest.mark.parametrize("typed", ["", "many", "1,2,3,4", "12 apples"])
def test_what_is_no_number_is_said(typed: str) -> None:
    with pytest.raises(AnswerError, match="not a number"):
        read_number(typed)


def test_a_number_counts_within_its_tolerance() -> None:
    number = make(kind="number", answer=0.125, tolerance=0.001)
    assert grade(number, "0.1255").correct
    assert not grade(number, 0.127).correct


def test_order_gives_a_share_for_the_pairs_that_stand_right() -> None:
    order = make(kind="order", items=["first", "second", "third"])
    assert grade(order, [0, 1, 2]).correct
    swapped = grade(order, [1, 0, 2])
    assert not swapped.correct and swapped.score == pytest.approx(2 / 3)
    assert grade(order, [2, 1, 0]).score == 0


def test_a_short_answer_is_held_against_its_rubric() -> None:
    short = make(kind="short", rubric=["a", "b", "c", "d"], model_answer="…")
    assert grade(short, {"text": "words", "met": [0, 1, 2]}).correct
    weak = grade(short, {"text": "words", "met": [0]})
    assert not weak.correct and weak.score == 0.25 and len(weak.reasons) == 3


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("single", None),
        ("single", 9),
        ("single", True),
        ("multiple", []),
        ("multiple", [0, 0]),
        ("number", None),
        ("number", float("nan")),
        ("order", [0]),
        ("short", {"text": "  "}),
        ("short", None),
    ],
)
def test_an_empty_or_foreign_answer_is_refused_not_marked_wrong(kind: str, answer: Any) -> None:
    extra: dict[str, Any] = {
        "single": {"choices": CHOICES},
        "multiple": {"choices": CHOICES},
        "number": {"answer": 1, "tolerance": 0},
        "order": {"items": ["a", "b", "c"]},
        "short": {"rubric": ["a", "b"], "model_answer": "…"},
    }[kind]
    with pytest.raises(AnswerError):
        grade(make(kind=kind, **extra), answer)
