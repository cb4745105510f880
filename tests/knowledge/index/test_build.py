from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.embedding.embedder import SentenceTransformerEmbedder
from knowledge.errors import KnowledgeError
from knowledge.index.build import build
from knowledge.index.generations import current, hold, write_manifest
from knowledge.ingest.sources import Corpus
from knowledge.search.library import Library
from tests.knowledge.conftest import MODEL, WHERE, current_generation, first


def test_an_index_that_is_up_to_date_is_left_alone(
    corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    report = build(corpus, index, embedder)
    assert report.changed
    assert report.embedded == report.rows > 5
    before = current(index)
    begun = time.perf_counter()
    again = build(corpus, index, embedder)
    assert not again.changed
    assert time.perf_counter() - begun < 1
    assert current(index) == before


def test_only_what_changed_is_embedded(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    whole = build(corpus, index, embedder)
    (toy / "model.py").write_text("import os\n\n" + MODEL, encoding="utf-8")
    moved = build(corpus, index, embedder)
    assert moved.changed
    assert moved.embedded <= 1, "lines that only moved keep their vectors"
    text = MODEL.replace("Rises linearly, then stays.", "Grows in small steps, then is constant.")
    (toy / "model.py").write_text(text, encoding="utf-8")
    edited = build(corpus, index, embedder)
    assert 1 <= edited.embedded < whole.embedded / 2
    library = Library(index, embedder)
    assert "Grows in small steps" in first(library, "what grows in small steps")


def test_a_removed_file_is_no_longer_found(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    build(corpus, index, embedder)
    library = Library(index, embedder)
    assert library.resolve("toy/model.py::Attention") is not None
    (toy / "model.py").unlink()
    build(corpus, index, embedder)
    assert library.resolve("toy/model.py::Attention") is None
    assert {hit.passage.span.path for hit in library.search(WHERE).hits} == {"toy/README.md"}


def test_progress_is_told(corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder) -> None:
    heard: list[tuple[int, int, str]] = []
    build(corpus, index, embedder, lambda done, total, what: heard.append((done, total, what)))
    assert heard[-1][0] == heard[-1][1] > 0
    assert all(what for _, _, what in heard)


def test_another_model_is_another_collection(
    corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    build(corpus, index, embedder)
    other = SentenceTransformerEmbedder(embedder.model, "another-model", offline=True)
    report = build(corpus, index, other)
    assert report.embedded == report.rows, "nothing of the first model is taken over"
    assert first(Library(index, other))
    with pytest.raises(KnowledgeError, match="built with another-model"):
        Library(index, embedder).search(WHERE)


@pytest.mark.parametrize(
    "broken",
    [
        "manifest.json",
        "documents.json",
        "base/contents.jsonl",
        "base/vectors.npy",
        "base/chroma/chroma.sqlite3",
        "since/vectors.npy",
    ],
)
def test_a_damaged_index_is_noticed_and_rebuilt(
    corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder, broken: str
) -> None:
    build(corpus, index, embedder)
    file = current_generation(index)[0] / broken
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle // 2 : middle] = b"\xff" * (middle - middle // 2)
    file.write_bytes(data)
    with pytest.raises(KnowledgeError, match="python -m knowledge index"):
        Library(index, embedder).search(WHERE)
    report = build(corpus, index, embedder)
    assert report.rebuilt
    assert "masked_fill" in first(Library(index, embedder))


def test_an_index_written_without_a_part_mends_itself(
    corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    build(corpus, index, embedder)
    folder, manifest = current_generation(index)
    write_manifest(folder, replace(manifest, files={"leads.jsonl": manifest.files["leads.jsonl"]}))
    (folder / "base" / "rows.json").unlink()
    assert build(corpus, index, embedder).rebuilt
    assert "masked_fill" in first(Library(index, embedder))


def test_a_pointer_to_nothing_is_no_index(
    corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    with pytest.raises(KnowledgeError, match="No index at"):
        Library(index, embedder).search(WHERE)
    build(corpus, index, embedder)
    (index / "current").write_text("nowhere", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="No index at"):
        Library(index, embedder).search(WHERE)
    assert build(corpus, index, embedder).changed


def test_a_generation_goes_when_nobody_holds_it(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    build(corpus, index, embedder)
    old, _ = current_generation(index)
    release = hold(old)
    (toy / "a.md").write_text("# one\n\ntext\n", encoding="utf-8")
    build(corpus, index, embedder)
    assert old.exists(), "somebody reads it"
    release()
    (toy / "a.md").write_text("# two\n\ntext\n", encoding="utf-8")
    build(corpus, index, embedder)
    assert not old.exists()
    (old.parent / "x" / "held").mkdir(parents=True)
    (old.parent / "x" / "held" / "999999999-dead").touch()
    (toy / "a.md").write_text("# three\n\ntext\n", encoding="utf-8")
    build(corpus, index, embedder)
    kept, _ = current_generation(index)
    assert [folder.name for folder in old.parent.iterdir()] == [kept.name]


def test_many_threads_search_while_it_is_refreshed(
    corpus: Corpus, toy: Path, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    build(corpus, index, embedder)
    library = Library(index, embedder)
    failures: list[BaseException] = []
    done = threading.Event()

    def ask() -> None:
        try:
            while not done.is_set():
                assert "masked_fill" in first(library)
        except (AssertionError, KnowledgeError, IndexError) as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(3):
        (toy / "extra.md").write_text(f"# round {number}\n\nnothing of note\n", encoding="utf-8")
        build(corpus, index, embedder)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert library.resolve("toy/extra.md") is not None


def test_the_manifest_names_what_it_was_built_with(
    corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    build(corpus, index, embedder)
    folder, manifest = current_generation(index)
    assert manifest.model == "all-MiniLM-L6-v2-53aa5117"
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["rows"] == manifest.rows


def test_a_folder_that_cannot_be_written_is_said(
    corpus: Corpus, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(KnowledgeError, match="cannot be written"):
        build(corpus, tmp_path / "file" / "index", embedder)
