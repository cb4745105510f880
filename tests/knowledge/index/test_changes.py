"""A refresh after a small change writes the change and shares the rest."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.embedding.embedder import SentenceTransformerEmbedder
from knowledge.errors import KnowledgeError
from knowledge.index.build import build
from knowledge.index.chroma import open_store
from knowledge.index.generations import file_hash, hold, write_manifest
from knowledge.ingest.sources import Corpus
from knowledge.search.library import Library
from tests.knowledge.conftest import WHERE, add_chapters, current_generation, first

VECTORS = "base/vectors.npy"
OTHER = "# chapter 7\n\nThe gardener waters roses in the evening.\n"


@pytest.fixture
def grown(toy: Path, corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder) -> Path:
    """A toy of many files, and its index."""
    add_chapters(toy, 30)
    build(corpus, index, embedder)
    return toy


def shares(index: Path, before: Path) -> bool:
    return (current_generation(index)[0] / VECTORS).samefile(before / VECTORS)


def test_what_did_not_change_is_shared_and_not_copied(
    grown: Path, corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    before, manifest = current_generation(index)
    release = hold(before)
    (grown / "more7.md").write_text(OTHER, encoding="utf-8")
    report = build(corpus, index, embedder)
    assert 1 <= report.embedded <= 3
    assert shares(index, before)
    after = current_generation(index)[1]
    for name in ("base/contents.jsonl", "base/chroma/chroma.sqlite3", VECTORS):
        assert after.files[name] == manifest.files[name], "what is shared is never written again"
    release()


def test_many_small_changes_give_what_building_anew_gives(
    grown: Path, corpus: Corpus, index: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    library = Library(index, embedder)
    (grown / "more7.md").write_text(OTHER, encoding="utf-8")
    build(corpus, index, embedder)
    assert "roses" in first(library, "who waters the roses")
    (grown / "more3.md").unlink()
    build(corpus, index, embedder)
    (grown / "extra.md").write_text("# extra\n\nA cat sleeps on the warm stone.\n", encoding="utf-8")
    build(corpus, index, embedder)
    (grown / "more7.md").write_text(OTHER.replace("roses", "tulips"), encoding="utf-8")
    build(corpus, index, embedder)
    assert library.resolve("toy/more3.md") is None
    build(corpus, tmp_path / "anew", embedder)
    anew = Library(tmp_path / "anew", embedder)
    assert [passage.id for passage in library.contents.passages] == [
        passage.id for passage in anew.contents.passages
    ]
    for question in (WHERE, "who waters the tulips", "the cat on the stone", "words about subject 12"):
        mine, theirs = library.search(question), anew.search(question)
        assert [hit.passage for hit in mine.hits] == [hit.passage for hit in theirs.hits]
        assert mine.confidence == pytest.approx(theirs.confidence, abs=1e-4)


def test_when_much_has_changed_everything_is_written_anew(
    grown: Path, corpus: Corpus, index: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    before, _ = current_generation(index)
    release = hold(before)
    (grown / "more7.md").write_text(OTHER, encoding="utf-8")
    build(corpus, index, embedder)
    for number in range(8, 20):
        (grown / f"more{number}.md").write_text(OTHER.replace("7", str(number)), encoding="utf-8")
    report = build(corpus, index, embedder)
    assert not shares(index, before)
    folder, manifest = current_generation(index)
    shutil.copytree(folder / "base" / "chroma", tmp_path / "chroma")  # opening it writes it
    store = open_store(tmp_path / "chroma", embedder.name, folder.name)
    assert len(store.ids()) == report.rows == manifest.rows
    store.close()
    assert "roses" in first(Library(index, embedder), "who waters the roses of chapter 7")
    release()


@pytest.mark.parametrize("broken", ["since/contents.jsonl", "since/vectors.npy", "since/rows.json"])
def test_a_damaged_change_is_noticed_and_rebuilt(
    grown: Path, corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder, broken: str
) -> None:
    (grown / "more7.md").write_text(OTHER, encoding="utf-8")
    build(corpus, index, embedder)
    (current_generation(index)[0] / broken).write_bytes(b"\xff\x00")
    with pytest.raises(KnowledgeError, match="python -m knowledge index"):
        Library(index, embedder).search(WHERE)
    assert build(corpus, index, embedder).rebuilt
    assert "roses" in first(Library(index, embedder), "who waters the roses")


def test_without_links_what_did_not_change_is_copied(
    grown: Path,
    corpus: Corpus,
    index: Path,
    embedder: SentenceTransformerEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError("this file system has no links")

    before, _ = current_generation(index)
    release = hold(before)
    monkeypatch.setattr(os, "link", no_links)
    (grown / "more7.md").write_text(OTHER, encoding="utf-8")
    assert build(corpus, index, embedder).embedded <= 3
    assert not shares(index, before)
    release()
    assert "roses" in first(Library(index, embedder), "who waters the roses")
    assert not build(corpus, index, embedder).changed


def test_damage_that_only_reading_shows_is_mended_as_well(
    grown: Path, corpus: Corpus, index: Path, embedder: SentenceTransformerEmbedder
) -> None:
    folder, manifest = current_generation(index)
    file = folder / "base" / "contents.jsonl"
    file.write_bytes(b"#" * file.stat().st_size)
    files = manifest.files | {"base/contents.jsonl": file_hash(file)}
    write_manifest(folder, replace(manifest, files=files))
    for number in range(12):
        (grown / f"more{number}.md").write_text(OTHER, encoding="utf-8")
    report = build(corpus, index, embedder)
    assert report.rebuilt is not None
    assert "damaged" in report.rebuilt
    assert "masked_fill" in first(Library(index, embedder))
    assert len(list((index / "generations").iterdir())) == 1
