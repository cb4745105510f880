"""Which items make a sitting: a pure function over the bank and what she answered before."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tutor.study.quiz.items import Item

SITTING = 10


@dataclass(frozen=True)
class LastAnswer:
    """Her most recent answer to an item."""

    when: datetime  # UTC
    correct: bool


def choose(
    bank: Sequence[Item],
    last: Mapping[str, LastAnswer],
    seed: int,
    due: Iterable[str] = (),
    count: int = SITTING,
) -> list[Item]:
    """Choose `count` different items: due concepts first, then new items, missed ones, the oldest.

    Within each group the concepts take turns, so that ten items cover as much of the week as they can.
    The same seed and record give the same items.
    """
    shuffled = random.Random(seed).sample(list(bank), len(bank))
    due_concepts = set(due)

    def urgency(item: Item) -> tuple[int, float]:
        seen = last.get(item.id)
        age = seen.when.timestamp() if seen else 0.0
        if item.concept in due_concepts:
            return 0, age  # of a due concept, the item she has not seen for longest
        if seen is None:
            return 1, 0.0
        return (2, age) if not seen.correct else (3, age)

    groups: dict[int, list[Item]] = defaultdict(list)
    for item in sorted(shuffled, key=urgency):
        groups[urgency(item)[0]].append(item)
    taken: dict[str, int] = defaultdict(int)
    chosen: list[Item] = []
    for group in sorted(groups):
        for item in _taking_turns(groups[group], taken):
            if len(chosen) == count:
                return chosen
            taken[item.concept] += 1
            chosen.append(item)
    return chosen


def choose_for_review(
    bank: Iterable[Item], last: Mapping[str, LastAnswer], due: Sequence[str], count: int = SITTING
) -> list[Item]:
    """One item for each of the first `count` due concepts: the one she has not seen for longest."""
    by_concept: dict[str, list[Item]] = defaultdict(list)
    for item in bank:
        by_concept[item.concept].append(item)

    def seen(item: Item) -> float:
        return last[item.id].when.timestamp() if item.id in last else 0.0

    return [min(by_concept[concept], key=seen) for concept in due if concept in by_concept][:count]


def _taking_turns(items: Iterable[Item], taken: Mapping[str, int]) -> Iterable[Item]:
    queues: dict[str, deque[Item]] = defaultdict(deque)
    for item in items:
        queues[item.concept].append(item)
    while queues:
        concept = min(queues, key=lambda name: taken.get(name, 0))
        yield queues[concept].popleft()
        if not queues[concept]:
            del queues[concept]
