"""Frequent questions with answers of their own: `knowledge/faq/<topic>.yaml`.

```yaml
topic: nanogpt                          # the file's name
entries:
  - id: nanogpt-best-checkpoint         # unique in all files
    concept: checkpoint                 # the id of the nearest card
    premise: wrong                      # only where the questions rest on a wrong belief
    questions: [five to ten ways in which people really put it]
    answer: |-
      The verdict first, in 40 to 120 words of Markdown.
    when: The condition on which the answer depends, in a sentence.     # optional
    rests_on: [checkpoint, "nanoGPT/train.py::estimate_loss"]           # cards, symbols, experiments
```

A reference is the id of a card, the id of an experiment, or `path::symbol` as the cards' `code` names it; a
path alone means the whole file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from knowledge.content.markdown import load_yaml
from knowledge.errors import KnowledgeError

WORDS = range(40, 121)


class FaqEntry(BaseModel):
    """One question in several wordings, and its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    concept: str
    premise: Literal["wrong"] | None = None
    questions: tuple[str, ...] = Field(min_length=5, max_length=10)
    answer: str
    when: str | None = None
    rests_on: tuple[str, ...] = Field(min_length=1)

    @field_validator("answer")
    @classmethod
    def _of_fair_length(cls, answer: str) -> str:
        words = len(answer.split())
        if words not in WORDS:
            raise ValueError(f"{words} words: keep to {WORDS.start} to {WORDS.stop - 1}")
        return answer


def load_faq(folder: Path) -> tuple[FaqEntry, ...]:
    """All entries, in the order of the files' names and of each file.

    Raises `KnowledgeError` that names file and entry for all that is wrong: unreadable files, entries that do not
    fit the format, ids that occur twice.
    """
    entries: list[FaqEntry] = []
    problems: list[str] = []
    homes: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        found, wrong = _load_file(path)
        problems += wrong
        for entry in found:
            if entry.id in homes:
                problems.append(f"{path.name}: {entry.id}: {homes[entry.id]} has an entry of this id")
            homes.setdefault(entry.id, path.name)
            entries.append(entry)
    if problems:
        listed = "\n".join(f"- {problem}" for problem in problems)
        raise KnowledgeError(f"The frequent questions in {folder} need mending:\n{listed}")
    return tuple(entries)


def _load_file(path: Path) -> tuple[list[FaqEntry], list[str]]:
    """The entries of a file that fit, and what is wrong with the rest."""
    try:
        raw = load_yaml(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return [], [f"{path.name}: {' '.join(str(error).split())}"]
    if not isinstance(raw, dict) or set(raw) != {"topic", "entries"} or not isinstance(raw["entries"], list):
        return [], [f"{path.name}: must hold topic and entries, and nothing else"]
    if raw["topic"] != path.stem:
        return [], [f"{path.name}: its topic is {raw['topic']}: give topic and file the same name"]
    entries: list[FaqEntry] = []
    problems: list[str] = []
    for number, given in enumerate(raw["entries"], 1):
        if not isinstance(given, dict) or "topic" in given:
            problems.append(f"{path.name}: entry {number} must be a mapping without a topic of its own")
            continue
        try:
            entries.append(FaqEntry.model_validate({"topic": raw["topic"], **given}))
        except ValidationError as error:
            name = given.get("id", f"entry {number}")
            problems += [f"{path.name}: {name}: {_plain(detail)}" for detail in error.errors()]
    return entries, problems


def _plain(detail: Any) -> str:
    """One line of pydantic's complaint, with the field it is about."""
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}: {detail['msg']}" if place else str(detail["msg"])
