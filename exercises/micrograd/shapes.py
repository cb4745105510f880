"""Points in the plane for a network to tell apart; the same seed gives the same points everywhere."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

Point = tuple[float, float]
Labelled = tuple[list[Point], list[int]]  # points and their labels, -1 or 1


def moons(count: int, noise: float, seed: int) -> Labelled:
    """Two half circles, one inside the other's opening: no straight line parts them."""

    def place(label: int, along: float) -> Point:
        angle = math.pi * along
        if label < 0:
            return math.cos(angle), math.sin(angle)
        return 1 - math.cos(angle), 0.5 - math.sin(angle)

    return _scatter(place, count, noise, seed)


def circles(count: int, noise: float, seed: int) -> Labelled:
    """A ring in a ring: the answer is the distance from the middle, which no single input tells."""

    def place(label: int, along: float) -> Point:
        angle, radius = 2 * math.pi * along, 0.5 if label < 0 else 1.2
        return radius * math.cos(angle), radius * math.sin(angle)

    return _scatter(place, count, noise, seed)


def spiral(count: int, noise: float, seed: int) -> Labelled:
    """Two arms wound around each other, one and a quarter turns: hard for a small network."""

    def place(label: int, along: float) -> Point:
        angle = 2.5 * math.pi * along + (math.pi if label > 0 else 0.0)
        radius = 0.1 + 1.2 * along
        return radius * math.cos(angle), radius * math.sin(angle)

    return _scatter(place, count, noise, seed)


SHAPES: dict[str, Callable[[int, float, int], Labelled]] = {
    "moons": moons,
    "circles": circles,
    "spiral": spiral,
}


def _scatter(place: Callable[[int, float], Point], count: int, noise: float, seed: int) -> Labelled:
    """`count` points, half of each label, at random places along their curve, blurred by `noise` (a standard
    deviation, in the plane's units), in mixed order."""
    rng = random.Random(seed)
    labels = [-1 if i % 2 else 1 for i in range(count)]
    rng.shuffle(labels)
    points = []
    for label in labels:
        x, y = place(label, rng.random())
        points.append((x + rng.gauss(0, noise), y + rng.gauss(0, noise)))
    return points, labels
