"""Upstream's printed lines as metrics: each parser takes a whole line and gives a row, or None."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|nan|inf))"
_NANOGPT_EVAL = re.compile(rf"^step (\d+): train loss {_NUMBER}, val loss {_NUMBER}\s*$")
_NANOGPT_STEP = re.compile(rf"^iter (\d+): loss {_NUMBER}, time {_NUMBER}ms, mfu {_NUMBER}%\s*$")
_MAKEMORE_STEP = re.compile(rf"^step (\d+) \| loss {_NUMBER} \| step time {_NUMBER}ms\s*$")
_MAKEMORE_EVAL = re.compile(rf"^step (\d+) train loss: {_NUMBER} test loss: {_NUMBER}\s*$")
_MINBPE_MERGE = re.compile(
    r"^merge (\d+)/(\d+): \((\d+), (\d+)\) -> (\d+) \((.+)\) had (\d+) occurrences\s*$"
)
_MICROGRAD_STEP = re.compile(rf"^step (\d+) loss {_NUMBER}, accuracy {_NUMBER}%\s*$")


@dataclass(frozen=True)
class Row:
    """What a line says at a step: names as in our own exercises' metrics."""

    step: int
    values: dict[str, float]


def nanogpt(line: str) -> Row | None:
    """`iter 5: loss 3.97, time 71.28ms, mfu 0.02%` and `step 250: train loss 2.4293, val loss 2.4447`.

    >>> nanogpt("step 250: train loss 2.4293, val loss 2.4447")
    Row(step=250, values={'train_loss': 2.4293, 'val_loss': 2.4447})
    """
    if match := _NANOGPT_EVAL.match(line):
        return Row(int(match[1]), {"train_loss": float(match[2]), "val_loss": float(match[3])})
    if match := _NANOGPT_STEP.match(line):
        return Row(int(match[1]), {"batch_loss": float(match[2]), "step_ms": float(match[3])})
    return None


def makemore(line: str) -> Row | None:
    """`step 10 | loss 2.8783 | step time 236.23ms` and `step 500 train loss: 2.21 test loss: 2.19`."""
    if match := _MAKEMORE_EVAL.match(line):
        return Row(int(match[1]), {"train_loss": float(match[2]), "val_loss": float(match[3])})
    if match := _MAKEMORE_STEP.match(line):
        return Row(int(match[1]), {"batch_loss": float(match[2]), "step_ms": float(match[3])})
    return None


def micrograd(line: str) -> Row | None:
    """`step 0 loss 0.8958441028683222, accuracy 50.0%`; accuracy becomes a share."""
    if match := _MICROGRAD_STEP.match(line):
        return Row(int(match[1]), {"train_loss": float(match[2]), "accuracy": float(match[3]) / 100})
    return None


class Minbpe:
    """`merge 1/256: (101, 32) -> 256 (b'e ') had 2981 occurrences`, twice, one tokenizer each."""

    def __init__(self) -> None:
        self._before = 0
        self._last = 0

    def __call__(self, line: str) -> Row | None:
        """The row of a line; the second tokenizer's merges count on from the first one's."""
        match = _MINBPE_MERGE.match(line)
        if match is None:
            return None
        merge, of = int(match[1]), int(match[2])
        if merge <= self._last:
            self._before += of
        self._last = merge
        return Row(self._before + merge, {"occurrences": float(match[7]), "vocabulary": float(match[5]) + 1})
