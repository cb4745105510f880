import random
from datetime import UTC, datetime, timedelta

import pytest

from tutor.store.database import Database
from tutor.store.tables import QuizAnswerRow, QuizSittingRow
from tutor.study.progress.record import FITTED, LearnerRecord
from tutor.study.quiz.items import all_items
from tutor.study.review.fitting import Fitted, due, fit_apart, fitted, from_json, to_json
from tutor.study.review.memory import Replay, Review, replay, telling

START = datetime(2026, 1, 5, 18, tzinfo=UTC)
QUICK = 0.15  # she forgets in a seventh of the time
CONCEPTS = sorted({item.concept for _, item in all_items()})[:90]


def history(reviews: int, pace: float, seed: int = 3) -> list[Review]:
    """A learner whose true memory follows the model with time running `1 / pace` as fast; asked when due."""
    chance, known, log = random.Random(seed), Replay(), []
    for day in range(4000):
        now = START + timedelta(days=day)
        names = [CONCEPTS[day]] if day < len(CONCEPTS) else []
        names += [m.concept for m in known.memories.values() if m.due.date() <= now.date()]
        for place, name in enumerate(names):
            when = now + timedelta(minutes=place)
            before = known.memories.get(name)
            lived = before.recall(before.last + (when - before.last) / pace) if before else 0.6
            right = chance.random() < lived
            log.append(Review(name, when, "good" if right else "again"))
            known.add(log[-1])
            if len(log) == reviews:
                return log
    return log


@pytest.mark.timeout(300)
def test_a_quick_forgetter_gets_dates_of_her_own() -> None:
    log = history(1000, QUICK)
    assert telling(log) > 512
    found = fitted(log)
    assert found.parameters is not None and found.hers < found.defaults
    once = [Review("x", START, "good")]
    assert replay(once, found.parameters)["x"].due <= replay(once)["x"].due


def test_below_512_reviews_the_published_parameters_hold() -> None:
    log = history(500, QUICK)
    assert not due(log, None)
    assert fitted(log).parameters is None


def test_a_fit_is_due_again_when_the_reviews_have_grown_by_half() -> None:
    log = history(1400, 1.0)
    count = telling(log)
    assert due(log, None)
    assert not due(log, Fitted(None, count - 100))
    assert due(log, Fitted(None, round(count / 1.5)))


def test_what_was_found_is_kept_as_it_was() -> None:
    one = Fitted((0.1, 2.5), 600, 0.3, 0.4)
    assert from_json(to_json(one)) == one
    assert from_json(to_json(Fitted(None, 600))) == Fitted(None, 600)


def test_a_fit_that_fails_leaves_the_defaults() -> None:
    broken = [Review("x", START + timedelta(days=day), "perhaps") for day in range(600)]  # type: ignore[arg-type]
    assert fit_apart(broken) is None


@pytest.mark.timeout(300)
def test_her_record_fits_keeps_and_uses_them(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    log = history(1000, QUICK)
    with database.write() as session:
        sitting = QuizSittingRow(learner_id="ana", week=0, seed=0, item_ids=[])
        session.add(sitting)
        session.flush()
        session.add_all(
            QuizAnswerRow(
                sitting_id=sitting.id, learner_id="ana", item_id=f"i{place}", concept=one.concept, answer=0,
                correct=one.rating == "good", score=float(one.rating == "good"), answered_at=one.when,
            )
            for place, one in enumerate(log)
        )  # fmt: skip
    assert record.fitted() is None and record.memories() == replay(log)
    found = record.fit_memory()
    assert found is not None and found.parameters is not None
    assert record.noted(FITTED)["memory"].data["reviews"] == telling(log)
    assert record.memories() == replay(log, found.parameters)
    assert record.fit_memory() is None, "not again before there is more to learn from"
