"""Guessing does not pay: neither where the right option stands nor how long it is gives it away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exercises.experiments import load_experiments
from tutor.study.quiz.items import WEEKS, SingleItem, load_bank

Question = tuple[list[int], int]  # how long the options are, in characters, and which one is right
Strategy = Callable[[list[int]], set[int]]  # the options among which a guesser draws


def _longest(sizes: list[int]) -> set[int]:
    return {i for i, size in enumerate(sizes) if size == max(sizes)}


def _shortest(sizes: list[int]) -> set[int]:
    return {i for i, size in enumerate(sizes) if size == min(sizes)}


STRATEGIES: dict[str, Strategy] = {
    "always the longest": _longest,
    "always the shortest": _shortest,
    "never the longest": lambda sizes: set(range(len(sizes))) - _longest(sizes),
    "never the shortest": lambda sizes: set(range(len(sizes))) - _shortest(sizes),
    **{f"always number {i + 1}": (lambda sizes, i=i: {i}) for i in range(4)},
}


def score(questions: list[Question], strategy: Strategy) -> float:
    """What share a guesser gets right on average."""
    total = 0.0
    for sizes, right in questions:
        picks = strategy(sizes) or set(range(len(sizes)))
        total += (right in picks) / len(picks)
    return total / len(questions)


def quiz(week: int) -> list[Question]:
    return [
        (
            [len(choice.text) for choice in item.choices],
            next(i for i, choice in enumerate(item.choices) if choice.correct),
        )
        for item in load_bank(week)
        if isinstance(item, SingleItem)
    ]


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("week", WEEKS, ids=lambda week: f"week-{week}")
def test_guessing_in_a_quiz_brings_little_more_than_chance(week: int, name: str) -> None:
    assert score(quiz(week), STRATEGIES[name]) <= 0.30  # four choices: chance is 0.25


@pytest.mark.parametrize("name", STRATEGIES)
def test_guessing_in_predictions_brings_little_more_than_chance(name: str) -> None:
    questions = [([len(option) for option in one.options], one.answer) for one in load_experiments().values()]
    assert score(questions, STRATEGIES[name]) <= 0.40  # three options: chance is 0.33


def test_a_guesser_who_knows_the_pattern_is_found_out() -> None:
    questions = [([3, 9, 5], 1), ([9, 9, 4], 0), ([2, 2, 2], 2)]
    assert score(questions, STRATEGIES["always the longest"]) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert score(questions, STRATEGIES["never the longest"]) == pytest.approx((0 + 0 + 1 / 3) / 3)
