from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tutor.errors import NotFoundError
from tutor.settings import load_settings
from tutor.store.database import Database, open_database
from tutor.study.progress.record import LearnerRecord
from tutor.study.quiz.grading import AnswerError
from tutor.study.quiz.items import Item, MultipleItem, NumberItem, OrderItem, ShortItem, SingleItem, load_bank
from tutor.study.quiz.sittings import Sittings


def right_answer(item: Item) -> Any:
    match item:
        case SingleItem():
            return next(place for place, choice in enumerate(item.choices) if choice.correct)
        case MultipleItem():
            return [place for place, choice in enumerate(item.choices) if choice.correct]
        case NumberItem():
            return str(item.answer)
        case OrderItem():
            return list(range(len(item.items)))
        case ShortItem():
            return {"text": "as the rubric says", "met": list(range(len(item.rubric)))}


def test_ten_right_answers_finish_a_sitting(database: Database) -> None:
    sittings = Sittings(database, "ana")
    sitting = sittings.start(3)
    assert len(sitting.items) == 10 and sitting.finished_at is None
    for item in sitting.items:
        assert sittings.answer(sitting.id, item.id, right_answer(item)).correct
    done = sittings.get(sitting.id)
    assert done.right == 10 and done.finished_at is not None and done.next_item is None
    assert sittings.open(3) is None
    assert [one.id for one in sittings.finished(3)] == [sitting.id]


def test_an_interrupted_quiz_continues_in_another_process(database: Database, home: Path) -> None:
    sittings = Sittings(database, "ana")
    sitting = sittings.start(3)
    first = sitting.items[0]
    sittings.answer(sitting.id, first.id, right_answer(first))
    reopened = open_database(load_settings(home=home))
    continued = Sittings(reopened, "ana").start(3)
    reopened.close()
    assert continued.id == sitting.id
    assert continued.next_item == sitting.items[1]


def test_two_clicks_start_one_sitting(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        started = set(pool.map(lambda _: Sittings(database, "ana").start(3).id, range(8)))
    assert len(started) == 1


def test_the_first_answer_to_an_item_stands(database: Database) -> None:
    sittings = Sittings(database, "ana")
    sitting = sittings.start(3)
    item = next(item for item in sitting.items if isinstance(item, SingleItem))
    right = right_answer(item)
    wrong = (right + 1) % len(item.choices)
    assert not sittings.answer(sitting.id, item.id, wrong).correct
    again = sittings.answer(sitting.id, item.id, right)
    assert not again.correct and again.reasons == (item.choices[wrong].why,)
    assert sittings.get(sitting.id).missed == (item,)


def test_an_empty_answer_is_not_stored(database: Database) -> None:
    sittings = Sittings(database, "ana")
    sitting = sittings.start(3)
    with pytest.raises(AnswerError):
        sittings.answer(sitting.id, sitting.items[0].id, None)
    assert sittings.get(sitting.id).answers == {}


def test_a_second_sitting_asks_what_was_not_asked(database: Database) -> None:
    sittings = Sittings(database, "ana")
    first = sittings.start(3)
    for item in first.items:
        sittings.answer(first.id, item.id, right_answer(item))
    second = sittings.start(3)
    new = len(load_bank(3)) - 10
    assert len({i.id for i in second.items} - {i.id for i in first.items}) == min(10, new)


def test_another_learner_sees_nothing_of_hers(database: Database) -> None:
    sitting = Sittings(database, "ana").start(3)
    with pytest.raises(NotFoundError):
        Sittings(database, "bo").get(sitting.id)
    with pytest.raises(NotFoundError):
        Sittings(database, "ana").answer(sitting.id, "no-such-item", 0)


def test_a_verdict_that_was_cut_off_waits_until_she_goes_on(database: Database, home: Path) -> None:
    record = LearnerRecord(database, "ana")
    sitting = record.sittings.start(3)
    first, second = sitting.items[:2]
    with pytest.raises(AnswerError):
        record.answer(sitting.id, first.id, None)
    assert record.unseen_verdict(record.sittings.get(sitting.id)) is None
    record.answer(sitting.id, first.id, right_answer(first))
    later = LearnerRecord(database, "ana")  # as after a kill: nothing but the database is left
    now = later.sittings.get(sitting.id)
    assert later.unseen_verdict(now) == first and now.next_item == second
    later.verdict_seen(sitting.id)
    assert later.unseen_verdict(now) is None
    for item in now.items[1:]:
        later.answer(sitting.id, item.id, right_answer(item))
    assert [one.id for one in record.waiting_verdicts()] == [sitting.id]
    record.verdict_seen(sitting.id)
    assert record.waiting_verdicts() == []
