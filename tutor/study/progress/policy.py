"""What to do next: a pure function of her record. One button, always the sensible next thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tutor.study.progress.path import EXPLAIN_MINUTES, Kind, Step, open_steps

REVIEW_MINUTES_PER_CONCEPT = 0.5
MOST_REVIEWED = 10
ObjectiveKind = Literal["resume-quiz", "look-at-run", "review", "exit", "practice"] | Kind


@dataclass(frozen=True)
class Record:
    """All that the choice depends on.

    `done` holds step ids; `due` the concepts to review, the most forgotten first; `open_quiz` the week of an
    unfinished sitting (0 is a review); `finished_run` a run she predicted whose end she has not seen;
    `exits` prompts explained a week ago or longer, to be explained again without help; `minutes` the time she
    has now, None where she did not say.
    """

    path: tuple[Step, ...]
    done: frozenset[str] = frozenset()
    due: tuple[str, ...] = ()
    open_quiz: int | None = None
    finished_run: str | None = None
    exits: tuple[str, ...] = ()
    minutes: int | None = None
    essential_only: bool = False


@dataclass(frozen=True)
class Objective:
    """What to do, why, and how long it takes in minutes. `subject` names it for the page that opens."""

    kind: ObjectiveKind
    subject: str
    title: str
    reason: str
    minutes: int
    week: int | None = None


def next_objective(record: Record) -> Objective:
    """The next thing to do. Never something done or locked; practice when the whole path is behind her."""
    return _unfinished(record) or _review(record) or _exit(record) or _step(record) or _practice(record)


def _unfinished(record: Record) -> Objective | None:
    if record.open_quiz is not None:
        what = "review" if record.open_quiz == 0 else f"quiz of week {record.open_quiz}"
        return Objective(
            "resume-quiz", str(record.open_quiz), f"Finish your {what}",
            "You are in the middle of it; your answers so far are kept.", 5, record.open_quiz or None,
        )  # fmt: skip
    if record.finished_run is not None:
        return Objective(
            "look-at-run", record.finished_run, "See what your run did",
            "It has finished, and you predicted how it would end.", 3,
        )  # fmt: skip
    return None


def _review(record: Record) -> Objective | None:
    if not record.due:
        return None
    count = min(len(record.due), MOST_REVIEWED)
    concepts = "1 concept" if count == 1 else f"{count} concepts"
    minutes = max(1, round(count * REVIEW_MINUTES_PER_CONCEPT))
    reason = "You are about to forget them; a question each brings them back."
    if count == 1:
        reason = "You are about to forget it; one question brings it back."
    return Objective("review", record.due[0], f"Review {concepts}", reason, minutes)


def _exit(record: Record) -> Objective | None:
    if not record.exits:
        return None
    return Objective(
        "exit", record.exits[0], "Explain it again, without help",
        "You explained it a week ago; what you can say today without looking is yours.", EXPLAIN_MINUTES,
    )  # fmt: skip


def _step(record: Record) -> Objective | None:
    candidates = [
        step for step in open_steps(record.path, record.done) if step.essential or not record.essential_only
    ]
    if not candidates:
        return None
    fitting = [step for step in candidates if record.minutes is None or step.minutes <= record.minutes]
    step = (fitting or [min(candidates, key=lambda step: step.minutes)])[0]
    return Objective(
        step.kind, step.subject, step.title, _why(step, record, bool(fitting)), step.minutes, step.week
    )


def _why(step: Step, record: Record, fits: bool) -> str:
    if not fits:
        return f"The shortest step left takes {step.minutes} minutes; you can stop in the middle of it."
    if step.kind == "quiz":
        return f"You have read week {step.week}; ten questions show what stayed."
    if not step.essential:
        return "Further material: it deepens what you have read."
    if record.minutes is not None:
        return f"It fits into the {record.minutes} minutes that you have."
    return f"It is the next step of week {step.week}."


def _practice(record: Record) -> Objective:
    return Objective(
        "practice", "interview", "Practice an interview question",
        "You have walked the whole path; saying it aloud keeps it.", record.minutes or 10,
    )  # fmt: skip
