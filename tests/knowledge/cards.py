"""Cards to write into a folder of lessons."""

from __future__ import annotations

from pathlib import Path

CARD = """---
id: {id}
title: {title}
week: {week}
aliases: [{aliases}]
needs: [{needs}]
code: [{code}]
questions:
  - how does a token know which earlier words matter
  - what lets words look at each other
  - why compare every word with every other
  - how are the weights of words decided
---
## In one sentence
It mixes what the tokens know.

## In plain words
A meeting where everyone listens to whom they find useful.

## The idea
{filler}

## In the code
Look at `forward`.

## Why it is so
### Why divide by the square root?
So that the scores do not grow with the width.

## For your product
Longer prompts cost more.

## Often misunderstood
**Not so:** it understands. **Rather:** it weighs.

## Check yourself
**Question:** What is compared?

**Answer:** Queries with keys.
"""

WEEK = """---
week: 3
title: Attention
subtitle: How tokens talk
goals: [know it]
lectures: [{{title: A talk, url: "https://example.org/v", minutes: 10, essential: true}}]
sections: [{{id: start, title: Start, minutes: 5, essential: true}}]
concepts: [{concepts}]
quiz_minutes: 15
short_path: {{minutes: 20, steps: [read]}}
checklist: [{{id: w3-read, text: Read it, evidence: word}}]
---
## Start
See [attention](concept:attention).
"""


def write_card(lessons: Path, name: str, **changes: str | int) -> Path:
    """A card that is in order, but for the changes."""
    values: dict[str, str | int] = {
        "id": name,
        "title": name.title(),
        "week": 3,
        "aliases": "",
        "needs": "",
        "code": "",
        "filler": "word " * 150,
    }
    file = lessons / "concepts" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CARD.format(**(values | changes)), encoding="utf-8")
    return file


def write_week(lessons: Path, concepts: str) -> None:
    """Week 3 with these concepts."""
    lessons.mkdir(parents=True, exist_ok=True)
    (lessons / "week-3.md").write_text(WEEK.format(concepts=concepts), encoding="utf-8")
