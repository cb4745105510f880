"""Explaining it back: her words held against rubric points, tried again a week later without help.

Without a model nobody can judge meaning. So code only finds where her words touch a point and
quotes the sentence; she decides by comparing with the model answer. What she decides is what is stored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select

from tutor.errors import TutorError
from tutor.store.database import Database
from tutor.store.tables import ExplanationRow
from tutor.study.explain.prompt_bank import Audience, Prompt, RubricPoint

Mode = Literal["practice", "exit", "interview"]
EXIT_AFTER = timedelta(days=7)
LONGEST = 20_000  # characters; a spoken three minutes is about 3,000


class ExplanationError(TutorError):
    """An explanation that cannot be kept: empty, or far too long to be one."""


@dataclass(frozen=True)
class Touched:
    """A rubric point and the sentence of hers that seems to make it; empty where none does."""

    point: RubricPoint
    quote: str


@dataclass(frozen=True)
class Explanation:
    """One explanation as it was judged. `met` and `wrong` are indices of rubric points."""

    prompt_id: str
    audience: Audience
    mode: Mode
    text: str
    met: tuple[int, ...]
    wrong: tuple[int, ...] = ()
    follow_up: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Kept:
    """An explanation in her log."""

    explanation: Explanation
    score: float
    when: datetime


def touched(prompt: Prompt, text: str) -> list[Touched]:
    """For each rubric point the first sentence of hers that holds one of its keywords."""
    sentences = [part.strip() for part in re.split(r"(?<=[.!?…])\s+|\n+", text) if part.strip()]
    found = []
    for point in prompt.rubric:
        patterns = [re.compile(rf"(?<!\w){re.escape(word)}", re.I) for word in point.keywords]
        quote = next((s for s in sentences if any(pattern.search(s) for pattern in patterns)), "")
        found.append(Touched(point, quote))
    return found


@dataclass(frozen=True)
class FollowUp:
    """What to ask next, and the rubric point behind it; None where her words touch every point."""

    question: str
    point: RubricPoint | None


def follow_up(prompt: Prompt, text: str) -> FollowUp:
    """The one question that her words ask for: about the point they leave out that an author's question fits best.

    Where no question of the authors is about a point that she left out, the first such point is asked for by
    its own name; where she left out none, the question is the one that her words speak of least.
    """
    missed = [one.point for one in touched(prompt, text) if not one.quote]
    if not missed:
        said = _terms(text)
        return FollowUp(min(prompt.follow_ups, key=lambda question: len(_terms(question) & said)), None)
    fitting = [
        (len(_terms(question) & _terms(" ".join((point.point, *point.keywords)))), -place, question, point)
        for point in missed
        for place, question in enumerate(prompt.follow_ups)
    ]
    shared, _, question, point = max(fitting, key=lambda one: one[:2])
    if shared:
        return FollowUp(question, point)
    named = missed[0].keywords[0]
    return FollowUp(f"You have not spoken of “{named}”. How does it belong to your answer?", missed[0])


# words of four letters and more that say nothing about a subject
COMMON = re.compile(
    "about|after|also|because|before|between|does|each|from|have|into|just|like|many|more|most|need|only|other|over|"
    "same|should|some|than|that|their|them|then|there|these|they|this|those|very|what|when|where|which|while|with|"
    "without|would|your|could|will|much|makes?|made"
)
STEM = 5  # letters by which blend and blended are one


def _terms(text: str) -> set[str]:
    """What the words are about: their first letters, common words left out."""
    words = re.findall(r"[a-zà-ÿ]{4,}", text.lower())
    return {word[:STEM] for word in words if not COMMON.fullmatch(word)}


def next_prompt(prompts: Sequence[Prompt], log: Sequence[Kept]) -> Prompt:
    """The prompt to practice: one never tried, in the order of the course, else the one tried longest ago."""
    last = {kept.explanation.prompt_id: kept.when for kept in sorted(log, key=lambda kept: kept.when)}
    untried = [prompt for prompt in prompts if prompt.id not in last]
    return untried[0] if untried else min(prompts, key=lambda prompt: last[prompt.id])


def exits_due(log: Sequence[Kept], now: datetime) -> list[str]:
    """Prompts practiced a week ago or longer and not explained since: to be tried without help."""
    last: dict[str, Kept] = {}
    for kept in sorted(log, key=lambda kept: kept.when):
        last[kept.explanation.prompt_id] = kept
    return [
        name
        for name, kept in last.items()
        if kept.explanation.mode == "practice" and now - kept.when >= EXIT_AFTER
    ]


def gain(log: Sequence[Kept], prompt_id: str) -> float | None:
    """Score of her newest exit test less that of her first attempt, -1 to 1; None before an exit test."""
    mine = sorted((k for k in log if k.explanation.prompt_id == prompt_id), key=lambda kept: kept.when)
    exits = [kept for kept in mine if kept.explanation.mode == "exit"]
    return exits[-1].score - mine[0].score if exits else None


class Explanations:
    """One learner's explanations. Methods raise DatabaseError where they cannot be read or stored."""

    def __init__(self, database: Database, learner: str) -> None:
        self._database = database
        self._learner = learner

    def keep(self, prompt: Prompt, explanation: Explanation) -> float:
        """Store it; its score, 0 to 1, is points met less points said wrong. Raises ExplanationError."""
        if not explanation.text.strip():
            raise ExplanationError("Write your explanation first; a few sentences are enough.")
        if len(explanation.text) > LONGEST:
            raise ExplanationError(
                f"This has {len(explanation.text):,} characters. Shorten it to {LONGEST:,} or fewer."
            )
        score = max(0, len(set(explanation.met) - set(explanation.wrong)) - len(explanation.wrong))
        share = score / len(prompt.rubric)
        with self._database.write() as session:
            session.add(
                ExplanationRow(
                    learner_id=self._learner,
                    prompt_id=prompt.id,
                    audience=explanation.audience,
                    mode=explanation.mode,
                    text=explanation.text,
                    met=list(explanation.met),
                    wrong=list(explanation.wrong),
                    score=share,
                    follow_up=explanation.follow_up,
                    seconds=explanation.seconds,
                )
            )
        return share

    def log(self) -> list[Kept]:
        """All of them, newest first."""
        query = select(ExplanationRow).where(ExplanationRow.learner_id == self._learner)
        with self._database.read() as session:
            rows = session.scalars(query.order_by(ExplanationRow.created_at.desc()))
            return [_kept(row) for row in rows]


def _kept(row: ExplanationRow) -> Kept:
    audience: Audience = "cfo" if row.audience == "cfo" else "engineer"
    mode: Mode = "exit" if row.mode == "exit" else "interview" if row.mode == "interview" else "practice"
    explanation = Explanation(
        row.prompt_id, audience, mode, row.text, tuple(row.met), tuple(row.wrong), row.follow_up, row.seconds
    )
    return Kept(explanation, row.score, row.created_at)
