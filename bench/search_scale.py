"""How search grows: building, refreshing, memory and answering from a thousand passages to a hundred thousand.

    python -m bench.search_scale [--sizes 1000 5000 25000 100000] [--source FOLDER ...] [--server ADDRESS]

The corpus is real (this project's lessons and exercises, and the folders given) and grown by copies: in a copy
two words of five are replaced by made-up ones, so that files, passages and vocabulary grow as in many different
projects; notebooks are left out. Embedding 100,000 passages takes most of an hour, so the vectors of a grown
corpus are not computed: a text gets the vector of a real text, with as much noise again. **Embedding is not in
the times of building**; what it would have taken is reckoned (`embedding`) from the model's real speed on this
machine, measured in the same run. Everything else (reading, cutting, storing in Chroma, opening, searching,
refreshing) is really done, and questions are really embedded. Each step runs in a process of its own.

Rows: texts are what is embedded (several a passage). `cutting`, `storing`, `reading back` make up building without
embedding; `ratio` is the whole build over the embedding alone. `nothing` and `one file` are refreshes after no
change and after one file's (the median of five files); `an eighth` is the one, after an eighth of the corpus has
changed, that writes everything anew. `open` is until the first answer, `memory` what a process with the index
open holds beside the model. Latencies are of a hundred questions, each asked once, after one to warm up, and of
them the medians of `question` (embedding it), `comparing` (with all vectors) and `ranking` (all the rest).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import psutil

from bench.grown import Borrowed, grow, real_speed
from bench.machine import machine, peak_memory_mb
from knowledge.embedding.embedder import Embedder, packaged_model
from knowledge.index.build import build
from knowledge.index.vectors import Compare
from knowledge.ingest.contents import read_contents
from knowledge.ingest.sources import Corpus, Source, our_own
from knowledge.search.lexical import Floats
from knowledge.search.library import Library

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = ROOT / "knowledge" / "evaluation" / "threads.jsonl"
_ONE_FILE = 5  # times that one file is changed


@dataclass
class Renamed:
    """The real model under the name that the grown index was built with: its vectors are of the same kind."""

    embedder: Embedder
    name: str = Borrowed.name
    spent: list[float] = field(default_factory=list)

    @property
    def max_tokens(self) -> int:
        return self.embedder.max_tokens

    def encode(self, texts: list[str], progress: Callable[[int], None] | None = None) -> Floats:
        begun = time.perf_counter()
        vectors = self.embedder.encode(texts, progress)
        self.spent.append(1000 * (time.perf_counter() - begun))
        return vectors

    def lengths(self, texts: list[str]) -> list[int]:
        return self.embedder.lengths(texts)


@dataclass
class Timed:
    """Compares as another does, and notes the milliseconds."""

    texts: Compare
    spent: list[float] = field(default_factory=list)

    def similarities(self, vector: Floats) -> Floats:
        begun = time.perf_counter()
        result = self.texts.similarities(vector)
        self.spent.append(1000 * (time.perf_counter() - begun))
        return result


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


def measure_build(folder: Path, index: Path, server: str | None) -> dict[str, float]:
    """Builds an index: seconds by part, megabytes."""
    clock = Clock()
    report = build(_corpus(folder), index, _borrowed(folder), clock, server)
    clock(0, 0, "")
    embedding = "Learning what the texts mean"
    return {
        "passages": report.passages,
        "texts": report.rows,
        "cutting": clock.spent["Reading the sources"] + clock.spent.get("Measuring the texts", 0.0),
        "storing": clock.spent.get(embedding, 0.0) - report.embedding_seconds,
        "reading back": clock.spent["Finishing"],
        "build": report.seconds - report.embedding_seconds,
        "peak": peak_memory_mb(),
        "disk": sum(file.stat().st_size for file in index.rglob("*") if file.is_file()) / 1e6,
    }


def measure_reader(folder: Path, index: Path, server: str | None) -> dict[str, float]:
    """Opens the index and asks: seconds, megabytes, latencies in milliseconds."""
    embedder = Renamed(packaged_model())
    packaged_model().encode(["warm up"])
    before = psutil.Process().memory_info().rss
    begun = time.perf_counter()
    library = Library(index, embedder)
    library.search("warm up")
    opened = time.perf_counter() - begun
    memory = psutil.Process().memory_info().rss - before
    vectors = library.snapshot().vectors
    assert vectors is not None
    timed = Timed(vectors.texts)
    library.snapshot().vectors = replace(vectors, texts=timed)
    embedder.spent.clear()
    asked = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    took = sorted(library.search(question).latency_ms for question in asked)
    whole, question = statistics.median(took), statistics.median(embedder.spent)
    comparing = statistics.median(timed.spent)
    return {
        "open": opened,
        "memory": memory / 1e6,
        "p50": whole,
        "p95": took[int(0.95 * len(took))],
        "question": question,
        "comparing": comparing,
        "ranking": whole - question - comparing,
    }


def measure_refresh(folder: Path, index: Path, server: str | None) -> dict[str, float]:
    """Refreshes after no change, after one file's, and after so many that everything is written anew."""
    corpus, embedder = _corpus(folder), _borrowed(folder)
    nothing = build(corpus, index, embedder, server=server).seconds
    files = sorted(file for file in folder.rglob("*") if file.suffix in {".py", ".md"})
    large = [file for file in files if file.suffix == ".py" and file.stat().st_size > 3_000]
    one: list[float] = []
    for file in large[:: max(1, len(large) // _ONE_FILE)][:_ONE_FILE]:
        _change(file)
        report = build(corpus, index, embedder, server=server)
        assert report.embedded
        one.append(report.seconds)
    for file in files[::5]:
        _change(file)
    return {
        "nothing": nothing,
        "one file": statistics.median(one),
        "an eighth": build(corpus, index, embedder, server=server).seconds,
    }


def _change(file: Path) -> None:
    added = (
        "\nADDED = 1  # a line more\n" if file.suffix == ".py" else "\nOne sentence more stands here now.\n"
    )
    file.write_text(file.read_text(encoding="utf-8") + added, encoding="utf-8")


def _corpus(folder: Path) -> Corpus:
    return Corpus((Source("grown", folder),))


def _borrowed(folder: Path) -> Borrowed:
    real: Floats = np.load(folder.parent / "real.npy")
    return Borrowed(real)


STEPS = {"build": measure_build, "read": measure_reader, "refresh": measure_refresh}


def row(folder: Path, index: Path, rate: float, server: str | None) -> dict[str, float]:
    """Builds, reads and refreshes one size."""
    figures: dict[str, float] = {}
    for step in STEPS:
        command = [sys.executable, "-m", "bench.search_scale", "--step", step, str(folder), str(index)]
        command += ["--server", server] if server is not None else []
        told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        figures |= json.loads(told.stdout.splitlines()[-1])
    embedding = figures["texts"] / rate
    return figures | {"embedding": embedding, "ratio": (figures["build"] + embedding) / embedding}


COLUMNS = {
    "passages": "{:,.0f}",
    "texts": "{:,.0f}",
    "cutting": "{:.1f} s",
    "storing": "{:.1f} s",
    "reading back": "{:.1f} s",
    "embedding": "{:,.0f} s",
    "ratio": "{:.2f}",
    "peak": "{:,.0f} MB",
    "disk": "{:,.0f} MB",
    "nothing": "{:.2f} s",
    "one file": "{:.2f} s",
    "an eighth": "{:.1f} s",
    "open": "{:.1f} s",
    "memory": "{:,.0f} MB",
    "p50": "{:.1f} ms",
    "p95": "{:.1f} ms",
    "question": "{:.1f} ms",
    "comparing": "{:.1f} ms",
    "ranking": "{:.1f} ms",
}


def main() -> None:
    """Measure and print."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 5_000, 25_000, 100_000])
    parser.add_argument("--source", type=Path, nargs="*", default=[], help="more folders to grow from")
    parser.add_argument("--server", help="address of a Chroma server that holds the vectors")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step, folder, index = options.step
        print(json.dumps(STEPS[step](Path(folder), Path(index), options.server)))
        return
    sources = [*our_own(ROOT).sources, *(Source(folder.name, folder) for folder in options.source)]
    speed = real_speed(sources)
    print(
        f"{speed.rate:.0f} texts a second embedded for real: from this `embedding` and `ratio` are reckoned,"
    )
    print("building and refreshing were timed without embedding. The columns are explained with --help.")
    home, draw, copies = Path(tempfile.mkdtemp(prefix="scale")), random.Random(0), 0
    try:
        np.save(home / "real.npy", speed.vectors)
        passages, each = 0, 1
        for size in sorted(options.sizes):
            while passages < size:
                grow(sources, home / "corpus", copies, draw)
                copies += 1
                if copies == 1:
                    each = len(read_contents(_corpus(home / "corpus")).passages)
                passages = copies * each
            figures = row(home / "corpus", home / f"index{size}", speed.rate, options.server)
            shutil.rmtree(home / f"index{size}")
            print(f"\n{machine()}")
            for name, form in COLUMNS.items():
                print(f"{name:>13} {form.format(figures[name])}", flush=True)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
