"""Small repositories to search, and the packaged model, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.embedding.embedder import PackagedEmbedder, packaged_model
from knowledge.index.generations import Manifest, current, read_manifest
from knowledge.ingest.sources import Corpus, Source
from knowledge.search.library import Library

ROOT = Path(__file__).resolve().parents[2]
WHERE = "where is the future hidden"

MODEL = '''"""A small transformer."""
import math

import torch


class Attention:
    """Lets each token look at earlier ones."""

    def __init__(self, width, heads):
        # one projection gives queries, keys and values
        self.project = torch.nn.Linear(width, 3 * width)
        self.heads = heads

    def forward(self, x):
        q, k, v = self.project(x).chunk(3, dim=-1)
        scores = q @ k.transpose(-2, -1) / math.sqrt(k.size(-1))
        # hide what comes later, so that no token sees the future
        scores = scores.masked_fill(self.mask == 0, float("-inf"))
        return scores.softmax(dim=-1) @ v


def learning_rate(step, warmup=100):
    """Rises linearly, then stays."""
    if step < 0:
        raise ValueError(f"a step cannot be negative: {step}")
    return min(1.0, step / warmup)


def cool_down(step, total):
    """The cosine that ends the training gently."""
    return 0.5 * (1 + math.cos(math.pi * step / total))
'''
README = """# toy

A toy to test with.

## install

```sh
pip install toy
```

## todo

- train on several graphics cards at once
- a tokenizer of its own
"""


@pytest.fixture(scope="session")
def embedder() -> PackagedEmbedder:
    return packaged_model()


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A repository of two files."""
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    (folder / "README.md").write_text(README, encoding="utf-8")
    return folder


@pytest.fixture
def corpus(toy: Path) -> Corpus:
    return Corpus((Source("toy", toy),))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "index"


def first(library: Library, question: str = WHERE) -> str:
    """The text of the best hit."""
    return library.search(question).hits[0].passage.text


def add_chapters(toy: Path, count: int) -> None:
    """Files that take a while to embed."""
    for number in range(count):
        text = f"# chapter {number}\n\n" + f"Some words about subject {number}. " * 20
        (toy / f"more{number}.md").write_text(text, encoding="utf-8")


def current_generation(index: Path) -> tuple[Path, Manifest]:
    """The folder that the pointer names, and its manifest."""
    folder = current(index)
    assert folder is not None
    return folder, read_manifest(folder)
