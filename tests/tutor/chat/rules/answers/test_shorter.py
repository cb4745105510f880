"""Too complex, no time this week: the smaller path through the same idea."""

import pytest

from tutor.chat.rules.answers.shorter import SMALLEST, wants
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done, Turn
from tutor.corpus.service import KnowledgeService
from tutor.settings import PROJECT


def ask(tutor: BuiltinTutor, question: str, *history: Turn) -> Answer:
    done = list(tutor.answer(question, history))[-1]
    assert isinstance(done, Done)
    return done.answer


@pytest.mark.parametrize(
    ("question", "week"),
    [
        ("nanoGPT is too complex for me", 3),
        ("micrograd is too hard", 1),
        ("Week 5 is too complicated", 5),
        ("I don't have time for week 2", 2),
        ("I only have 20 minutes for makemore this week", 2),
        ("this is too complex", 1),
    ],
)
def test_the_short_path_of_the_week_that_is_meant(
    tutor: BuiltinTutor, knowledge: KnowledgeService, question: str, week: int
) -> None:
    answer = ask(tutor, question)
    short = knowledge.curriculum.weeks[week].short_path
    assert answer.kind == "lighter" and f"{short.minutes} minutes" in answer.text
    assert SMALLEST[week] in answer.text and answer.citations
    for each in answer.citations:
        lines = (PROJECT / each.path).read_text(encoding="utf-8").split("\n")
        assert each.start and "short_path:" in lines[each.start - 1]


def test_without_a_week_all_short_paths_are_offered(tutor: BuiltinTutor, knowledge: KnowledgeService) -> None:
    answer = ask(tutor, "I have no time this week")
    assert all(f"Week {number}" in answer.text for number in knowledge.curriculum.weeks)
    assert len(answer.citations) == len(knowledge.curriculum.weeks)


def test_no_time_after_a_concept_means_its_week(tutor: BuiltinTutor) -> None:
    first = ask(tutor, "explain attention")
    turns = (Turn("learner", "explain attention"), Turn("tutor", first.text, first))
    assert "short path of week 3" in ask(tutor, "I have no time this week", *turns).text


def test_too_complex_after_a_concept_says_it_more_simply(tutor: BuiltinTutor) -> None:
    first = ask(tutor, "explain attention")
    turns = (Turn("learner", "explain attention"), Turn("tutor", first.text, first))
    answer = ask(tutor, "this is too complex", *turns)
    assert answer.kind == "simpler" and answer.concept == "attention"


@pytest.mark.parametrize(
    "question",
    ["why is there no time dimension?", "what if the learning rate is too high?", "explain attention",
     "what happens when a network is too deep?", "time to first token", "how long does training take?"],
)  # fmt: skip
def test_questions_about_the_subject_are_left_alone(question: str) -> None:
    assert wants(question) == (False, False)
