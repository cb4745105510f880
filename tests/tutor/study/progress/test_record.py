from datetime import UTC, datetime, timedelta

from freezegun import freeze_time

from knowledge.content.curriculum import ChecklistItem, LessonSection, ShortPath, Week, WeekExperiment
from tests.tutor.study.quiz.test_sittings import right_answer
from tutor.store.database import Database
from tutor.study.explain.explanations import Explanation, Explanations
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.progress.checklist import FinishedRun, checklist
from tutor.study.progress.path import Step
from tutor.study.progress.policy import next_objective
from tutor.study.progress.record import LearnerRecord

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PATH = (
    Step(3, "section", "attention", "Attention", 12, True),
    Step(3, "lecture", "https://example.org/gpt", "The lecture", 116, True),
    Step(3, "experiment", "attention-heads", "Heads", 8, True),
    Step(3, "quiz", "3", "Quiz", 15, True),
    Step(3, "explain", "3", "Explain it back", 10, False),
)
WEEK = Week(
    week=3, title="t", subtitle="s", goals=("g",), lectures=(),
    sections=(LessonSection(id="attention", title="Attention", minutes=12, essential=True),),
    concepts=("attention",), experiments=(WeekExperiment(id="attention-heads", minutes=8, essential=True),),
    quiz_minutes=15, exercises=("nanogpt",), short_path=ShortPath(minutes=40, steps=("read",)),
    checklist=tuple(
        ChecklistItem(id=kind, text=kind, evidence=kind)  # type: ignore[arg-type]
        for kind in ("run", "quiz", "explanation", "prediction", "word")
    ),
    path="week-3.md", body={},
)  # fmt: skip


def pass_quiz(record: LearnerRecord) -> None:
    sitting = record.sittings.start(3)
    for item in sitting.items:
        record.sittings.answer(sitting.id, item.id, right_answer(item))


def test_the_path_is_walked_by_doing(database: Database) -> None:
    record, explanations = LearnerRecord(database, "ana"), Explanations(database, "ana")
    walked = []
    for _ in PATH:
        objective = next_objective(record.now(PATH, NOW))
        walked.append(objective.kind)
        match objective.kind:
            case "section":
                record.note("read", "3/attention")
            case "lecture":
                record.note("watched", "https://example.org/gpt")
            case "experiment":
                record.predictions.add("run-1", "nanogpt", "?", ["a", "b"], "a", "attention-heads")
                record.predictions.settle("run-1", "b")
            case "quiz":
                pass_quiz(record)
            case "explain":
                prompt = load_prompts(3)[0]
                explanations.keep(prompt, Explanation(prompt.id, "cfo", "practice", "words", ()))
    assert walked == [step.kind for step in PATH]
    assert next_objective(record.now(PATH, NOW)).kind == "practice"


def test_a_week_later_what_she_answered_is_due(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    pass_quiz(record)
    assert next_objective(record.now(PATH, datetime.now(UTC))).kind != "review"
    later = record.now(PATH, datetime.now(UTC) + timedelta(days=7))
    assert next_objective(later).kind == "review"
    review = record.sittings.start_review(later.due)
    assert (
        review is not None and [item.concept for item in review.items] == list(later.due)[: len(review.items)]
    )


def test_undo_takes_back_an_answer_and_what_followed(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    sitting = record.sittings.start(3)
    before = record.sittings.reviews()
    record.sittings.answer(sitting.id, sitting.items[0].id, right_answer(sitting.items[0]))
    assert record.sittings.undo(sitting.id) == sitting.items[0].id
    assert record.sittings.reviews() == before
    assert record.sittings.undo(sitting.id) is None


def test_an_open_quiz_and_a_finished_run_come_first(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    record.predictions.add("run-1", "nanogpt", "?", ["a", "b"], "a")
    assert next_objective(record.now(PATH, NOW, finished_runs=["other", "run-1"])).kind == "look-at-run"
    record.sittings.start(3)
    assert next_objective(record.now(PATH, NOW, finished_runs=["run-1"])).kind == "resume-quiz"


def test_a_tick_names_what_it_rests_on(database: Database) -> None:
    record, explanations = LearnerRecord(database, "ana"), Explanations(database, "ana")
    assert not any(tick.done for tick in checklist(WEEK, record, explanations, []))
    pass_quiz(record)
    record.note("word", "word")
    record.predictions.add("run-1", "nanogpt", "?", ["a", "b"], "a", "attention-heads")
    record.predictions.settle("run-1", "a")
    prompt = load_prompts(3)[0]
    everything = tuple(range(len(prompt.rubric)))
    explanations.keep(prompt, Explanation(prompt.id, "engineer", "practice", "words", everything))
    ticks = checklist(WEEK, record, explanations, [FinishedRun("run-1", "nanogpt", NOW)])
    assert [tick.proof for tick in ticks] == [
        "Run run-1 finished",
        "Quiz passed with 10 of 10",
        "An explanation met 100% of its rubric",
        "Your prediction for attention-heads came true",
        "You said so",
    ]
    assert [tick.own_word for tick in ticks] == [False] * 4 + [True]
    sitting = record.sittings.finished(3)[0].id
    assert [tick.link for tick in ticks] == [
        ("run", "run-1"), ("sitting", sitting), ("explanation", prompt.id), ("run", "run-1"), ("", ""),
    ]  # fmt: skip


def test_evidence_comes_from_answers_explanations_and_predictions(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    pass_quiz(record)
    record.predictions.add("run-1", "nanogpt", "?", ["a", "b"], "a", "attention-heads")
    record.predictions.settle("run-1", "b")
    evidence = record.evidence({"attention-heads": "multi-head-attention"})
    assert [one.source for one in evidence] == ["answer"] * 10 + ["prediction"]
    assert evidence[-1].concept == "multi-head-attention" and evidence[-1].score == 0


def test_a_card_leads_to_the_questions_about_it(database: Database) -> None:
    sittings = LearnerRecord(database, "ana").sittings
    about = sittings.start_concept("attention")
    assert about is not None and len(about.items) >= 2
    assert {item.concept for item in about.items} == {"attention"}
    again = sittings.start_concept("attention")
    assert again is not None and again.id == about.id
    assert sittings.start_concept("no-such-concept") is None


def test_when_she_was_last_there_is_the_newest_of_all_she_did(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    assert record.last_seen() is None
    with freeze_time(NOW):
        record.note("read", "3/attention")
    assert record.last_seen() == NOW
    with freeze_time(NOW + timedelta(days=2)):
        record.predictions.add("run-9", "nanogpt", "?", ["a", "b"], "a")
    assert record.last_seen() == NOW + timedelta(days=2)
    assert LearnerRecord(database, "bo").last_seen() is None
