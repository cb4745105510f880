"""Texts longer than a model reads, in pieces that are each read whole, every piece after the text's first line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

Count = Callable[[list[str]], list[int]]
"""Tokens of each text."""


@dataclass(frozen=True)
class Cuts:
    """Where a text is cut: `ends` in its body, whose words are joined by single spaces.

    `headed` says that the first line stands before each piece, and is no part of the body.
    """

    headed: bool
    ends: tuple[int, ...]


def windows(text: str, room: int, count: Count) -> list[str]:
    """The text itself where it fits into `room` tokens, else its pieces."""
    cuts = find_cuts(text, room, count)
    return [text] if cuts is None else pieces(text, cuts)


def find_cuts(text: str, room: int, count: Count) -> Cuts | None:
    """Where a text has to be cut to fit into `room` tokens; None when it fits as it is."""
    if len(text) < room or count([text])[0] <= room:  # a token has a character at least
        return None
    head, _, rest = text.partition("\n")
    headed = bool(rest.split()) and count([head])[0] <= room // 3
    head, body = _parts(text, headed)
    ends: list[int] = []
    start = 0
    while start < len(body):
        ends.append(_end(head, body[start:], room, count) + start)
        start = _next(body, ends[-1])
    return Cuts(headed, tuple(ends))


def pieces(text: str, cuts: Cuts) -> list[str]:
    """The pieces of a text that is cut so."""
    head, body = _parts(text, cuts.headed)
    starts = [0, *(_next(body, end) for end in cuts.ends)]
    return [f"{head}{body[start:end]}" for start, end in zip(starts, cuts.ends, strict=False)]


def _parts(text: str, headed: bool) -> tuple[str, str]:
    head, _, rest = text.partition("\n")
    return (f"{head}\n", " ".join(rest.split())) if headed else ("", " ".join(text.split()))


def _next(body: str, end: int) -> int:
    return end + 1 if body[end : end + 1] == " " else end


def _end(head: str, body: str, room: int, count: Count) -> int:
    """How many characters of the body fit behind the head: whole words, but of a word that is too long a part."""
    ends: Sequence[int] = [match.end() for match in islice(re.finditer(r"[^ ]+", body), room)]
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        if count([head + body[: ends[middle - 1]]])[0] <= room:
            low = middle
        else:
            high = middle - 1
    return ends[low - 1] if low else min(ends[0], room // 3)
