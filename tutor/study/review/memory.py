"""What she is about to forget: FSRS over the log of her answers, one card a concept.

Nothing but the answers is stored: stability, difficulty and due dates are replayed from them, so undoing an
answer undoes all that followed from it. Scheduler: FSRS-6, package `fsrs`
(github.com/open-spaced-repetition/py-fsrs).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fsrs import Card, Rating, Scheduler

RETENTION = 0.9  # how sure she should still be when a concept comes back
ENOUGH_TO_FIT = 512  # below this many reviews the optimizer returns its defaults
SLACK = 0.1  # how far a due date may move to even out the days, as a share of the interval
RatingName = Literal["again", "hard", "good"]


def rate(correct: bool, score: float) -> RatingName:
    """The table from an answer to a rating: wrong is again, right with points missing is hard, else good.

    >>> rate(True, 1.0), rate(True, 0.8), rate(False, 0.5)
    ('good', 'hard', 'again')
    """
    if not correct:
        return "again"
    return "good" if score >= 1 else "hard"


@dataclass(frozen=True)
class Review:
    """One answer as memory sees it. `when` is in UTC."""

    concept: str
    when: datetime
    rating: RatingName


@dataclass(frozen=True)
class Memory:
    """What is remembered of a concept. `stability` is in days: the time until recall falls to 90 %."""

    concept: str
    stability: float
    difficulty: float
    last: datetime
    due: datetime
    reviews: int

    def recall(self, now: datetime, parameters: Sequence[float] | None = None) -> float:
        """The chance, 0 to 1, that she would still know it."""
        scheduler = _scheduler(tuple(parameters) if parameters else None)
        elapsed = max(0.0, (now - self.last) / timedelta(days=1))
        decay = -scheduler.parameters[20]
        factor = RETENTION ** (1 / decay) - 1
        return float((1 + factor * elapsed / self.stability) ** decay)


@cache
def _scheduler(parameters: tuple[float, ...] | None) -> Scheduler:
    from fsrs import Scheduler

    settings = {
        "desired_retention": RETENTION,
        "learning_steps": (),
        "relearning_steps": (),
        "enable_fuzzing": False,
    }
    return Scheduler(parameters=parameters, **settings) if parameters else Scheduler(**settings)  # type: ignore[arg-type]


@cache
def _ratings() -> Mapping[RatingName, Rating]:
    from fsrs import Rating

    return {"again": Rating.Again, "hard": Rating.Hard, "good": Rating.Good}


class Replay:
    """Her memory of each concept, answer by answer; `memories` is how it stands after those so far.

    A due date moves to the emptiest day within a tenth of its interval; the same log gives the same dates.
    """

    def __init__(self, parameters: Sequence[float] | None = None) -> None:
        self.memories: dict[str, Memory] = {}
        self._scheduler = _scheduler(tuple(parameters) if parameters else None)
        self._cards: dict[str, Card] = {}
        self._load: Counter[date] = Counter()

    def add(self, review: Review) -> None:
        """Take in one answer, not older than those before it."""
        from fsrs import Card

        when, before = review.when.astimezone(UTC), self.memories.get(review.concept)
        card = self._cards.get(review.concept) or Card(card_id=1, due=when)
        card, _ = self._scheduler.review_card(card, _ratings()[review.rating], when)
        self._cards[review.concept] = card
        if before:
            self._load[before.due.date()] -= 1
        due = _emptiest(card.due, when, self._load)
        self._load[due.date()] += 1
        assert card.stability is not None and card.difficulty is not None  # set by review_card
        reviews = before.reviews + 1 if before else 1
        self.memories[review.concept] = Memory(
            review.concept, card.stability, card.difficulty, when, due, reviews
        )


def replay(reviews: Iterable[Review], parameters: Sequence[float] | None = None) -> dict[str, Memory]:
    """Her memory of each concept after all `reviews`, whatever order they come in."""
    whole = Replay(parameters)
    for review in sorted(reviews, key=lambda one: one.when):
        whole.add(review)
    return whole.memories


def surprise(reviews: Iterable[Review], parameters: Sequence[float] | None = None, after: int = 0) -> float:
    """How badly these parameters foretold her answers: mean log loss in nats, of those from number `after` on.

    Only answers on a later day than the concept's last one count; infinity where there is none.
    """
    whole, losses = Replay(parameters), []
    for place, review in enumerate(sorted(reviews, key=lambda one: one.when)):
        before = whole.memories.get(review.concept)
        if before and place >= after and review.when.astimezone(UTC).date() > before.last.date():
            knew = min(max(before.recall(review.when, parameters), 1e-4), 1 - 1e-4)
            losses.append(-math.log(1 - knew if review.rating == "again" else knew))
        whole.add(review)
    return sum(losses) / len(losses) if losses else math.inf


def _emptiest(due: datetime, when: datetime, load: Mapping[date, int]) -> datetime:
    days = round((due - when) / timedelta(days=1))
    slack = int(days * SLACK)
    shifts = sorted(range(-slack, slack + 1), key=abs)
    return min((due + timedelta(days=shift) for shift in shifts), key=lambda day: load.get(day.date(), 0))


def due_concepts(memories: Mapping[str, Memory], now: datetime, zone: tzinfo = UTC) -> list[str]:
    """Concepts whose day has come where she is, the most forgotten first."""
    today = now.astimezone(zone).date()
    waiting = [memory for memory in memories.values() if memory.due.astimezone(zone).date() <= today]
    return [memory.concept for memory in sorted(waiting, key=lambda memory: memory.recall(now))]


def forecast(
    memories: Mapping[str, Memory], now: datetime, zone: tzinfo = UTC, days: int = 14
) -> list[tuple[date, int]]:
    """How many concepts come due on each of the next days; what is overdue counts for today."""
    today = now.astimezone(zone).date()
    count = Counter(max(today, memory.due.astimezone(zone).date()) for memory in memories.values())
    return [(today + timedelta(days=ahead), count[today + timedelta(days=ahead)]) for ahead in range(days)]


def telling(reviews: Sequence[Review]) -> int:
    """How many reviews tell anything about forgetting: those on a later day than the concept's last one."""
    days = {(one.concept, one.when.astimezone(UTC).date()) for one in reviews}
    return len(days) - len({one.concept for one in reviews})


def fit(reviews: Sequence[Review]) -> tuple[float, ...] | None:
    """FSRS parameters fitted to her own history; None below 512 telling reviews. Takes seconds, imports torch."""
    if telling(reviews) < ENOUGH_TO_FIT:
        return None
    from fsrs import Optimizer, ReviewLog

    numbers = {concept: number for number, concept in enumerate(sorted({one.concept for one in reviews}))}
    ratings = _ratings()
    logs = [
        ReviewLog(numbers[one.concept], ratings[one.rating], one.when.astimezone(UTC), None)
        for one in sorted(reviews, key=lambda one: one.when)
    ]
    return tuple(Optimizer(logs).compute_optimal_parameters())
