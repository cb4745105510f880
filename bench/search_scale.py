"""How search grows: building, refreshing, memory and answering from a few thousand passages to a hundred thousand.

    python -m bench.search_scale [--sizes 2000 5000 20000 100000] [--source FOLDER ...]

The corpus is real (this project's lessons and exercises, and the folders given) and grown by copies: in a copy
two words of five are replaced by made-up ones, so that files, passages and vocabulary grow as in many different
projects; notebooks are left out. Embedding 100,000 passages takes hours, so the vectors of a grown corpus are
not computed: a text gets the vector of a real text, with as much noise again. What embedding would have taken is
reckoned from the model's real speed on this machine, measured in the same run. Everything else (reading, cutting,
storing in Chroma, opening, searching, refreshing) is really done, and questions are really embedded.

A row: texts are what is embedded (several a passage); `ratio` is the whole build over the embedding alone;
`nothing` and `one file` are refreshes after no change and after one file's; memory is of a process that has the
index open; latencies are of a hundred questions, each asked once, after one to warm up.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil

from knowledge.contents import read_contents
from knowledge.embed import Embedder, packaged_model
from knowledge.index import build
from knowledge.search import Library
from knowledge.sources import Corpus, Source, list_files, our_own, read_text
from knowledge.words import Floats

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "knowledge" / "evaluation" / "threads.jsonl"
_WORD = re.compile(r"[A-Za-z]{4,}")
_SAMPLE = 600  # real texts whose vectors stand for all, and whose embedding is timed
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

    def windows(self, text: str) -> list[str]:
        return [text]


@dataclass
class Clock:
    """Seconds by what a build says it is doing."""

    spent: dict[str, float] = field(default_factory=dict)
    doing: str = ""
    since: float = field(default_factory=time.perf_counter)

    def __call__(self, done: int, total: int, what: str) -> None:
        now = time.perf_counter()
        self.spent[self.doing] = self.spent.get(self.doing, 0.0) + now - self.since
        self.doing, self.since = what, now


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


def measure_reader(index: Path) -> dict[str, float]:
    """Opens the index in a process of its own: seconds, megabytes, latencies in milliseconds."""
    embedder = packaged_model()
    embedder.load()
    before = psutil.Process().memory_info().rss
    begun = time.perf_counter()
    library = Library(index, Renamed(embedder))
    library.search("warm up")
    opened = time.perf_counter() - begun
    memory = psutil.Process().memory_info().rss - before
    asked = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    took = sorted(library.search(question).latency_ms for question in asked)
    return {
        "open": opened,
        "memory": memory / 1e6,
        "p50": statistics.median(took),
        "p95": took[int(0.95 * len(took))],
    }


class Renamed:
    """The real model under the name that the grown index was built with: its vectors are of the same kind."""

    name = Borrowed.name

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.max_tokens = embedder.max_tokens

    def encode(self, texts: list[str], progress: Callable[[int], None] | None = None) -> Floats:
        return self.embedder.encode(texts, progress)

    def windows(self, text: str) -> list[str]:
        return self.embedder.windows(text)


@dataclass
class Speed:
    """How fast the real model embeds texts of this kind: texts a second, and the vectors of those texts."""

    rate: float
    vectors: Floats


def real_speed(sources: list[Source]) -> Speed:
    """Embeds some real texts, as a build does."""
    embedder = packaged_model()
    texts = sorted({way.text for way in read_contents(Corpus(tuple(sources))).ways})
    chosen = [embedder.windows(text)[0] for text in random.Random(0).sample(texts, min(_SAMPLE, len(texts)))]
    embedder.encode(chosen[:32])
    begun = time.perf_counter()
    vectors = embedder.encode(chosen)
    return Speed(len(chosen) / (time.perf_counter() - begun), vectors)


def row(folder: Path, index: Path, speed: Speed) -> dict[str, float]:
    """Builds, reads and refreshes one size."""
    corpus, embedder = Corpus((Source("grown", folder),)), Borrowed(speed.vectors)
    clock = Clock()
    report = build(corpus, index, embedder, clock)
    clock(0, 0, "")
    reckoned = report.rows / speed.rate
    spent = clock.spent
    storing = spent.get("Learning what the texts mean", 0.0) - report.embedding_seconds
    figures: dict[str, float] = {
        "passages": report.passages,
        "texts": report.rows,
        "cutting": spent.get("Reading the sources", 0.0),
        "storing": storing + spent.get("Finishing", 0.0) + spent.get("Measuring the texts", 0.0),
        "embedding": reckoned,
        "ratio": (report.seconds - report.embedding_seconds + reckoned) / reckoned,
        "disk": sum(file.stat().st_size for file in index.rglob("*") if file.is_file()) / 1e6,
    }
    command = [sys.executable, "-m", "bench.search_scale", "--read", str(index)]
    read = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures |= json.loads(read.stdout.splitlines()[-1])
    figures["nothing"] = build(corpus, index, embedder).seconds
    changed = next(file for file in sorted(folder.rglob("*.py")) if file.stat().st_size > 3_000)
    changed.write_text(changed.read_text(encoding="utf-8") + "\nADDED = 1  # a line more\n", encoding="utf-8")
    again = build(corpus, index, embedder)
    figures |= {"one file": again.seconds, "embedded": again.embedded}
    return figures


COLUMNS = {
    "passages": "{:,.0f}",
    "texts": "{:,.0f}",
    "cutting": "{:.1f} s",
    "storing": "{:.1f} s",
    "embedding": "{:,.0f} s",
    "ratio": "{:.2f}",
    "nothing": "{:.2f} s",
    "one file": "{:.1f} s",
    "open": "{:.1f} s",
    "memory": "{:,.0f} MB",
    "disk": "{:,.0f} MB",
    "p50": "{:.1f} ms",
    "p95": "{:.1f} ms",
}


def main() -> None:
    """Measure and print."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 5_000, 20_000])
    parser.add_argument("--source", type=Path, nargs="*", default=[], help="more folders to grow from")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        print(json.dumps(measure_reader(options.read)))
        return
    sources = [*our_own(ROOT).sources, *(Source(folder.name, folder) for folder in options.source)]
    speed = real_speed(sources)
    print(
        f"{speed.rate:.0f} texts a second embedded for real; columns after `passages` as the script's head says"
    )
    print("".join(f"{name:>11}" for name in COLUMNS), flush=True)
    home, draw, copies = Path(tempfile.mkdtemp(prefix="scale")), random.Random(0), 0
    try:
        passages, each = 0, 1
        for size in sorted(options.sizes):
            while passages < size:
                grow(sources, home / "corpus", copies, draw)
                copies += 1
                if copies == 1:
                    each = len(read_contents(Corpus((Source("grown", home / "corpus"),))).passages)
                passages = copies * each
            figures = row(home / "corpus", home / f"index{size}", speed)
            shutil.rmtree(home / f"index{size}")
            print("".join(f"{form.format(figures[name]):>11}" for name, form in COLUMNS.items()), flush=True)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
