"""What she worked out in the cost lab, as a page for a product document, kept in her record as evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tutor.errors import TutorError
from tutor.study.cost.model import (
    Feature,
    Hardware,
    Price,
    Speed,
    alternatives,
    feature_cost,
    latency,
    training_cost,
)
from tutor.study.progress.record import LearnerRecord

KIND = "cost-note"  # the kind of activity that keeps a note
LONGEST = 120  # characters of a title


class CostNoteError(TutorError):
    """A note that cannot be kept: it has no name."""


@dataclass(frozen=True)
class CostNote:
    """A note as she kept it. `figure` is its result in a few words, `text` the whole page in Markdown."""

    title: str
    figure: str
    text: str
    when: datetime  # UTC


def keep(record: LearnerRecord, title: str, figure: str, text: str) -> None:
    """Keep a note; another one of the same name takes its place. Raises CostNoteError."""
    name = " ".join(title.split())
    if not name:
        raise CostNoteError("Give the note a name first, such as that of the feature.")
    if len(name) > LONGEST:
        raise CostNoteError(f"The name has {len(name)} characters. Shorten it to {LONGEST} or fewer.")
    record.note(KIND, name, figure=figure, text=text)


def kept(record: LearnerRecord) -> list[CostNote]:
    """Her notes, newest first."""
    notes = [
        CostNote(name, str(one.data.get("figure", "")), str(one.data.get("text", "")), one.at)
        for name, one in record.noted(KIND).items()
    ]
    return sorted(notes, key=lambda note: note.when, reverse=True)


def feature_figure(asked: Feature, price: Price) -> str:
    """The result in a few words."""
    return f"${feature_cost(asked, price).per_month:,.0f} a month with {price.id}"


def feature_note(title: str, asked: Feature, price: Price, speed: Speed) -> str:
    """One page: traffic, price, money, latency, what dominates, what else would cost; every assumption in it."""
    cost, wait = feature_cost(asked, price), latency(asked, speed)
    parts = [f"| {name} | {amount:.5f} | {cost.share(name):.0%} |" for name, amount in cost.parts.items()]
    others = [f"| {name} | {dollars:,.0f} |" for name, dollars in alternatives(asked, price).items()]
    unpriced = "\n\nThe list has no price for cached tokens; they count as input." if cost.unpriced else ""
    return f"""# What it costs: {title}

**{cost.per_month:,.0f} dollars a month**, {cost.per_request * 1000:,.2f} a thousand requests.
First token after {wait.first_token:.1f} s, whole answer after {wait.complete:.1f} s. Most of it is the {cost.dominant}.

## Assumptions

- Model: {price.id} ({price.vendor}), {price.input:g} in and {price.output:g} out, dollars a million tokens, as of
  {price.as_of}. Source: {price.source}
- Traffic: {asked.requests_per_day:,.0f} requests a day, {asked.requests_per_day * 365.25 / 12:,.0f} a month
- A request: {asked.system_tokens:,} tokens of instructions, {asked.context_tokens:,} of documents and history,
  {asked.question_tokens:,} of question, {asked.answer_tokens:,} of answer
- Cache hits {asked.cached_share:.0%}, batched {asked.batched_share:.0%} at {asked.batch_discount:.0%} off,
  tokens against English {asked.tokens_per_character_factor:g}
- Speed: reads {speed.prefill:,.0f} and writes {speed.decode:,.0f} tokens a second, {speed.overhead:g} s for the call

## What a request is spent on

| part | dollars a request | share |
|---|---|---|
{chr(10).join(parts)}{unpriced}

## The same feature, done differently

| way | dollars a month |
|---|---|
{chr(10).join(others)}
"""


def training_figure(parameters: float, tokens: float, hardware: Hardware) -> str:
    """The result in a few words."""
    cost = training_cost(parameters, tokens, hardware)
    return f"${cost.dollars:,.0f} once, {cost.hours:,.1f} hours on {hardware.count} × {hardware.name}"


def training_note(title: str, parameters: float, tokens: float, hardware: Hardware) -> str:
    """One page about a training run; every assumption in it."""
    cost = training_cost(parameters, tokens, hardware)
    return f"""# What it costs to train: {title}

**{cost.dollars:,.0f} dollars**, {cost.hours:,.1f} hours on the clock, {cost.flops:.3g} floating point operations.

## Assumptions

- {parameters:.3g} parameters, {tokens:.3g} tokens; six operations for each of both
- {hardware.count} × {hardware.name}, {hardware.peak_flops:.3g} operations a second at best, {hardware.utilization:.0%}
  of it reached, {hardware.dollars_per_hour:g} dollars an hour each
- Data, failed runs, evaluation and upkeep are not in it
"""
