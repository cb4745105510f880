"""Her memory kept ready: replayed once, then carried on by each new answer, as long as the record only grows."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tutor.study.review.memory import Memory, Replay, Review


class Answers(Protocol):
    """Where the answers are."""

    def count(self) -> tuple[int, datetime | None]:
        """How many there are, and when the last was given."""
        ...

    def reviews(self, after: datetime | None = None) -> list[Review]:
        """All of them, oldest first, or those after a moment."""
        ...


class MemoryCache:
    """One learner's memories, for all threads; an answer taken back or brought in is noticed by its count."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._lock = threading.Lock()
        self._begin(None)

    def _begin(self, parameters: Sequence[float] | None) -> None:
        self._parameters = tuple(parameters) if parameters else None
        self._replay = Replay(self._parameters)
        self._count: tuple[int, datetime | None] = (0, None)

    def memories(self, parameters: Sequence[float] | None) -> dict[str, Memory]:
        """Memory of each concept now."""
        with self._lock:
            if (tuple(parameters) if parameters else None) != self._parameters:
                self._begin(parameters)
            if (count := self._answers.count()) != self._count:
                self._catch_up(count[0])
            return dict(self._replay.memories)

    def _catch_up(self, count: int) -> None:
        known, last = self._count
        fresh = self._answers.reviews(after=last)
        if known + len(fresh) != count:  # not only new ones: from the beginning
            self._begin(self._parameters)
            known, last, fresh = 0, None, self._answers.reviews()
        for review in fresh:
            self._replay.add(review)
        self._count = (known + len(fresh), fresh[-1].when if fresh else last)
