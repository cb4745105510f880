from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from knowledge.index.vectors import InMemoryVectors


@pytest.mark.parametrize("rows", [0, 1, 1_000, 60_001])
def test_similarities_are_the_product_however_many_vectors_there_are(rows: int) -> None:
    draw = np.random.default_rng(0)
    matrix = draw.normal(size=(rows, 8)).astype(np.float32)
    questions = draw.normal(size=(6, 8)).astype(np.float32)
    held = InMemoryVectors(matrix)
    with ThreadPoolExecutor(6) as pool:  # many readers at once
        found = list(pool.map(held.similarities, questions))
    for question, similarities in zip(questions, found, strict=True):
        assert similarities == pytest.approx(matrix @ question, abs=1e-4)
