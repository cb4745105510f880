"""The vectors that a search compares with: all in memory, or the nearest ones asked of a Chroma server.

Chroma stores the vectors: by the hash of their text, in a folder of the index or on a server. What a build
embeds goes there and what it need not embed again comes from there; in a folder the few that small changes
brought wait beside it until the index is next written whole (see `parts`). Who answers a question differs:

- A server is asked for the nearest texts of each question, by its HNSW graph; those that small changes brought
  are compared here.
- In a folder Chroma is not asked. It rewrites its files even when they are only read, which is not safe beside
  another process, and it would give the nearest ones only, while the ranking measures them against all others.
  So a build exports Chroma's vectors as one array, and a search multiplies with it: exact, and at 100,000
  texts still in milliseconds.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from knowledge.index.chroma import Store
from knowledge.search.lexical import Floats

ASKED = 1_000
"""Nearest texts asked of a server for one question: a wide pool, of which the ranking picks."""
SAMPLE = 2_000
"""Texts that stand for all others in the statistics, where only the nearest ones are known."""

_MANY = 50_000  # vectors from which on several threads pay
_THREADS = min(4, os.cpu_count() or 1)


class Compare(Protocol):
    """Similarities of a question with every text."""

    def similarities(self, vector: Floats) -> Floats:
        """Cosines, shape (texts,)."""
        ...


@dataclass(frozen=True)
class InMemoryVectors:
    """All vectors in memory: exact. Shape (texts, dimensions), of unit length."""

    matrix: Floats

    def similarities(self, vector: Floats) -> Floats:
        # Not `@`: beside other work the threads of BLAS wait for each other in a loop, and cost twice the time.
        result = np.empty(len(self.matrix), np.float32)
        count = _THREADS if len(self.matrix) >= _MANY else 1
        bounds = np.linspace(0, len(self.matrix), count + 1).astype(int)
        parts = [slice(*pair) for pair in pairwise(bounds)]

        def compare(part: slice) -> None:
            np.einsum("ij,j->i", self.matrix[part], vector, out=result[part])

        if count > 1:
            list(_pool().map(compare, parts))
        else:
            compare(parts[0])
        return result


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_THREADS, "compare")


@dataclass(frozen=True)
class RemoteVectors:
    """The nearest texts from a Chroma server; the others are taken to be like a sample, but farther off.

    `since` holds what small changes brought: not on the server, the last rows of all.
    """

    store: Store
    row_of: dict[str, int]
    sample: Floats
    since: Floats

    def similarities(self, vector: Floats) -> Floats:
        ids, near = self.store.nearest(vector, min(ASKED, len(self.row_of)))
        others = np.minimum(self.sample @ vector, near.min(initial=1.0))
        result: Floats = np.resize(others, len(self.row_of)).astype(np.float32)
        known = [
            (self.row_of[key], value) for key, value in zip(ids, near, strict=True) if key in self.row_of
        ]
        result[[row for row, _ in known]] = [value for _, value in known]
        return np.concatenate([result, self.since @ vector]) if len(self.since) else result


@dataclass(frozen=True)
class Vectors:
    """`way[i]` is the number of a way, `row[i]` the row of a window of it: one text may be many ways."""

    texts: Compare
    way: npt.NDArray[np.int32]
    row: npt.NDArray[np.int32]
