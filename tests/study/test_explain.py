from datetime import UTC, datetime, timedelta

import pytest

from tutor.database import Database
from tutor.study.explain import (
    Explanation,
    ExplanationError,
    Explanations,
    Kept,
    exits_due,
    gain,
    next_prompt,
    touched,
)
from tutor.study.prompt_bank import ModelAnswer, Prompt, RubricPoint

PROMPT = Prompt(
    id="explain-attention",
    concepts=("attention",),
    kind="explain",
    prompt="Explain attention.",
    audiences={"engineer": ModelAnswer(short="…", long="…")},
    rubric=(
        RubricPoint(point="scores", keywords=("score", "dot product")),
        RubricPoint(point="weights sum to one", keywords=("softmax", "sum to one")),
        RubricPoint(point="blend of values", keywords=("blend", "average")),
    ),
    follow_ups=("And the mask?",),
)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def kept(mode: str, day: int, score: float, prompt: str = PROMPT.id) -> Kept:
    return Kept(Explanation(prompt, "cfo", mode, "words", ()), score, NOW + timedelta(days=day))  # type: ignore[arg-type]


def test_points_are_found_in_her_own_sentences() -> None:
    found = touched(
        PROMPT, "Each token makes a Dot product. Then they\nare averaged. Underscore is no point."
    )
    assert [one.quote for one in found] == ["Each token makes a Dot product.", "", "are averaged."]


def test_what_was_said_wrong_costs_a_point(database: Database) -> None:
    explanations = Explanations(database, "ana")
    good = Explanation(PROMPT.id, "engineer", "practice", "All of it.", (0, 1, 2))
    assert explanations.keep(PROMPT, good) == 1
    mixed = Explanation(PROMPT.id, "engineer", "practice", "Some of it.", (0, 1), (2,))
    assert explanations.keep(PROMPT, mixed) == pytest.approx(1 / 3)
    assert [one.explanation for one in explanations.log()] == [mixed, good]
    assert Explanations(database, "bo").log() == []


@pytest.mark.parametrize("text", ["", "  \n", "x" * 20_001])
def test_no_words_or_far_too_many_are_refused(database: Database, text: str) -> None:
    with pytest.raises(ExplanationError):
        Explanations(database, "ana").keep(PROMPT, Explanation(PROMPT.id, "cfo", "practice", text, ()))


def test_an_exit_test_is_due_a_week_after_practice_and_once() -> None:
    log = [kept("practice", 0, 0.3)]
    assert exits_due(log, NOW + timedelta(days=6)) == []
    assert exits_due(log, NOW + timedelta(days=7)) == [PROMPT.id]
    assert exits_due([*log, kept("exit", 8, 0.9)], NOW + timedelta(days=30)) == []


def test_gain_is_exit_less_first_attempt() -> None:
    assert gain([kept("practice", 0, 0.3)], PROMPT.id) is None
    assert gain([kept("exit", 8, 0.9), kept("practice", 0, 0.3), kept("practice", 1, 0.6)], PROMPT.id) == (
        pytest.approx(0.6)
    )


def test_untried_prompts_come_first_then_the_oldest() -> None:
    other = PROMPT.model_copy(update={"id": "other"})
    assert next_prompt([PROMPT, other], [kept("practice", 0, 1)]).id == "other"
    log = [kept("practice", 0, 1), kept("practice", 3, 1, "other")]
    assert next_prompt([other, PROMPT], log).id == PROMPT.id
