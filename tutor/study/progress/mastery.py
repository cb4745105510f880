"""How well she knows each concept, and how sure that is: a Beta distribution over what she has shown."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Source = Literal["answer", "explanation", "prediction"]
Level = Literal["new", "started", "shaky", "solid"]
WEIGHTS: dict[Source, float] = {"answer": 1.0, "explanation": 2.0, "prediction": 0.5}
FADING = 0.85  # older evidence counts for less: what she knows now is what she shows now
SOLID, SHAKY = 0.75, 0.5
INTERVAL = statistics.NormalDist().inv_cdf(0.9)  # an 80 % interval


@dataclass(frozen=True)
class Evidence:
    """One thing that she showed about a concept; `score` runs from 0 to 1. In order of time."""

    concept: str
    source: Source
    score: float


@dataclass(frozen=True)
class Mastery:
    """`mean` is the best guess of what share she would get right, `low` and `high` an 80 % interval."""

    mean: float = 0.5
    low: float = 0.0
    high: float = 1.0
    evidence: int = 0

    @property
    def level(self) -> Level:
        """new: nothing shown · started: too little to say · shaky · solid: shown three times or more."""
        if not self.evidence:
            return "new"
        if self.evidence >= 3 and self.mean >= SOLID:
            return "solid"
        return "shaky" if self.mean < SHAKY else "started"


def mastery(evidence: Iterable[Evidence]) -> dict[str, Mastery]:
    """Mastery of each concept that `evidence` (oldest first) speaks of, from a flat prior."""
    by_concept: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_concept.setdefault(one.concept, []).append(one)
    return {concept: _of(shown) for concept, shown in by_concept.items()}


def _of(shown: list[Evidence]) -> Mastery:
    right = wrong = 1.0
    for one in shown:
        weight = WEIGHTS[one.source]
        right = 1 + (right - 1) * FADING + weight * one.score
        wrong = 1 + (wrong - 1) * FADING + weight * (1 - one.score)
    total = right + wrong
    mean = right / total
    spread = INTERVAL * math.sqrt(mean * (1 - mean) / (total + 1))
    return Mastery(mean, max(0.0, mean - spread), min(1.0, mean + spread), len(shown))
