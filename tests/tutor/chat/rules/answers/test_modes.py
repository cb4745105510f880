"""The modes of teaching with the built-in tutor."""

import pytest

from tests.tutor.chat.rules.test_tutor import talk
from tutor.chat.modes import ASKED_FOR_BY, mode_of, wished
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.study.explain.prompt_bank import load_prompts


def test_what_is_said_for_a_mode_asks_for_it() -> None:
    assert {mode: wished(said) for mode, said in ASKED_FOR_BY.items()} == {
        mode: mode for mode in ASKED_FOR_BY
    }
    assert mode_of(["Interview me", "it costs more"]) == "interview me"
    assert mode_of(["Interview me", "Just explain", "softmax"]) == "explain"


def test_an_interview_asks_on_and_ends_with_the_points_of_a_good_answer(tutor: BuiltinTutor) -> None:
    said = (
        "explain the context window",
        "Interview me",
        "Longer prompts cost more",
        "The question goes last",
    )
    _, asked, asked_on, ended = talk(tutor, *said)
    [prompt] = [each for week in range(1, 7) for each in load_prompts(week) if each.prompt in asked.text]
    assert "context-window" in prompt.concepts and asked.kind == "interview"
    assert asked_on.text.startswith("**The follow-up.**") and prompt.rubric[0].point not in asked_on.text
    assert all(point.point in ended.text for point in prompt.rubric)
    assert "Your words touch these points:" in ended.text


def test_to_ask_what_a_mode_is_is_not_to_wish_for_it() -> None:
    assert wished("What is a rubber duck?") is None
    assert wished("what does socratic mean") is None


def test_a_remark_is_not_taken_for_the_answer_and_the_question_waits(tutor: BuiltinTutor) -> None:
    *_, remark, asked_on = talk(tutor, "Interview me", "ok, one moment", "Longer prompts cost more money")
    assert "The follow-up" not in remark.text
    assert asked_on.text.startswith("**The follow-up.**")


def test_the_next_interview_question_is_another_one(tutor: BuiltinTutor) -> None:
    first, second = talk(tutor, "Interview me", "Interview me on something else")
    assert first.kind == second.kind == "interview" and first.text != second.text


def test_a_question_of_hers_is_answered_in_the_middle_of_an_interview(tutor: BuiltinTutor) -> None:
    *_, answer = talk(tutor, "Interview me", "what is softmax?")
    assert answer.kind == "explain" and answer.concept == "softmax"


def test_who_listens_asks_for_what_was_not_said(tutor: BuiltinTutor) -> None:
    *_, begun, heard, more = talk(
        tutor,
        "Rubber duck: let me explain it to you",
        "Softmax turns scores into shares that sum to one",
        "Softmax uses e to the power because that is never negative and keeps the order of the scores",
    )
    assert begun.kind == heard.kind == "listening" and heard.concept == "softmax"
    asked = heard.text.partition("hear yet: ")[2]
    assert asked and asked not in more.text


def test_to_explain_is_to_ask_in_the_socratic_mode(tutor: BuiltinTutor) -> None:
    begun, asked, given = talk(tutor, ASKED_FOR_BY["socratic"], "explain dropout", "I give up")
    assert begun.asked
    assert asked.text.startswith("Think of this first") and asked.asked == "dropout"
    assert "The card's answer" in given.text


@pytest.mark.parametrize("mode", ["socratic", "interview me", "rubber duck"])
def test_every_mode_can_be_left(tutor: BuiltinTutor, mode: str) -> None:
    said = [said for each, said in ASKED_FOR_BY.items() if each == mode]
    *_, again, plain = talk(tutor, "explain dropout", *said, "Just explain", "explain softmax")
    assert again.kind == "explain" and again.concept
    assert (plain.kind, plain.concept) == ("explain", "softmax")
