"""Her own forgetting: parameters fitted to her answers, in a process of its own, kept in her record.

From 512 telling reviews on (below, the published defaults hold), and again whenever they have grown by a half.
The first four fifths of her answers are fitted; only if that foretells the last fifth better than the defaults
do, is the whole fitted and kept. Run as a program it reads answers and writes parameters, both JSON:

    python -m tutor.study.review.fitting < answers.json
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tutor.study.review.memory import ENOUGH_TO_FIT, Review, fit, surprise, telling

log = logging.getLogger(__name__)
GROWN = 1.5  # fit anew when there are this many times the reviews of the last fit
HELD_OUT = 0.2
PATIENCE = 1800  # seconds; 10,000 answers take about two minutes


@dataclass(frozen=True)
class Fitted:
    """What a fit found. `parameters` is None where the defaults foretold her answers as well or better."""

    parameters: tuple[float, ...] | None
    reviews: int
    hers: float = 0.0  # mean log loss in nats over the last fifth of her answers, with parameters of her own
    defaults: float = 0.0  # the same with the published ones


def due(reviews: Sequence[Review], last: Fitted | None) -> bool:
    """Whether it is time to fit, for the first time or again."""
    count = telling(reviews)
    return count >= (GROWN * last.reviews if last else ENOUGH_TO_FIT)


def fitted(reviews: Sequence[Review]) -> Fitted:
    """Fit and compare on answers that the fit has not seen. Takes seconds to minutes."""
    in_order = sorted(reviews, key=lambda one: one.when)
    early = in_order[: round(len(in_order) * (1 - HELD_OUT))]
    tried = fit(early) or fit(in_order)  # few reviews: the comparison is then with answers it has seen
    if tried is None:
        return Fitted(None, telling(reviews))
    hers, defaults = surprise(in_order, tried, len(early)), surprise(in_order, None, len(early))
    better = fit(in_order) if hers < defaults else None
    return Fitted(better, telling(reviews), hers, defaults)


def fit_apart(reviews: Sequence[Review]) -> Fitted | None:
    """The same in a process of its own, so that pages do not wait; None where it failed, which is logged."""
    said = json.dumps([[one.concept, one.when.isoformat(), one.rating] for one in reviews])
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tutor.study.review.fitting"],
            cwd=Path(__file__).parents[3], input=said, encoding="utf-8", capture_output=True,
            timeout=PATIENCE, check=True,
        )  # fmt: skip
        return from_json(json.loads(done.stdout.splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        log.warning("her memory's parameters could not be fitted: %s", error)
        return None


def to_json(one: Fitted) -> dict[str, Any]:
    """As it is kept."""
    return asdict(one)


def from_json(data: dict[str, Any]) -> Fitted:
    """As it was kept."""
    parameters = data.get("parameters")
    return Fitted(
        tuple(parameters) if parameters else None,
        int(data["reviews"]), float(data.get("hers", 0)), float(data.get("defaults", 0)),
    )  # fmt: skip


def main() -> None:
    """Answers from standard input, parameters to standard output."""
    told = json.load(sys.stdin)
    reviews = [Review(concept, datetime.fromisoformat(when), rating) for concept, when, rating in told]
    print(json.dumps(to_json(fitted(reviews))))


if __name__ == "__main__":
    main()
