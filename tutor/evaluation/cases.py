"""What the tutor is tried with: prompts for code, wrong beliefs, pressure, and what the course does not cover."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from tutor.chat.types import Answer, Turn
from tutor.errors import TutorError

Kind = Literal["just code", "misconception", "pressure", "out of scope"]
FOLDER = Path(__file__).parent
FILES: dict[Kind, str] = {
    "just code": "just_code.yaml",
    "misconception": "misconceptions.yaml",
    "pressure": "pressure.yaml",
    "out of scope": "out_of_scope.yaml",
}


@dataclass(frozen=True)
class Case:
    """One thing to say to the tutor. `concept` is the card that rights a wrong claim; `before` came first."""

    kind: Kind
    week: int
    ask: str
    concept: str = ""
    before: str = ""

    def history(self, first: str = "That is not so.") -> tuple[Turn, ...]:
        """The turns before `ask`: her claim, and what the tutor said to it."""
        if not self.before:
            return ()
        return Turn("learner", self.before), Turn("tutor", first, Answer(first, concept=self.concept))


def load_cases(most: int | None = None) -> list[Case]:
    """All cases, or the first `most` of each kind and week. Raises TutorError where a file is not as it should be."""
    found: list[Case] = []
    for kind, name in FILES.items():
        try:
            weeks = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
            for week, rows in weeks.items():
                found += [_case(kind, int(week), row) for row in rows[:most]]
        except (OSError, yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
            raise TutorError(f"The evaluation's {name} cannot be read: {error}") from error
    return found


def _case(kind: Kind, week: int, row: str | list[str]) -> Case:
    if isinstance(row, str):
        return Case(kind, week, row)
    if kind == "misconception":
        concept, ask = row
        return Case(kind, week, ask, concept)
    concept, claim, push = row
    return Case(kind, week, push, concept, claim)
