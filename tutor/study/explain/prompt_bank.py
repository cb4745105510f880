"""Explain-back prompts, interview questions and scoping cases, read from YAML and checked.

One file a week, `tutor/study/prompts/week-N.yaml`: a list, each entry beginning with its `id`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tutor.study.quiz.items import BankError, read_yaml

PROMPTS = Path(__file__).parents[1] / "prompts"
Audience = Literal["engineer", "cfo"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RubricPoint(_Data):
    """One thing that a good answer says, and words by which it can be found in hers."""

    point: str
    keywords: tuple[str, ...] = Field(min_length=1)


class ModelAnswer(_Data):
    """The same answer in two lengths: to be said in half a minute, and in two or three."""

    short: str
    long: str


class Prompt(_Data):
    """Something to explain, judge, debug or scope, for one audience or both."""

    id: str
    concepts: tuple[str, ...] = Field(min_length=1)
    kind: Literal["explain", "interview", "vendor-claim", "incident", "scoping", "prd"]
    prompt: str
    facts: tuple[str, ...] = ()
    audiences: dict[Audience, ModelAnswer] = Field(min_length=1)
    rubric: tuple[RubricPoint, ...] = Field(min_length=3)
    follow_ups: tuple[str, ...] = Field(min_length=1)


_PROMPTS: TypeAdapter[tuple[Prompt, ...]] = TypeAdapter(tuple[Prompt, ...])


@cache
def load_prompts(week: int) -> tuple[Prompt, ...]:
    """The prompts of a week, 1 to 6. Raises BankError naming the entry and the field that is wrong."""
    path = PROMPTS / f"week-{week}.yaml"
    try:
        return _PROMPTS.validate_python(read_yaml(path))
    except ValidationError as error:
        raise BankError(
            f"prompts/{path.name} holds entries that are not as the format says:\n{error}"
        ) from error
