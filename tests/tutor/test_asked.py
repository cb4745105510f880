from collections import Counter
from pathlib import Path
from statistics import median

import pytest

from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer
from tutor.errors import TutorError
from tutor.evaluation import asked
from tutor.evaluation.asked import AskedQuestion, asked_figures, grade, load_asked

GAP = AskedQuestion(
    id="a1",
    question="Train 1.1, val 1.9. Is it overfitting, and does more data help?",
    in_scope=True,
    must=("it is overfitting", "more data or regularization"),
    any=(("overfit", "memoriz"), ("more data", "regulari", "1,000")),
    split="work",
    verdict="yes",
)
STRANGER = AskedQuestion(
    id="a2", question="Where is a good sushi place?", in_scope=False, must=(), any=(), split="last"
)


def test_the_questions_are_many_long_and_halved() -> None:
    everything = load_asked()
    inside = [question for question in everything if question.in_scope]
    assert len(everything) >= 160 and len(inside) >= 120 and len(everything) - len(inside) >= 40
    assert median(len(question.question.split()) for question in everything) >= 30
    assert len({question.id for question in everything}) == len(
        {question.question for question in everything}
    )
    assert {question.id for question in load_asked("work")}.isdisjoint(
        question.id for question in load_asked("last")
    )
    for scope in (True, False):
        halves = Counter(question.split for question in everything if question.in_scope is scope)
        assert abs(halves["work"] - halves["last"]) <= 10


@pytest.mark.parametrize(
    "question", [each for each in load_asked() if each.in_scope], ids=lambda each: each.id
)
def test_an_answer_that_says_the_ideas_is_full(question: AskedQuestion) -> None:
    assert 2 <= len(question.must) <= 4
    assert grade(question, Answer(". ".join(question.must))) == "full"
    assert grade(question, Answer("I like turtles.")) == "wrong"


@pytest.mark.parametrize(
    ("text", "abstained", "expected"),
    [
        ("Yes: it is *overfitting*. Regularization helps.", False, "full"),
        ("It memorizes; get more\ndata.", True, "full"),
        ("It is over-fitting, 1000 names would help.", False, "part"),
        ("Overfitting.", True, "part"),
        ("No: this is overfitting, more data helps.", False, "wrong"),
        ("Notice the overfitting; more data helps.", False, "full"),
        ("Unregularized nets have a learning rate.", False, "wrong"),
        ("My lessons do not cover that.", True, "denied"),
    ],
)
def test_an_answer_is_graded_by_its_ideas(text: str, abstained: bool, expected: str) -> None:
    assert grade(GAP, Answer(text, abstained=abstained)) == expected


def test_a_stranger_is_told_or_misled() -> None:
    assert grade(STRANGER, Answer("My lessons do not cover that.", abstained=True)) == "told"
    assert grade(STRANGER, Answer("Overfitting, surely.")) == "misleading"


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "a1"}',
        STRANGER.model_copy(update={"verdict": "yes"}).model_dump_json(),
        STRANGER.model_copy(update={"in_scope": True}).model_dump_json(),
        GAP.model_copy(update={"any": (("overfit",),)}).model_dump_json(),
        GAP.model_copy(update={"in_scope": False}).model_dump_json(),
    ],
)
def test_a_line_that_is_not_a_question_is_refused(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "FILE", tmp_path / "asked.jsonl")
    asked.FILE.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(TutorError, match="Line 1 of"):
        load_asked()


def test_the_figures_count_what_the_tutor_said(tutor: BuiltinTutor) -> None:
    easy = GAP.model_copy(update={
        "question": "explain overfitting", "any": (("overfit",), ("e",)), "verdict": None,
    })  # fmt: skip
    late = easy.model_copy(update={"any": (("no such word",), ("overfit",))})
    figures = asked_figures("work", [easy, late, STRANGER], tutor)
    assert figures.grades == {"full": 1, "part": 1, "told": 1}
    assert figures.early == 1 and figures.words > 0
    assert str(figures).startswith(
        "Real questions, work: 50% full, 50% part, 0% wrong, 0% denied of 2; strangers told 100% of 1; "
    )
