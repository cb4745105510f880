"""When she will be done: her hours against the minutes that are left. A missed week only moves dates."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from tutor.study.progress.path import Step

AWAY = timedelta(days=7)  # from so long a pause on, the way back is offered
LEAST_HOURS, MOST_HOURS = 0.25, 60.0


@dataclass(frozen=True)
class Plan:
    """A start date, her hours in a week, and whether she walks the essential path only."""

    start: date
    hours: float
    essential_only: bool = False

    def __post_init__(self) -> None:
        if not LEAST_HOURS <= self.hours <= MOST_HOURS:
            raise ValueError(f"Give between {LEAST_HOURS:g} and {MOST_HOURS:g} hours a week.")


@dataclass(frozen=True)
class Stretch:
    """The days in which one week of the course fits: first and last, and its minutes that are left."""

    week: int
    first: date
    last: date
    minutes: int


@dataclass(frozen=True)
class Schedule:
    """What is left, course week by course week, and the day on which it ends."""

    stretches: tuple[Stretch, ...]
    minutes: int
    finish: date
    calendar_weeks: int


def schedule(path: Iterable[Step], done: frozenset[str], plan: Plan, today: date) -> Schedule:
    """Lay the steps that are left onto the days from today (or from her start, if that is later)."""
    begin = max(plan.start, today)
    a_day = plan.hours * 60 / 7
    left: dict[int, int] = {}
    for step in path:
        if step.id not in done and (step.essential or not plan.essential_only):
            left[step.week] = left.get(step.week, 0) + step.minutes
    stretches, before = [], 0
    for week in sorted(left):
        first = begin + timedelta(days=math.floor(before / a_day))
        before += left[week]
        last = begin + timedelta(days=max(0, math.ceil(before / a_day) - 1))
        stretches.append(Stretch(week, first, max(first, last), left[week]))
    finish = stretches[-1].last if stretches else today
    return Schedule(tuple(stretches), before, finish, math.ceil(before / (plan.hours * 60)))


def honest_sentence(path: tuple[Step, ...], plan: Plan, today: date) -> str:
    """What the two paths take at her hours, in one sentence."""
    nothing: frozenset[str] = frozenset()
    full = schedule(path, nothing, Plan(plan.start, plan.hours), today)
    short = schedule(path, nothing, Plan(plan.start, plan.hours, essential_only=True), today)
    return (
        f"At {plan.hours:g} hours a week the full path takes {_weeks(full.calendar_weeks)} "
        f"({round(full.minutes / 60)} hours), the essential one {_weeks(short.calendar_weeks)} "
        f"({round(short.minutes / 60)} hours)."
    )


def _weeks(count: int) -> str:
    return "1 week" if count == 1 else f"{count} weeks"
