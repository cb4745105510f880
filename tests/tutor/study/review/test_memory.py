from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from tutor.study.review.memory import Review, due_concepts, fit, forecast, rate, replay

START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def good(concept: str, day: float) -> Review:
    return Review(concept, START + timedelta(days=day), "good")


def test_a_single_concept_is_scheduled_as_fsrs_does() -> None:
    scheduler = Scheduler(desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(card_id=1, due=START)
    for day, rating in ((0, Rating.Good), (3, Rating.Good), (9, Rating.Again), (10, Rating.Good)):
        card, _ = scheduler.review_card(card, rating, START + timedelta(days=day))
    again = Review("softmax", START + timedelta(days=9), "again")
    ours = replay([good("softmax", 0), good("softmax", 3), again, good("softmax", 10)])["softmax"]
    assert ours.stability == pytest.approx(card.stability)
    assert ours.difficulty == pytest.approx(card.difficulty)
    assert ours.recall(START + timedelta(days=12)) == pytest.approx(
        scheduler.get_card_retrievability(card, START + timedelta(days=12))
    )


def test_a_first_right_answer_comes_back_in_days_not_minutes() -> None:
    memory = replay([good("softmax", 0)])["softmax"]
    assert timedelta(days=1) <= memory.due - START <= timedelta(days=5)


def test_forgetting_brings_a_concept_back_sooner() -> None:
    known = [good("softmax", day) for day in (0, 2, 8)]
    forgot = [*known[:2], Review("softmax", START + timedelta(days=8), "again")]
    assert replay(forgot)["softmax"].due < replay(known)["softmax"].due


def test_undo_is_replay_without_the_last_answer() -> None:
    log = [good("softmax", 0), good("attention", 1), good("softmax", 4)]
    assert replay([*log, Review("softmax", START + timedelta(days=5), "again")][:-1]) == replay(log)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.integers(0, 60), st.sampled_from(["again", "hard", "good"]))
    )
)
def test_due_lies_after_the_last_answer_whatever_was_answered(log: list[tuple[str, int, str]]) -> None:
    reviews = [Review(c, START + timedelta(days=d), r) for c, d, r in log]  # type: ignore[arg-type]
    for memory in replay(reviews).values():
        assert memory.due > memory.last
        assert 0 < memory.recall(memory.last) <= 1


def test_many_concepts_learned_on_one_day_spread_over_several() -> None:
    log = [good(f"c{n}", day) for day in (0, 3, 12, 40) for n in range(20)]
    busiest = max(count for _, count in forecast(replay(log), START + timedelta(days=41), days=200))
    assert busiest < 10


def test_due_follows_her_calendar_across_the_change_to_summer_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evening = datetime(2026, 3, 27, 22, 30, tzinfo=berlin)  # the clocks change on the 29th
    memory = replay([Review("softmax", evening.astimezone(UTC), "good")])
    day = memory["softmax"].due.astimezone(berlin).date()
    just_before = datetime(day.year, day.month, day.day, tzinfo=berlin) - timedelta(minutes=1)
    assert due_concepts(memory, just_before, berlin) == []
    assert due_concepts(memory, just_before + timedelta(minutes=2), berlin) == ["softmax"]


def test_what_is_overdue_counts_for_today() -> None:
    memories = replay([good("softmax", 0), good("attention", 0)])
    late = forecast(memories, START + timedelta(days=30), days=3)
    assert [count for _, count in late] == [2, 0, 0]


def test_an_answer_with_points_missing_is_hard() -> None:
    assert (rate(True, 1), rate(True, 0.75), rate(False, 0.6)) == ("good", "hard", "again")


def test_her_own_parameters_need_512_reviews() -> None:
    assert fit([good("softmax", day) for day in range(100)]) is None


def test_parameters_fitted_to_a_quick_forgetter_bring_things_back_sooner() -> None:
    log = []
    for n in range(140):
        for step, day in enumerate((0, 4, 8, 12, 16)):
            when = START + timedelta(days=day + n % 7)
            log.append(Review(f"c{n}", when, "again" if step else "good"))
    fitted = fit(log)
    assert fitted is not None
    assert replay([good("x", 0)], fitted)["x"].stability < replay([good("x", 0)])["x"].stability
