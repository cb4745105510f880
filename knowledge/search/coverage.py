"""Whether the written answers cover a question at all: a small calibrated model over how near the nearest one comes.

Logistic regression over four signals. `python -m bench.coverage` trains it anew and prints what it reaches on questions
that it was not trained on.
"""

from __future__ import annotations

from math import exp

from knowledge.search.answer_bank import Match

SCORE, MEANING, ANSWER_MEANING, UNKNOWN, INTERCEPT = 2.143, 2.560, 2.127, -2.157, -3.591
"""Trained on 700 wordings of frequent questions, each left out, against 20 strangers and 30 unanswerable questions."""


def coverage(match: Match, unknown_share: float) -> float:
    """How likely a question is one that the written answers cover, 0 to 1, by its nearest match.

    `unknown_share` is the share of its words, weighted by rarity, that no lesson uses.
    """
    signal = (
        SCORE * match.score
        + MEANING * match.meaning
        + ANSWER_MEANING * match.answer_meaning
        + UNKNOWN * unknown_share
        + INTERCEPT
    )
    return 1 / (1 + exp(-signal))
