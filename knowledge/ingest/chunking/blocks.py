"""Cutting long blocks into units of about eighteen lines, at the best places there are."""

from __future__ import annotations

TARGET = 18.0
"""Lines that a unit should have: long enough to answer, short enough to point."""
LONGEST = 27.0
"""Lines up to which a block is left whole."""

_WIDE = 80.0  # characters that count as one line
_EACH = 0.15  # what any cut costs, so that there are no needless ones
NEVER = 1e6
"""The penalty of a place that is cut only if there is no other."""


def weight(line: str) -> float:
    """How many lines a line counts for: a paragraph written as one line counts for several."""
    return max(1.0, len(line) / _WIDE) if line.strip() else 0.4


def cut(lines: list[str], penalties: list[float]) -> list[tuple[int, int]]:
    """Half-open ranges of line indexes that together cover all lines.

    `penalties[i]` is the cost of a cut before line i (`NEVER` where it would tear something). The sum of
    these costs and of each unit's distance from `TARGET` is the least possible.
    """
    weights = [weight(line) for line in lines]
    if sum(weights) <= LONGEST:
        return [(0, len(lines))]
    best = [0.0] + [float("inf")] * len(lines)
    back = [0] * (len(lines) + 1)
    for end in range(1, len(lines) + 1):
        size = 0.0
        for start in range(end - 1, -1, -1):
            size += weights[start]
            cost = best[start] + _size_cost(size) + (penalties[start] + _EACH if start else 0.0)
            if cost < best[end]:
                best[end], back[end] = cost, start
            if size > 3 * LONGEST and best[end] < float("inf"):
                break
    ranges: list[tuple[int, int]] = []
    end = len(lines)
    while end:
        ranges.append((back[end], end))
        end = back[end]
    return ranges[::-1]


def _size_cost(size: float) -> float:
    off = (size - TARGET) / TARGET
    cost = off * off if off > 0 else 0.7 * off * off
    return cost + max(0.0, size - LONGEST) / 4


def trim(lines: list[str], start: int, end: int) -> tuple[int, int]:
    """The half-open range without blank lines at its ends."""
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return start, end
