"""What can be predicted of any run, and which prediction came true: bands over its own first and last value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FALL = (
    "It rises or breaks",
    "It falls by less than a quarter",
    "By a quarter to a half",
    "By more than a half",
)
SHARE = ("Below 80%", "80 to 95%", "Above 95%")
GROWTH = ("It does not grow", "It grows, but less than doubles", "It doubles or more")
NAMES = {"val_loss": "the validation loss", "train_loss": "the training loss", "accuracy": "the accuracy"}


@dataclass(frozen=True)
class Expectation:
    """A question about how a run will end, with its options."""

    metric: str
    prompt: str
    options: tuple[str, ...]

    def outcome(self, rows: Sequence[Mapping[str, Any]]) -> str | None:
        """The option that came true; None while there are no two values to compare."""
        values = [float(row[self.metric]) for row in rows if row.get(self.metric) is not None]
        if len(values) < 2:
            return None
        first, last = values[0], values[-1]
        if self.options == SHARE:
            return SHARE[0] if not last >= 0.8 else SHARE[1] if last <= 0.95 else SHARE[2]
        if self.options == FALL:
            left = last / first if first else 1.0
            return (
                FALL[0] if not left < 1 else FALL[1] if left > 0.75 else FALL[2] if left >= 0.5 else FALL[3]
            )
        return GROWTH[0] if not last > first else GROWTH[1] if last < 2 * first else GROWTH[2]


def expectation(metric: str) -> Expectation:
    """What to ask about a run whose main metric this is."""
    name = NAMES.get(metric, metric.replace("_", " "))
    if metric.endswith("loss"):
        return Expectation(metric, f"How far will {name} fall from where it begins?", FALL)
    if metric == "accuracy":
        return Expectation(metric, "How many of the points will it get right at the end?", SHARE)
    return Expectation(metric, f"What will happen to {name} from its first to its last value?", GROWTH)
