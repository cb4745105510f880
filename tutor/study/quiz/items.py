"""Quiz items: what a question is, read from YAML and checked.

A bank is one file a week, `tutor/study/quizzes/week-N.yaml`: a list of items, each beginning with its `id`.
Answers never reach the index: quizzes lie outside `knowledge/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from tutor.errors import TutorError

QUIZZES = Path(__file__).parents[1] / "quizzes"
WEEKS = range(1, 7)


class BankError(TutorError):
    """A file of questions, prompts or cases is missing or not as its format says."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Data):
    """One option of a single or multiple choice; a wrong one says why it is wrong."""

    text: str
    correct: bool = False
    why: str = ""

    @model_validator(mode="after")
    def _wrong_ones_have_a_reason(self) -> Choice:
        if not self.correct and not self.why:
            raise ValueError(f"the wrong choice {self.text!r} has no reason (why)")
        return self


class _Item(_Data):
    id: str
    concept: str
    product: bool = False
    prompt: str
    code: str = ""
    prints: str | None = None
    explain: str
    source: str

    @model_validator(mode="after")
    def _code_says_what_it_prints(self) -> _Item:
        if self.prints is not None and not self.code:
            raise ValueError("prints is given without code")
        return self


class SingleItem(_Item):
    """Exactly one choice is right."""

    kind: Literal["single"]
    choices: tuple[Choice, ...] = Field(min_length=3)

    @model_validator(mode="after")
    def _one_is_right(self) -> SingleItem:
        if sum(choice.correct for choice in self.choices) != 1:
            raise ValueError("a single choice has exactly one correct choice")
        return self


class MultipleItem(_Item):
    """Any number of choices from one up is right; all must be found."""

    kind: Literal["multiple"]
    choices: tuple[Choice, ...] = Field(min_length=3)

    @model_validator(mode="after")
    def _some_are_right(self) -> MultipleItem:
        if not 0 < sum(choice.correct for choice in self.choices) < len(self.choices):
            raise ValueError("a multiple choice has at least one right and one wrong choice")
        return self


class NumberItem(_Item):
    """A number within an absolute tolerance; `compute` is the expression that the tests recompute."""

    kind: Literal["number"]
    answer: float
    tolerance: float = Field(ge=0)
    unit: str = ""
    compute: str = ""


class OrderItem(_Item):
    """Steps to be put in order; `items` stand in the right order and are shown shuffled."""

    kind: Literal["order"]
    items: tuple[str, ...] = Field(min_length=3)


class ShortItem(_Item):
    """A few sentences of her own, held against rubric points."""

    kind: Literal["short"]
    rubric: tuple[str, ...] = Field(min_length=2)
    model_answer: str


Item = Annotated[SingleItem | MultipleItem | NumberItem | OrderItem | ShortItem, Field(discriminator="kind")]
_BANK: TypeAdapter[tuple[Item, ...]] = TypeAdapter(tuple[Item, ...])


def read_yaml(path: Path) -> object:
    """The data in a YAML file. Raises BankError where it is missing or not YAML."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BankError(
            f"There is no {path.name} in {path.parent}. Restore it from the repository."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BankError(f"{path} cannot be read as YAML: {error}") from error


def read_bank(path: Path) -> tuple[Item, ...]:
    """The items of one file, in its order. Raises BankError naming the item and the field that is wrong."""
    try:
        items = _BANK.validate_python(read_yaml(path))
    except ValidationError as error:
        raise BankError(f"{path.name} holds items that are not as the format says:\n{error}") from error
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise BankError(f"{path.name} holds two items named {item.id}. Rename one.")
        seen.add(item.id)
    return items


@cache
def load_bank(week: int) -> tuple[Item, ...]:
    """The items of a week, 1 to 6. Raises BankError where there is no such bank."""
    return read_bank(QUIZZES / f"week-{week}.yaml")


def all_items() -> Iterator[tuple[int, Item]]:
    """Every item with its week."""
    for week in WEEKS:
        for item in load_bank(week):
            yield week, item
