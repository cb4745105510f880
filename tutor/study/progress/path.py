"""The path as steps that can be done: lectures, sections, experiments, a quiz and an explanation a week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from knowledge.content.curriculum import Curriculum, Week

Kind = Literal["lecture", "section", "experiment", "quiz", "explain"]
EXPLAIN_MINUTES = 10


@dataclass(frozen=True)
class Step:
    """One thing to do. `subject` is a section's or an experiment's id, a lecture's address, or the week."""

    week: int
    kind: Kind
    subject: str
    title: str
    minutes: int
    essential: bool

    @property
    def id(self) -> str:
        """Names the step in the record: `3/section/attention`."""
        return f"{self.week}/{self.kind}/{self.subject}"


def steps(curriculum: Curriculum) -> tuple[Step, ...]:
    """All steps of all weeks in the order in which they build on each other."""
    return tuple(step for number in sorted(curriculum.weeks) for step in _of_week(curriculum.weeks[number]))


def _of_week(week: Week) -> Iterable[Step]:
    number = week.week
    for section in week.sections:
        yield Step(number, "section", section.id, section.title, section.minutes, section.essential)
    for lecture in week.lectures:
        yield Step(number, "lecture", lecture.url, lecture.title, lecture.minutes, lecture.essential)
    for experiment in week.experiments:
        title = experiment.id.replace("-", " ").capitalize()
        yield Step(number, "experiment", experiment.id, title, experiment.minutes, experiment.essential)
    yield Step(number, "quiz", str(number), f"Quiz of week {number}", week.quiz_minutes, essential=True)
    yield Step(number, "explain", str(number), "Explain it back", EXPLAIN_MINUTES, essential=False)


def current_week(path: Iterable[Step], done: frozenset[str]) -> int | None:
    """The first week with an essential step left; None when there is none."""
    return min((step.week for step in path if step.essential and step.id not in done), default=None)


def open_steps(path: Iterable[Step], done: frozenset[str]) -> list[Step]:
    """Steps that are neither done nor locked; a week opens when the essential steps before it are done."""
    remaining = [step for step in path if step.id not in done]
    current = current_week(remaining, done)
    return [step for step in remaining if current is None or step.week <= current]
