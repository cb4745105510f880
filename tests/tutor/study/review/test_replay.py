from datetime import UTC, datetime, timedelta

from freezegun import freeze_time
from fsrs.scheduler import DEFAULT_PARAMETERS

from tests.tutor.study.quiz.test_sittings import right_answer
from tutor.store.database import Database
from tutor.study.progress.record import LearnerRecord
from tutor.study.review.memory import Review, replay
from tutor.study.review.replay import MemoryCache

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


class Log:
    """Answers in a list."""

    def __init__(self) -> None:
        self.kept: list[Review] = []
        self.read = 0

    def count(self) -> tuple[int, datetime | None]:
        return len(self.kept), max((one.when for one in self.kept), default=None)

    def reviews(self, after: datetime | None = None) -> list[Review]:
        found = [one for one in self.kept if after is None or one.when > after]
        self.read += len(found)
        return sorted(found, key=lambda one: one.when)


def test_each_answer_is_read_once_while_the_record_grows() -> None:
    log = Log()
    remembered = MemoryCache(log)
    for day in range(30):
        log.kept.append(Review(f"c{day % 4}", START + timedelta(days=day), "good"))
        assert remembered.memories(None) == replay(log.kept)
        assert remembered.memories(None) == replay(log.kept)
    assert log.read == 30


def test_what_is_taken_back_brought_in_or_erased_is_noticed() -> None:
    log = Log()
    remembered = MemoryCache(log)
    log.kept = [Review("a", START + timedelta(days=day), "good") for day in (0, 3, 9)]
    remembered.memories(None)
    undone = log.kept.pop()
    assert remembered.memories(None) == replay(log.kept)
    log.kept += [undone, Review("b", START - timedelta(days=4), "again")]  # older, from another machine
    assert remembered.memories(None) == replay(log.kept)
    log.kept.clear()
    assert remembered.memories(None) == {}


def test_other_parameters_begin_anew() -> None:
    log = Log()
    log.kept = [Review("a", START, "good")]
    remembered = MemoryCache(log)
    published = remembered.memories(None)["a"]
    slower = tuple(2 * one if place < 4 else one for place, one in enumerate(DEFAULT_PARAMETERS))
    assert remembered.memories(slower)["a"].stability == 2 * published.stability
    assert remembered.memories(None)["a"] == published


def test_answers_of_one_moment_all_count(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    with freeze_time(START):
        sitting = record.sittings.start(3)
        for item in sitting.items:
            record.sittings.answer(sitting.id, item.id, right_answer(item))
            assert record.memories() == replay(record.sittings.reviews())
        record.sittings.undo(sitting.id)
    assert record.memories() == replay(record.sittings.reviews())
