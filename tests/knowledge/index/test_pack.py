"""The vectors that ship: they are all there, they are used, and where they cannot be, texts are embedded."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.embedding.embedder import PackagedEmbedder
from knowledge.errors import KnowledgeError
from knowledge.index.build import build
from knowledge.index.pack import open_pack, quantize
from knowledge.index.packing import Shipped, make_pack, missing_texts, shipped_texts
from knowledge.ingest.sources import Corpus, Source, our_own
from knowledge.search.library import Library
from tests.knowledge.conftest import MODEL, README, ROOT, WHERE, first

CLONES = os.environ.get("TUTOR_UPSTREAM", "")
REPOSITORIES = ("micrograd", "makemore", "nanoGPT", "minbpe", "nn-zero-to-hero", "ng-video-lecture")
LIMIT = 16_000_000  # bytes


def quiet(done: int, total: int) -> None:
    """Nobody listens."""


@pytest.fixture
def packed(corpus: Corpus, tmp_path: Path, embedder: PackagedEmbedder) -> Corpus:
    """The toy repository, and a pack of all its texts."""
    one = replace(corpus, pack=tmp_path / "pack")
    report = make_pack(Shipped(one), embedder, quiet)
    assert report.embedded == report.held > 5
    return one


def test_the_pack_has_every_text_that_ships(embedder: PackagedEmbedder) -> None:
    here = [Source(name, Path(CLONES) / name) for name in REPOSITORIES] if CLONES else []
    lacking = missing_texts(Shipped(our_own(ROOT), here), embedder.name)
    told = "\n".join(lacking[:20])
    assert not lacking, (
        f"{len(lacking)} texts are not in the pack. Add them: python -m tutor pack. They are:\n{told}"
    )


def test_the_pack_holds_only_what_is_needed_and_is_small() -> None:
    folder = our_own(ROOT).pack
    assert folder is not None
    told = json.loads((folder / "pack.json").read_text(encoding="utf-8"))
    assert {file.name for file in folder.iterdir()} == {"pack.json", *told["files"]}
    assert sum(file.stat().st_size for file in folder.iterdir()) <= LIMIT


def test_vectors_of_the_pack_are_those_of_the_model(packed: Corpus, embedder: PackagedEmbedder) -> None:
    pack = open_pack(packed.pack, embedder.name)
    texts = {
        key: text for held in shipped_texts(Shipped(packed))["toy"].values() for key, text in held.items()
    }
    vectors = pack.vectors(list(texts))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
    cosines = (vectors * embedder.encode(list(texts.values()))).sum(axis=1)
    assert cosines.min() > 0.9998


def test_an_index_of_what_ships_embeds_nothing(
    packed: Corpus, index: Path, embedder: PackagedEmbedder
) -> None:
    report = build(packed, index, embedder)
    assert report.embedded == 0 and report.rows > 5
    assert "the future" in first(Library(index, embedder))


def test_what_is_not_in_the_pack_is_embedded(
    packed: Corpus, toy: Path, index: Path, embedder: PackagedEmbedder
) -> None:
    (toy / "tides.md").write_text("# tides\n\nThe moon lifts the sea twice a day.\n", encoding="utf-8")
    report = build(packed, index, embedder)
    assert 1 <= report.embedded < report.rows
    assert "moon" in first(Library(index, embedder), "what lifts the sea")
    (toy / "more.md").write_text("# more\n\nSalt makes it heavier.\n", encoding="utf-8")
    assert 1 <= build(packed, index, embedder).embedded <= 3, "what was embedded before is kept"


def test_texts_that_come_back_are_taken_from_the_pack(
    packed: Corpus, toy: Path, index: Path, embedder: PackagedEmbedder
) -> None:
    (toy / "model.py").unlink()
    build(packed, index, embedder)
    (toy / "model.py").write_text(MODEL, encoding="utf-8")
    assert build(packed, index, embedder).embedded == 0
    assert "the future" in first(Library(index, embedder))


def test_a_long_text_is_cut_as_the_model_would_cut_it(
    packed: Corpus, toy: Path, index: Path, embedder: PackagedEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    paragraph = " ".join(f"Sentence {number} of a long paragraph says a little." for number in range(80))
    (toy / "README.md").write_text(f"{README}\n## long\n\n{paragraph}\n", encoding="utf-8")
    make_pack(Shipped(packed), embedder, quiet)
    assert open_pack(packed.pack, embedder.name).cuts

    def refuse(*given: object) -> None:
        raise AssertionError("the model was asked")

    monkeypatch.setattr(embedder, "lengths", refuse)
    report = build(packed, index, embedder)
    assert report.embedded == 0 and report.rows > report.passages
    monkeypatch.undo()
    assert "Sentence 79" in first(Library(index, embedder), "what says sentence 79")


def damage_a_file(pack: Path) -> None:
    file = next(pack.glob("*.npy"))
    data = bytearray(file.read_bytes())
    data[-5] ^= 1
    file.write_bytes(data)


def cut_a_file_short(pack: Path) -> None:
    file = next(pack.glob("*.npy"))
    file.write_bytes(file.read_bytes()[:100])


def remove_a_file(pack: Path) -> None:
    next(pack.glob("*.npy")).unlink()


def tell(pack: Path, name: str, value: object) -> None:
    file = pack / "pack.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**told, name: value}), encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (damage_a_file, "is not what was written"),
        (cut_a_file_short, "is not what was written"),
        (remove_a_file, "cannot be read"),
        (lambda pack: shutil.rmtree(pack), "no vectors to be read"),
        (lambda pack: (pack / "pack.json").write_text("{", encoding="utf-8"), "no vectors to be read"),
        (lambda pack: (pack / "pack.json").write_text("[]", encoding="utf-8"), "no vectors to be read"),
        (lambda pack: tell(pack, "format", 99), "another version"),
        (lambda pack: tell(pack, "model", "another-model"), "another-model"),
    ],
)
def test_a_pack_that_cannot_be_used_is_said_once_and_texts_are_embedded(
    packed: Corpus,
    index: Path,
    embedder: PackagedEmbedder,
    caplog: pytest.LogCaptureFixture,
    harm: Callable[[Path], None],
    said: str,
) -> None:
    assert packed.pack is not None
    harm(packed.pack)
    with caplog.at_level(logging.WARNING):
        report = build(packed, index, embedder)
        build(packed, index.with_name("second index"), embedder)
    assert report.embedded > 0
    assert "the future" in first(Library(index, embedder))
    [line] = [record.getMessage() for record in caplog.records if record.name == "knowledge.index.pack"]
    assert said in line and "embedded instead" in line


def test_making_a_pack_again_keeps_its_files_to_the_byte_and_embeds_only_what_is_new(
    packed: Corpus, toy: Path, embedder: PackagedEmbedder
) -> None:
    assert packed.pack is not None
    before = {file.name: file.read_bytes() for file in packed.pack.iterdir()}
    assert make_pack(Shipped(packed), embedder, quiet).embedded == 0
    assert {file.name: file.read_bytes() for file in packed.pack.iterdir()} == before
    (toy / "README.md").write_text(README.replace("graphics cards", "processors"), encoding="utf-8")
    report = make_pack(Shipped(packed), embedder, quiet)
    assert 1 <= report.embedded <= 3
    after = {file.name: file.read_bytes() for file in packed.pack.iterdir()}
    assert 1 <= sum(after.get(name) != data for name, data in before.items() if name != "pack.json") <= 3
    assert not missing_texts(Shipped(packed), embedder.name)


def test_a_repository_that_is_not_here_keeps_its_vectors(
    packed: Corpus, tmp_path: Path, embedder: PackagedEmbedder
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "tides.md").write_text("# tides\n\nThe moon lifts the sea twice a day.\n", encoding="utf-8")
    beside = [Source("other", other)]
    make_pack(Shipped(packed, beside), embedder, quiet)
    make_pack(Shipped(packed, absent=["other"]), embedder, quiet)
    assert not missing_texts(Shipped(packed, beside), embedder.name)
    make_pack(Shipped(packed), embedder, quiet)
    assert missing_texts(Shipped(packed, beside), embedder.name)


def test_a_pack_that_cannot_be_written_is_said(
    packed: Corpus, embedder: PackagedEmbedder, tmp_path: Path
) -> None:
    (tmp_path / "a file").touch()
    with pytest.raises(KnowledgeError, match="cannot be written"):
        make_pack(Shipped(replace(packed, pack=tmp_path / "a file")), embedder, quiet)
    with pytest.raises(KnowledgeError, match="no pack"):
        make_pack(Shipped(replace(packed, pack=None)), embedder, quiet)


def test_the_greatest_number_is_127_whatever_the_vector() -> None:
    vectors = np.array([[0.1, -0.2, 0.0], [0.5, 0.25, 0.125]], np.float32)
    assert quantize(vectors).tolist() == [[64, -127, 0], [127, 64, 32]]


def test_the_question_finds_the_same_with_the_pack_and_without(
    packed: Corpus, corpus: Corpus, tmp_path: Path, embedder: PackagedEmbedder
) -> None:
    found = []
    for number, one in enumerate((packed, corpus)):
        build(one, tmp_path / f"index {number}", embedder)
        hits = Library(tmp_path / f"index {number}", embedder).search(WHERE).hits
        found.append([hit.passage.id for hit in hits])
    assert found[0] == found[1]
