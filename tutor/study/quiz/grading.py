"""Grading: an answer held against an item, without a model.

What an answer looks like, by kind (all are JSON values, as they are stored):
single: the index of a choice · multiple: a list of indices · number: the text or number she typed ·
order: the indices into `items` in her order · short: {"text": her words, "met": indices of the rubric points
that she found in them when she compared}.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tutor.errors import TutorError
from tutor.study.quiz.items import Item, MultipleItem, NumberItem, OrderItem, ShortItem, SingleItem

PASS = 0.7  # the share of rubric points from which a short answer counts as right
UNICODE_MINUS = "\N{MINUS SIGN}"


class AnswerError(TutorError):
    """An answer that cannot be graded as it is: empty, not a number, a choice that is not there."""


@dataclass(frozen=True)
class Grade:
    """What became of an answer. `score` runs from 0 to 1; `reasons` say why, one sentence each."""

    correct: bool
    score: float
    reasons: tuple[str, ...]


def grade(item: Item, answer: Any) -> Grade:
    """Grade one answer. Raises AnswerError where it is empty or not of the item's kind."""
    match item:
        case SingleItem():
            return _grade_single(item, answer)
        case MultipleItem():
            return _grade_multiple(item, answer)
        case NumberItem():
            return _grade_number(item, answer)
        case OrderItem():
            return _grade_order(item, answer)
        case ShortItem():
            return _grade_short(item, answer)


def _index(answer: Any, count: int) -> int:
    if isinstance(answer, bool) or not isinstance(answer, int) or not 0 <= answer < count:
        raise AnswerError("Choose one of the answers first.")
    return answer


def _indices(answer: Any, count: int) -> list[int]:
    if not isinstance(answer, list | tuple):
        raise AnswerError("Choose your answers first, each once.")
    chosen = [_index(one, count) for one in answer]
    if len(set(chosen)) != len(chosen):
        raise AnswerError("Choose your answers first, each once.")
    return chosen


def _grade_single(item: SingleItem, answer: Any) -> Grade:
    choice = item.choices[_index(answer, len(item.choices))]
    return Grade(choice.correct, float(choice.correct), () if choice.correct else (choice.why,))


def _grade_multiple(item: MultipleItem, answer: Any) -> Grade:
    chosen = set(_indices(answer, len(item.choices)))
    if not chosen:
        raise AnswerError("Choose at least one answer first.")
    reasons = []
    agreed = 0
    for place, choice in enumerate(item.choices):
        agreed += choice.correct == (place in chosen)
        if place in chosen and not choice.correct:
            reasons.append(f"“{choice.text}” does not belong: {choice.why}")
        if place not in chosen and choice.correct:
            reasons.append(f"“{choice.text}” belongs too.")
    return Grade(not reasons, agreed / len(item.choices), tuple(reasons))


def read_number(typed: str) -> float:
    """The number in what she typed: 1,234.5 and 1 234,5 and 0,125 and 12% are understood.

    A single comma followed by exactly three digits is read as a thousands separator.
    Raises AnswerError where there is no number.
    """
    text = typed.strip().replace(UNICODE_MINUS, "-").replace("\N{NO-BREAK SPACE}", " ").rstrip("%").strip()
    text = re.sub(r"(?<=\d)[ _'’](?=\d{3}(\D|$))", "", text)
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+,\d+", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) and not text.lstrip("-").startswith("0,"):
        text = text.replace(",", "")
    else:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError as error:
        raise AnswerError(f"“{typed[:40]}” is not a number. Type digits, such as 12.5.") from error


def _grade_number(item: NumberItem, answer: Any) -> Grade:
    value = read_number(answer) if isinstance(answer, str) else answer
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise AnswerError("Type a number first.")
    right = abs(value - item.answer) <= item.tolerance
    unit = f" {item.unit}" if item.unit else ""
    return Grade(
        right, float(right), () if right else (f"You said {value:g}{unit}; it is {item.answer:g}{unit}.",)
    )


def _grade_order(item: OrderItem, answer: Any) -> Grade:
    count = len(item.items)
    order = _indices(answer, count)
    if len(order) != count:
        raise AnswerError("Put all the steps in order first.")
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    kept = sum(order.index(a) < order.index(b) for a, b in pairs)
    wrong = [place for place, one in enumerate(order) if one != place]
    reasons = (
        (f"The first step out of place is number {wrong[0] + 1}: it should be “{item.items[wrong[0]]}”.",)
        if wrong
        else ()
    )
    return Grade(not wrong, kept / len(pairs), reasons)


def _grade_short(item: ShortItem, answer: Any) -> Grade:
    text = answer.get("text", "") if isinstance(answer, dict) else ""
    if not isinstance(text, str) or not text.strip():
        raise AnswerError("Write a sentence or two first.")
    met = set(_indices(answer.get("met", []), len(item.rubric)))
    score = len(met) / len(item.rubric)
    missed = tuple(f"Not yet said: {point}" for place, point in enumerate(item.rubric) if place not in met)
    return Grade(score >= PASS, score, missed)
