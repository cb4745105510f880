"""`python -m knowledge eval`: how well questions are answered, beside the usual recipe built in the same run.

A question: `{"id", "question", "kind", "answerable", "gold": [...]}`, one JSON a line. Each gold place has a
`path` and one of `start` and `end` (lines), `cell`, `symbol`, `section` (a heading), `anchor` (a whole line
of it), or nothing (the whole file). Places of one `group` are alternatives: any of them answers. With several
groups (a comparison's two sides) all are wanted.

A hit counts when its path is the gold one's and the two share half of the shorter one's lines, or a cell.
"""

from __future__ import annotations

import json
import math
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from knowledge.content.symbols import find_cells, find_lines, find_symbol, passages_between
from knowledge.errors import KnowledgeError
from knowledge.ingest.contents import Contents
from knowledge.passages import Passage, Span
from knowledge.search.library import Results

CUTS = (1, 3, 5, 10)
Search = Callable[[str], Results]


@dataclass(frozen=True)
class Question:
    """A question and the places that answer it: any of a group, and every group."""

    id: str
    text: str
    kind: str
    groups: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True)
class Scores:
    """Means over the answerable questions; `auc` over all. `ranks` holds each question's recall at 5."""

    recall: dict[int, float]
    mrr: float
    ndcg: float
    tokens: float
    auc: float | None
    latency_ms: float
    by_kind: dict[str, tuple[int, float]]
    five: dict[str, float] = field(repr=False, default_factory=dict)


def load_questions(file: Path, contents: Contents) -> list[Question]:
    """Raises KnowledgeError when a question's place does not exist in what is indexed."""
    questions = []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise KnowledgeError(f"No questions at {file}: {error.strerror}.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
            groups: dict[Any, list[Span]] = defaultdict(list)
            for place in raw["gold"]:
                groups[place.get("group", 0)] += _spans(place, contents)
            wanted = tuple(tuple(spans) for spans in groups.values())
            questions.append(Question(str(raw["id"]), raw["question"], raw.get("kind", "other"), wanted))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise KnowledgeError(f"{file.name}, line {number}: not a question ({error!r}).") from error
    return questions


def _spans(place: dict[str, Any], contents: Contents) -> list[Span]:
    path = place["path"]
    document = contents.documents.get(path)
    if document is None:
        raise KnowledgeError(f"A question rests on {path}, which is not indexed.")
    if place.get("cell") is not None:
        return [Span(path, None, None, int(place["cell"]))]
    if document.cells is not None:
        cells = (
            find_cells(document, place["anchor"]) if place.get("anchor") else list(range(len(document.cells)))
        )
        if not cells:
            raise KnowledgeError(f"{path} has no cell with the line {place['anchor']}")
        return [Span(path, None, None, cell) for cell in cells]
    if place.get("start") is not None:
        return [Span(path, int(place["start"]), int(place["end"]))]
    bounds: tuple[int, int] | None = (1, document.text.count("\n") + 1)
    if place.get("symbol"):
        bounds = find_symbol(document, place["symbol"])
    elif place.get("section"):
        parts = [one for one in document.passages if one.title.split(" › ")[-1] == place["section"]]
        bounds = (parts[0].span.bounds[0], parts[-1].span.bounds[1]) if parts else None
    if bounds is not None and place.get("anchor"):
        lines = [line for line in find_lines(document, place["anchor"]) if bounds[0] <= line <= bounds[1]]
        found = passages_between(document, lines[0], lines[0]) if lines else []
        bounds = found[0].span.bounds if found else None
    if bounds is None:
        raise KnowledgeError(f"A question rests on {place}, which is not there.")
    return [Span(path, *bounds)]


def evaluate(questions: Sequence[Question], search: Search) -> Scores:
    """Asks every question and scores the first ten hits."""
    recalls: dict[int, list[float]] = {cut: [] for cut in CUTS}
    mrr, ndcg, tokens, latencies = [], [], [], []
    kinds: dict[str, list[float]] = defaultdict(list)
    five: dict[str, float] = {}
    sure: list[float] = []
    unsure: list[float] = []
    for question in questions:
        results = search(question.text)
        passages = [hit.passage for hit in results.hits[: max(CUTS)]]
        latencies.append(results.latency_ms)
        (sure if question.groups else unsure).append(results.confidence)
        tokens.append(sum(len(passage.text) for passage in passages[:5]) / 4)
        if not question.groups:
            continue
        firsts = [_first(passages, group) for group in question.groups]
        found = [rank for rank in firsts if rank is not None]
        for cut in CUTS:
            recalls[cut].append(sum(rank <= cut for rank in found) / len(firsts))
        five[question.id] = recalls[5][-1]
        kinds[question.kind].append(recalls[5][-1])
        mrr.append(1 / min(found) if found else 0.0)
        ideal = sum(1 / math.log2(2 + place) for place in range(len(firsts)))
        ndcg.append(min(1.0, sum(1 / math.log2(1 + rank) for rank in found) / ideal))
    by_kind = {kind: (len(values), _mean(values)) for kind, values in sorted(kinds.items())}
    recall = {cut: _mean(values) for cut, values in recalls.items()}
    return Scores(
        recall,
        _mean(mrr),
        _mean(ndcg),
        _mean(tokens),
        _auc(sure, unsure),
        sorted(latencies)[len(latencies) // 2] if latencies else 0.0,
        by_kind,
        five,
    )


def _first(passages: Sequence[Passage], wanted: tuple[Span, ...]) -> int | None:
    for rank, passage in enumerate(passages, 1):
        if any(passage.span.overlap(span) >= 0.5 for span in wanted):
            return rank
    return None


def _auc(sure: list[float], unsure: list[float]) -> float | None:
    """The chance that an answerable question is more confident than one that is not."""
    if not sure or not unsure:
        return None
    wins = sum((high > low) + 0.5 * (high == low) for high in sure for low in unsure)
    return wins / (len(sure) * len(unsure))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def noise(scores: Scores, rounds: int = 2000) -> float:
    """How far recall at 5 may fall by chance: half of a 90% bootstrap interval over the questions."""
    values = list(scores.five.values())
    if not values:
        return 0.0
    draw = random.Random(0)
    means = sorted(_mean(draw.choices(values, k=len(values))) for _ in range(rounds))
    return (means[int(0.95 * rounds)] - means[int(0.05 * rounds)]) / 2


def table(named: dict[str, Scores]) -> str:
    """The scores of several systems, one a row, then recall at 5 by kind of question."""
    heads = [*(f"R@{cut}" for cut in CUTS), "MRR", "nDCG", "tok@5", "AUC", "ms"]
    rows = [f"{'':22}" + "".join(f"{head:>8}" for head in heads)]
    for name, scores in named.items():
        auc = "-" if scores.auc is None else f"{scores.auc:.3f}"
        numbers = [*(f"{scores.recall[cut]:.3f}" for cut in CUTS), f"{scores.mrr:.3f}", f"{scores.ndcg:.3f}"]
        numbers += [f"{scores.tokens:.0f}", auc, f"{scores.latency_ms:.1f}"]
        rows.append(f"{name:22}" + "".join(f"{number:>8}" for number in numbers))
    rows.append("recall@5 by kind")
    for name, scores in named.items():
        kinds = "  ".join(f"{kind} {value:.2f} ({count})" for kind, (count, value) in scores.by_kind.items())
        rows.append(f"{name:22}  {kinds}")
    return "\n".join(rows)
