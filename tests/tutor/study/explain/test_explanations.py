from datetime import UTC, datetime, timedelta

import pytest

from tutor.store.database import Database
from tutor.study.explain.explanations import (
    Explanation,
    ExplanationError,
    Explanations,
    Kept,
    exits_due,
    follow_up,
    gain,
    next_prompt,
    touched,
)
from tutor.study.explain.prompt_bank import ModelAnswer, Prompt, RubricPoint, load_prompts
from tutor.study.quiz.items import WEEKS

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


ASKED = PROMPT.model_copy(
    update={"follow_ups": ("Why is it called softmax?", "What is blended at the end?", "Who pays?")}
)


def test_the_follow_up_is_about_what_her_words_leave_out() -> None:
    first = follow_up(ASKED, "A dot product gives the scores, and softmax makes them sum to one.")
    assert (first.question, first.point) == ("What is blended at the end?", PROMPT.rubric[2])
    other = follow_up(ASKED, "Scores decide, and the result is an average of values.")
    assert (other.question, other.point) == ("Why is it called softmax?", PROMPT.rubric[1])


def test_a_point_that_no_author_asked_about_is_asked_for_by_name() -> None:
    asked = follow_up(ASKED, "The weights sum to one, and the values are blended.")
    assert "“score”" in asked.question and asked.point == PROMPT.rubric[0]


def test_who_left_nothing_out_is_asked_what_she_spoke_of_least() -> None:
    asked = follow_up(ASKED, "A dot product scores; softmax weights sum to one; values are blended.")
    assert (asked.question, asked.point) == ("Who pays?", None)


def test_every_question_of_the_course_has_a_follow_up_for_any_gap() -> None:
    for week in WEEKS:
        for prompt in load_prompts(week):
            for place in range(len(prompt.rubric)):
                rest = [one.keywords[0] for at, one in enumerate(prompt.rubric) if at != place]
                assert follow_up(prompt, ". ".join(rest)).question
