"""A real corpus grown by copies, for measuring: files with words of their own, and vectors that take no time."""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from knowledge.embedding.embedder import in_pieces, packaged_model
from knowledge.ingest.contents import read_contents
from knowledge.ingest.sources import Corpus, Source, list_files, read_text
from knowledge.search.lexical import Floats

_WORD = re.compile(r"[A-Za-z]{4,}")
_SAMPLE = 600  # real texts whose vectors stand for all, and whose embedding is timed
_TIMED = 100  # texts timed together
_REPLACED = 0.4
_NOISE = 0.05  # a coordinate: with 384 of them as long as the vector itself


@dataclass
class Borrowed:
    """An embedder that takes no time: vectors of real texts, with noise. `name` keeps its indexes apart."""

    real: Floats
    name: str = "borrowed-with-noise"
    max_tokens: int = 10**6

    def encode(self, texts: list[str], progress: Callable[[int], None] | None = None) -> Floats:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") for text in texts]
        noise = np.random.default_rng(seeds[0] if seeds else 0).normal(0, _NOISE, (len(texts), 384))
        rows = self.real[[seed % len(self.real) for seed in seeds]] + noise.astype(np.float32)
        result: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return result.astype(np.float32)

    def lengths(self, texts: list[str]) -> list[int]:
        return [len(text) for text in texts]


def grow(sources: list[Source], into: Path, number: int, draw: random.Random) -> None:
    """Writes one more copy of every file, its words partly replaced by made-up ones."""
    made: dict[str, str] = {}

    def another(match: re.Match[str]) -> str:
        word = match[0]
        if word not in made:
            letters = "".join(draw.choices("abcdefghijklmnoprstuvwz", k=len(word)))
            made[word] = letters if draw.random() < _REPLACED else word
        return made[word]

    for source in sources:
        for entry in list_files(source):
            text = read_text(entry.file)
            if text is None or entry.path.endswith(".ipynb"):
                continue
            target = into / f"copy{number:04}" / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_WORD.sub(another, text), encoding="utf-8")


@dataclass
class Speed:
    """How fast the real model embeds texts of this kind: texts a second, and the vectors of those texts."""

    rate: float
    vectors: Floats


def real_speed(sources: list[Source]) -> Speed:
    """Embeds some real texts, as a build does; the rate is that of the fastest part: other work only slows."""
    embedder = packaged_model()
    texts = sorted({way.text for way in read_contents(Corpus(tuple(sources))).ways})
    chosen = [
        in_pieces(embedder, text)[0] for text in random.Random(0).sample(texts, min(_SAMPLE, len(texts)))
    ]
    embedder.encode(chosen[:32])
    vectors: list[Floats] = []
    rates: list[float] = []
    for start in range(0, len(chosen), _TIMED):
        part = chosen[start : start + _TIMED]
        begun = time.perf_counter()
        vectors.append(embedder.encode(part))
        rates.append(len(part) / (time.perf_counter() - begun))
    return Speed(max(rates), np.concatenate(vectors))
