"""Figures of the lessons, each computed by code when it is shown: nothing is a drawn picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal


@dataclass(frozen=True)
class Figure:
    """Points to draw. `x`, `y` and `shade` are the axes' titles; each row holds values under these names.

    heat: shade over x and y · lines: y over x, one line a shade · bars: y for each x, grouped by shade ·
    points: y over x, colored by shade. `caption` says what to see.
    """

    title: str
    caption: str
    kind: Literal["heat", "lines", "bars", "points"]
    x: str
    y: str
    shade: str
    rows: tuple[Mapping[str, object], ...]
    log: tuple[Literal["x", "y"], ...] = ()


def softmax(scores: list[float], temperature: float = 1.0) -> list[float]:
    """Shares that sum to 1."""
    top = max(scores)
    raised = [math.exp((score - top) / temperature) for score in scores]
    return [one / sum(raised) for one in raised]


def _attention_weights() -> Figure:
    words = ["the", "dog", "barked", "because", "it"]
    queries = [[1, 0, 0, 1], [2, 1, 0, 0], [0, 2, 1, 0], [1, 1, 1, 0], [2, 0, 2, 0]]
    keys = [[0, 1, 0, 2], [3, 1, 1, 0], [0, 2, 1, 1], [1, 0, 0, 1], [1, 0, 1, 0]]
    rows = []
    for place, query in enumerate(queries):
        seen = [sum(q * k for q, k in zip(query, key, strict=True)) / 2 for key in keys[: place + 1]]
        for word, weight in zip(words, [*softmax(seen), 0.0, 0.0, 0.0, 0.0], strict=False):
            rows.append({"listens to": word, "word": words[place], "weight": weight})
    return Figure(
        "Who listens to whom",
        "Each row sums to 1; a word sees itself and what is before it. “it” listens mostly to “dog”. Invented vectors.",
        "heat", "listens to", "word", "weight", tuple(rows),
    )  # fmt: skip


def _causal_mask() -> Figure:
    count = 8
    rows = [
        {"sees": seen, "token": token, "share": 1 / (token + 1) if seen <= token else 0.0}
        for token in range(count)
        for seen in range(count)
    ]
    return Figure("What the mask leaves", "With equal scores, each token spreads its attention over its own past.",
                  "heat", "sees", "token", "share", tuple(rows))  # fmt: skip


def _temperature() -> Figure:
    letters, scores = list("eaoinzq"), [3.0, 2.6, 2.2, 1.8, 1.2, -1.0, -2.0]
    rows = [
        {"letter": letter, "probability": share, "temperature": f"{heat:g}"}
        for heat in (0.5, 1.0, 2.0)
        for letter, share in zip(letters, softmax(scores, heat), strict=True)
    ]
    return Figure("One set of scores, three temperatures",
                  "Low: the likeliest letter takes nearly all. High: even “z” gets its turn.",
                  "bars", "letter", "probability", "temperature", tuple(rows))  # fmt: skip


def _learning_rate() -> Figure:
    from exercises.nanogpt.train import Knobs, learning_rate

    rows = []
    for decay in ("cosine", "linear", "none"):
        knobs = Knobs(steps=1000, warmup=100, decay=decay)
        rows += [
            {"step": step, "learning rate": learning_rate(step, knobs), "decay": decay}
            for step in range(0, 1000, 10)
        ]
    return Figure("How far each step goes", "A rise over the first 100 steps, then three ways down.",
                  "lines", "step", "learning rate", "decay", tuple(rows))  # fmt: skip


def _activations() -> Figure:
    bends: dict[str, Callable[[float], float]] = {"tanh": math.tanh, "ReLU": lambda x: max(0.0, x)}
    rows = [
        {"input": x / 10, "output": bend(x / 10), "function": name}
        for name, bend in bends.items()
        for x in range(-30, 31)
    ]
    return Figure("Two ways to bend a line", "Where a curve is flat, no gradient passes.",
                  "lines", "input", "output", "function", tuple(rows))  # fmt: skip


def _moons() -> Figure:
    from exercises.micrograd.shapes import moons

    points, labels = moons(100, 0.1, 1337)
    rows = [
        {"x": x, "y": y, "kind": "first" if label > 0 else "second"}
        for (x, y), label in zip(points, labels, strict=True)
    ]
    return Figure("Two moons", "No straight line parts them; a small network's curve does.",
                  "points", "x", "y", "kind", tuple(rows))  # fmt: skip


def _context_cost() -> Figure:
    rows = [
        {"tokens in the prompt": n, "comparisons": n * n / 2, "what": "attention: every pair"}
        for n in range(500, 16001, 500)
    ] + [
        {"tokens in the prompt": n, "comparisons": n * 1000.0, "what": "a thousand for each token"}
        for n in range(500, 16001, 500)
    ]
    return Figure("Twice the text, four times the comparisons", "Pairs overtake whatever grows with tokens.",
                  "lines", "tokens in the prompt", "comparisons", "what", tuple(rows))  # fmt: skip


def _scaling() -> Figure:
    rows = []
    for name, tokens in (("20 billion tokens", 2e10), ("300 billion", 3e11), ("4.5 trillion", 4.5e12)):
        for tenth in range(70, 121):
            parameters = 10 ** (tenth / 10)
            loss = 1.69 + 406.4 / parameters**0.34 + 410.7 / tokens**0.28
            rows.append({"parameters": parameters, "loss (nats)": loss, "trained on": name})
    return Figure("A larger model needs more text to pay off",
                  "The fit of Hoffmann and others (2022): loss = 1.69 + 406.4/N^0.34 + 410.7/D^0.28.",
                  "lines", "parameters", "loss (nats)", "trained on", tuple(rows), ("x",))  # fmt: skip


def _kv_cache() -> Figure:
    rows = [
        {"tokens kept": n, "megabytes": 2 * layers * width * 2 * n / 2**20, "model": name}
        for name, layers, width in (("GPT-2 small", 12, 768), ("GPT-2 XL", 48, 1600))
        for n in range(0, 1025, 64)
    ]
    return Figure("What a conversation holds in memory",
                  "Two vectors a layer and token, two bytes a number: it grows with every token and every user.",
                  "lines", "tokens kept", "megabytes", "model", tuple(rows))  # fmt: skip


FIGURES: dict[str, Callable[[], Figure]] = {
    "attention-weights": _attention_weights,
    "causal-mask": _causal_mask,
    "temperature": _temperature,
    "learning-rate": _learning_rate,
    "activations": _activations,
    "moons": _moons,
    "context-cost": _context_cost,
    "scaling": _scaling,
    "kv-cache": _kv_cache,
}


@cache
def figure(name: str) -> Figure | None:
    """The figure of this name; None where there is none."""
    make = FIGURES.get(name)
    return make() if make else None
