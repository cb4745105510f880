"""The table of failures: what each entry says, and the outputs that it is known by."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from exercises.errors import ExerciseError

FOLDER = Path(__file__).parent / "table"
Shell = Literal["any", "bash", "powershell"]
System = Literal["windows", "macos", "linux"]
Loss = Literal["nan", "flat"]
_PARTS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|'| +[*?]?")  # escapes, character classes, quotes, blanks
HOLE = re.compile(r"\{(\w+)\}")

# the one in C reads the table ten times as fast; it is part of most builds, not of all
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Match(BaseModel):
    """When an entry fits: one of `any`, each of `all`, and none of `none` is found in the output.

    Patterns are regular expressions without regard to case; a blank stands for any white space, line ends
    included, an apostrophe for any quotation mark; `^` and `$` are the ends of a line. `given` are flags, one
    of which must have been given, `not_given` flags none of which may have been (`device=cpu`). `os` lists the
    systems on which it can happen: another one that shows in the text rules it out. `loss` is what the losses
    in a log do without any error.
    """

    model_config = _FROZEN
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    not_given: tuple[str, ...] = ()
    os: tuple[System, ...] = ()
    loss: Loss | None = None

    @model_validator(mode="after")
    def _finds_something(self) -> Match:
        if not (self.any or self.all or self.loss):
            raise ValueError("an entry without any, all or loss would fit everything")
        for pattern in (*self.any, *self.all, *self.none):
            compiled(pattern)
        return self


class Example(BaseModel):
    """An output as it looks in real life; `setting` is what is known beside it."""

    model_config = _FROZEN
    output: str = Field(min_length=8)
    setting: str = ""


class Entry(BaseModel):
    """One kind of failure.

    `{name}` in a text is filled with the group `name` of a pattern, or from `otherwise`. `rank` tells how
    specific an entry is: where several fit, the highest speaks. `settings` are the repositories and exercises
    in which it occurs ("any" for all); what is `harmless` is a warning, never why a run failed. `concept` is
    the id of the card that explains what lies behind it.
    """

    model_config = _FROZEN
    id: str = Field(pattern=r"^[a-z0-9-]+$")
    match: Match
    rank: int = Field(default=5, ge=1, le=9)
    cause: str = Field(min_length=6)
    hint: str = Field(min_length=20)
    way_out: str = Field(min_length=20)
    commands: dict[Shell, str] = Field(default_factory=dict)
    avoid: tuple[str, ...] = ()
    harmless: bool = False
    settings: tuple[str, ...] = ("any",)
    concept: str = ""
    otherwise: dict[str, str] = Field(default_factory=dict)
    examples: tuple[Example, ...] = Field(min_length=2)
    not_examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _holes_can_be_filled(self) -> Entry:
        texts = (self.cause, self.hint, self.way_out, *self.avoid, *self.commands.values())
        groups = {
            name for pattern in (*self.match.any, *self.match.all) for name in compiled(pattern).groupindex
        }
        empty = {hole for text in texts for hole in HOLE.findall(text)} & groups - set(self.otherwise)
        sure = {name for pattern in self.match.all for name in compiled(pattern).groupindex}
        for name in groups:
            if self.match.any and all(name in compiled(pattern).groupindex for pattern in self.match.any):
                sure.add(name)
        if empty - sure:
            raise ValueError(f"{', '.join(sorted(empty - sure))} may stay empty; give it under otherwise")
        return self


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the table as regular expression. Raises ValueError where it is none."""
    try:
        return re.compile(_PARTS.sub(_widened, pattern), re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


def _widened(part: re.Match[str]) -> str:
    token = part[0]
    if token.startswith("["):
        return token.replace("'", "'\"`")
    if token[0] == " ":
        return r"\s*" if token[-1] in "*?" else r"\s+"
    return "['\"`]" if token == "'" else token


@functools.cache
def load_table(folder: Path = FOLDER) -> dict[str, Entry]:
    """All entries by id, in the order of the files. Raises ExerciseError naming a broken file or a double id."""
    entries: dict[str, Entry] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            read = [Entry(**each) for each in yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)]
        except (ValidationError, yaml.YAMLError, TypeError) as error:
            raise ExerciseError(f"{path.name}: {error}") from error
        for entry in read:
            if entry.id in entries:
                raise ExerciseError(f"{path.name}: {entry.id} is there twice.")
            entries[entry.id] = entry
    return entries
