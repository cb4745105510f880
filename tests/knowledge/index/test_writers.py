"""Several processes at one index: readers beside a writer, writers beside each other, and kills."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from knowledge.embedding.embedder import SentenceTransformerEmbedder
from knowledge.index.build import build
from knowledge.ingest.sources import Corpus
from knowledge.search.library import Library
from tests.knowledge.conftest import ROOT, WHERE, add_chapters, first

BUILDER = """
import sys
from pathlib import Path
from knowledge.embedding.embedder import packaged_model
from knowledge.index.build import build
from knowledge.ingest.sources import Corpus, Source
folder, index = Path(sys.argv[1]), Path(sys.argv[2])
tell = lambda done, total, what: print(done, total, what, flush=True)
print(build(Corpus((Source("toy", folder),)), index, packaged_model(), tell).changed, flush=True)
"""


def builder(toy: Path, index: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILDER, str(toy), str(index)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def kill_when(process: subprocess.Popen[str], moment: str) -> None:
    """Ends a builder the moment it says that it is doing something."""
    assert process.stdout is not None
    for line in process.stdout:
        if moment in line:
            break
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_a_reader_sees_what_another_process_wrote(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    build(corpus, index, embedder)
    library = Library(index, embedder)
    assert "masked_fill" in first(library)
    (toy / "model.py").write_text("def nothing():\n    return None\n", encoding="utf-8")
    process = builder(toy, index)
    while process.poll() is None:
        assert library.search(WHERE).hits
    assert process.wait() == 0, process.stderr and process.stderr.read()
    texts = [hit.passage.text for hit in library.search(WHERE).hits]
    assert not any("masked_fill" in text for text in texts), "what was deleted is not returned"


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["Reading", "Measuring", "Learning", "Finishing"])
def test_a_kill_at_any_moment_leaves_a_usable_index(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder, moment: str
) -> None:
    build(corpus, index, embedder)
    add_chapters(toy, 60)
    kill_when(builder(toy, index), moment)
    library = Library(index, embedder)
    assert "masked_fill" in first(library)
    assert build(corpus, index, embedder).changed
    assert library.resolve("toy/more59.md") is not None
    assert len(list((index / "generations").iterdir())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["Reading", "Measuring", "Learning", "Finishing"])
def test_a_kill_while_a_small_change_is_written_leaves_a_usable_index(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder, moment: str
) -> None:
    add_chapters(toy, 40)
    build(corpus, index, embedder)
    library = Library(index, embedder)
    assert "masked_fill" in first(library)
    (toy / "more7.md").write_text("# chapter 7\n\nNow about something else.\n", encoding="utf-8")
    kill_when(builder(toy, index), moment)
    assert "masked_fill" in first(Library(index, embedder))
    report = build(corpus, index, embedder)
    assert report.rebuilt is None
    assert "something else" in first(library, "something else of chapter 7")
    assert len(list((index / "generations").iterdir())) == 1


@pytest.mark.slow
def test_two_writers_take_turns(toy: Path, index: Path) -> None:
    both = [builder(toy, index), builder(toy, index)]
    said = []
    for process in both:
        out, err = process.communicate(timeout=200)
        assert process.returncode == 0, err
        said.append(out.strip().splitlines()[-1])
    assert sorted(said) == ["False", "True"]


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["Waiting", "Learning", "Finishing"])
def test_one_of_two_writers_is_killed_and_the_other_mends_it(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder, moment: str
) -> None:
    build(corpus, index, embedder)
    library = Library(index, embedder)
    add_chapters(toy, 40)
    killed, other = builder(toy, index), builder(toy, index)
    kill_when(killed, moment)
    while other.poll() is None:
        assert "masked_fill" in first(library), "a reader never sees a part of an index"
    _, err = other.communicate()
    assert other.returncode == 0, err
    report = build(corpus, index, embedder)
    assert report.rebuilt is None
    assert not report.changed
    assert library.resolve("toy/more39.md") is not None
    assert len(list((index / "generations").iterdir())) == 1
