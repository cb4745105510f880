"""Our lessons as data: reads `lessons/` into frozen models. A broken file is reported and left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.content.markdown import sections, split_front_matter
from knowledge.errors import KnowledgeError

SECTIONS = (
    "In one sentence",
    "In plain words",
    "The idea",
    "In the code",
    "Why it is so",
    "For your product",
    "Often misunderstood",
    "Check yourself",
)
"""A card's sections, in order."""

_ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_CHECK = re.compile(r"\*\*Question:\*\*(?P<question>.*?)\*\*Answer:\*\*(?P<answer>.*)", re.DOTALL)
_FENCED = re.compile(r"^\s*```.*?^\s*```\s*$", re.DOTALL | re.MULTILINE)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RunHint(_Model):
    """What a card proposes to run: an exercise's id and some of its knobs."""

    exercise: str
    knobs: dict[str, bool | int | float | str] = {}


class Concept(_Model):
    """One idea, one card. `path` is the file, relative to the lessons' folder."""

    id: str = Field(pattern=_ID)
    title: str
    week: int = Field(ge=1, le=6)
    aliases: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    experiment: str | None = None
    run: RunHint | None = None
    figure: str | None = None
    questions: tuple[str, ...] = Field(min_length=1)
    path: str
    sections: dict[str, str]

    @property
    def questions_and_answers(self) -> tuple[tuple[str, str], ...]:
        """The questions of "Why it is so", each with its answer."""
        lines = self.sections.get("Why it is so", "").split("\n")
        return tuple(
            (part.title, "\n".join(lines[part.start : part.end]).strip())
            for part in sections(lines)
            if part.level == 3
        )

    @property
    def check(self) -> tuple[str, str] | None:
        """Question and answer of "Check yourself"."""
        match = _CHECK.search(self.sections.get("Check yourself", ""))
        return (match["question"].strip(), match["answer"].strip()) if match else None

    @property
    def words(self) -> int:
        """Words in the body, fenced code not counted."""
        return sum(len(_FENCED.sub("", text).split()) for text in self.sections.values())


class WatchFor(_Model):
    """What to look out for in a lecture; `at` is `mm:ss` or `h:mm:ss`."""

    what: str
    at: str | None = Field(default=None, pattern=r"^(\d+:)?\d{1,2}:\d{2}$")


class Lecture(_Model):
    """A video or text of somebody else's, with a link."""

    title: str
    url: str = Field(pattern=r"^https://\S+$")
    minutes: int = Field(gt=0)
    essential: bool
    watch_for: tuple[WatchFor, ...] = ()


class LessonSection(_Model):
    """A section of a week's narrative and the minutes it takes to read and do."""

    id: str = Field(pattern=_ID)
    title: str
    minutes: int = Field(gt=0)
    essential: bool


class WeekExperiment(_Model):
    """An experiment that the week proposes."""

    id: str
    minutes: int = Field(gt=0)
    essential: bool


class ShortPath(_Model):
    """What to do in a week without time."""

    minutes: int = Field(gt=0)
    steps: tuple[str, ...] = Field(min_length=1)


class ChecklistItem(_Model):
    """Something to have done, and what shows that it was."""

    id: str
    text: str
    evidence: Literal["run", "quiz", "explanation", "prediction", "word"]


class Week(_Model):
    """A week. `body` maps each section's title to its Markdown, in order."""

    week: int = Field(ge=1, le=6)
    title: str
    subtitle: str
    goals: tuple[str, ...] = Field(min_length=1)
    lectures: tuple[Lecture, ...]
    sections: tuple[LessonSection, ...] = Field(min_length=1)
    concepts: tuple[str, ...] = Field(min_length=1)
    recap: tuple[str, ...] = ()
    experiments: tuple[WeekExperiment, ...] = ()
    quiz_minutes: int = Field(gt=0)
    exercises: tuple[str, ...] = ()
    short_path: ShortPath
    checklist: tuple[ChecklistItem, ...] = Field(min_length=1)
    path: str
    body: dict[str, str]


@dataclass(frozen=True)
class Problem:
    """Something wrong in a file of the lessons."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@dataclass(frozen=True)
class Curriculum:
    """All lessons that could be read, and what is wrong with those that could not."""

    concepts: dict[str, Concept]
    weeks: dict[int, Week]
    problems: tuple[Problem, ...] = field(default=())

    @cached_property
    def names(self) -> dict[str, str]:
        """Every way to name a concept (folded id, title, alias) and the concept's id."""
        table: dict[str, str] = {}
        for concept in self.concepts.values():
            for name in concept.aliases:
                table.setdefault(fold_name(name), concept.id)
        for concept in self.concepts.values():  # an id or title outranks another card's alias
            table[fold_name(concept.title)] = concept.id
            table[fold_name(concept.id)] = concept.id
        return table

    def find(self, name: str) -> Concept | None:
        """The concept with this id, title or alias; case, hyphens and a plural s do not matter."""
        folded = fold_name(name)
        for candidate in (folded, folded.removesuffix("s"), folded.removesuffix("es"), f"{folded}s"):
            if candidate in self.names:
                return self.concepts[self.names[candidate]]
        return None

    def followers(self, concept_id: str) -> tuple[str, ...]:
        """Ids of the concepts that need this one."""
        return tuple(other.id for other in self.concepts.values() if concept_id in other.needs)


def fold_name(name: str) -> str:
    """A name without case, hyphens, apostrophes and double blanks.

    >>> fold_name("Self-Attention ")
    'self attention'
    """
    return " ".join(re.sub(r"[-_/]", " ", name.lower().replace("’", "'")).replace("'", "").split())


def load_curriculum(lessons: Path) -> Curriculum:
    """Reads `week-N.md` and `concepts/*.md` under `lessons`. Raises KnowledgeError without such a folder."""
    if not lessons.is_dir():
        raise KnowledgeError(f"No lessons at {lessons}. Give the folder that holds week-1.md and concepts/.")
    problems: list[Problem] = []
    concepts: dict[str, Concept] = {}
    for path in sorted((lessons / "concepts").glob("*.md")):
        concept = _load(path, lessons, Concept, problems)
        if concept is not None:
            concepts[concept.id] = concept
    weeks: dict[int, Week] = {}
    for path in sorted(lessons.glob("week-*.md")):
        week = _load(path, lessons, Week, problems)
        if week is not None:
            weeks[week.week] = week
    ordered = dict(sorted(concepts.items(), key=lambda item: (item[1].week, item[0])))
    return Curriculum(ordered, dict(sorted(weeks.items())), tuple(problems))


_Card = TypeVar("_Card", Concept, Week)


def _load(path: Path, lessons: Path, model: type[_Card], problems: list[Problem]) -> _Card | None:
    where = path.relative_to(lessons).as_posix()
    try:
        front, body = split_front_matter(path.read_text(encoding="utf-8-sig"))
        parts = body_sections(body)
        key = "sections" if model is Concept else "body"
        loaded = model.model_validate({**front, "path": where, key: parts})
        if isinstance(loaded, Concept):
            _expect(loaded.id == path.stem, f"id {loaded.id} differs from the file's name")
            missing = [title for title in SECTIONS if title not in parts]
            _expect(not missing, f"missing sections: {', '.join(missing)}")
        else:
            _expect(path.stem == f"week-{loaded.week}", "week differs from the file's name")
    except ValidationError as error:
        problems.extend(Problem(where, _plain(detail)) for detail in error.errors())
    except (KnowledgeError, OSError, UnicodeDecodeError) as error:
        problems.append(Problem(where, str(error)))
    else:
        return loaded
    return None


def body_sections(body: str) -> dict[str, str]:
    """Level-two headings and the text below each, deeper headings included."""
    lines = body.split("\n")
    heads = [part for part in sections(lines) if part.level == 2]
    ends = [part.start - 1 for part in heads[1:]] + [len(lines)]
    return {
        part.title: "\n".join(lines[part.start : end]).strip() for part, end in zip(heads, ends, strict=True)
    }


def _expect(holds: bool, message: str) -> None:
    if not holds:
        raise KnowledgeError(message)


def _plain(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    return f"{where}: {detail['msg']}"
