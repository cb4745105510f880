"""What the tutor remembers of her difficulties: drawn from her record, hers to correct and to erase."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from tutor.study.progress.mastery import Mastery
from tutor.study.progress.record import LearnerRecord

KIND = (
    "struggle"  # the kind of activity that keeps what she wrote, and what she does not want to be remembered
)
DRAWN = 8  # of her record, the weakest concepts first
LONGEST = 200  # characters of a line
_OWN = "own/"


@dataclass(frozen=True)
class Struggle:
    """A line; `hers` when she wrote or corrected it, else it is drawn from her answers."""

    key: str
    text: str
    hers: bool


class Struggles:
    """One learner's lines. Methods raise DatabaseError."""

    def __init__(self, record: LearnerRecord) -> None:
        self._record = record

    def lines(self, known: Mapping[str, Mastery], titles: Mapping[str, str]) -> list[Struggle]:
        """The weakest concepts of `known`, as she corrected them, those erased left out; then her own lines."""
        kept = {key: str(one.data.get("text", "")) for key, one in self._record.noted(KIND).items()}
        shaky = sorted(
            (one.mean, name) for name, one in known.items() if one.level == "shaky" and name in titles
        )
        drawn = {name: f"{titles[name]}: shaky, some {mean:.0%} right so far" for mean, name in shaky[:DRAWN]}
        found = [Struggle(name, kept.get(name, text), name in kept) for name, text in drawn.items()]
        own = [Struggle(key, text, True) for key, text in kept.items() if key not in drawn]
        return [one for one in [*found, *own] if one.text]

    def write(self, text: str, key: str | None = None) -> None:
        """Correct the line with this key, or add one of her own. An empty text changes nothing."""
        line = " ".join(text.split())[:LONGEST]
        if line:
            key = key or f"{_OWN}{secrets.token_hex(8)}"
            self._record.forget(KIND, key)
            self._record.note(KIND, key, text=line)

    def erase(self, one: Struggle) -> None:
        """Delete what was written; a line drawn from her answers is not drawn again."""
        self._record.forget(KIND, one.key)
        if not one.key.startswith(_OWN):
            self._record.note(KIND, one.key, text="")
