"""The same index and search with the vectors on a real Chroma server, by its address."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import chromadb
import httpx
import pytest

from knowledge.embedding.embedder import SentenceTransformerEmbedder
from knowledge.errors import KnowledgeError
from knowledge.index.build import build
from knowledge.index.chroma import drop_collection, open_store
from knowledge.index.generations import current
from knowledge.index.packing import Shipped, make_pack
from knowledge.ingest.sources import Corpus
from knowledge.search.library import Library
from tests.knowledge.conftest import MODEL, WHERE, add_chapters, current_generation

_START = 60  # seconds

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Chroma server of our own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("chroma")
    run = "import sys; from chromadb.cli.cli import app; sys.argv[0] = 'chroma'; app()"
    command = [sys.executable, "-c", run, "run", "--path", str(home), "--host", "127.0.0.1"]
    with (home / "log.txt").open("w", encoding="utf-8") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log, cwd=home)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(f"{address}/api/v2/heartbeat", process)
            yield address
        finally:
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < _START:
        assert process.poll() is None, "the server ended"
        try:
            if httpx.get(address, timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the server did not answer")


def collections(address: str) -> list[str]:
    host, _, port = address.removeprefix("http://").partition(":")
    return [one.name for one in chromadb.HttpClient(host=host, port=int(port)).list_collections()]


def order(library: Library) -> list[str]:
    return [hit.passage.id for hit in library.search(WHERE).hits]


def test_a_server_finds_what_a_folder_finds(
    corpus: Corpus, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    build(corpus, tmp_path / "local", embedder)
    report = build(corpus, tmp_path / "served", embedder, server=server)
    assert report.embedded == report.rows
    folder = current(tmp_path / "served")
    assert folder is not None
    assert not (folder / "chroma").exists()
    assert order(Library(tmp_path / "served", embedder)) == order(Library(tmp_path / "local", embedder))


def test_a_server_gets_what_the_pack_has(
    corpus: Corpus, toy: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    packed = replace(corpus, pack=tmp_path / "pack")
    make_pack(Shipped(packed), embedder, lambda done, total: None)
    build(corpus, tmp_path / "local", embedder)
    report = build(packed, tmp_path / "served", embedder, server=server)
    assert report.embedded == 0 and report.rows > 5
    assert order(Library(tmp_path / "served", embedder)) == order(Library(tmp_path / "local", embedder))
    add_chapters(toy, 12)
    again = build(packed, tmp_path / "served", embedder, server=server)
    assert 12 <= again.embedded < again.rows


def test_a_refresh_is_another_collection_and_embeds_only_what_changed(
    corpus: Corpus, toy: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    index = tmp_path / "index"
    whole = build(corpus, index, embedder, server=server)
    library = Library(index, embedder)
    assert library.search(WHERE).hits
    mine = current(index)
    assert mine is not None
    text = MODEL.replace("Rises linearly, then stays.", "Grows in small steps, then is constant.")
    (toy / "model.py").write_text(text, encoding="utf-8")
    edited = build(corpus, index, embedder, server=server)
    assert 1 <= edited.embedded < whole.embedded / 2
    assert any(name.endswith(mine.name) for name in collections(server)), "the library still reads it"
    assert "Grows in small steps" in library.search("what grows in small steps").hits[0].passage.text
    (toy / "extra.md").write_text("# extra\n\nnothing of note\n", encoding="utf-8")
    build(corpus, index, embedder, server=server)
    assert not any(name.endswith(mine.name) for name in collections(server)), "nobody reads it any more"


def test_a_small_change_leaves_the_collection_as_it_is_until_all_is_written_anew(
    corpus: Corpus, toy: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    add_chapters(toy, 30)
    index = tmp_path / "index"
    build(corpus, index, embedder, server=server)
    mine = current_generation(index)[0].name
    other = "# chapter 7\n\nThe gardener waters roses in the evening.\n"
    (toy / "more7.md").write_text(other, encoding="utf-8")
    before = len(collections(server))
    assert 1 <= build(corpus, index, embedder, server=server).embedded <= 3
    assert len(collections(server)) == before
    (toy / "more3.md").unlink()
    build(corpus, index, embedder, server=server)
    assert any(name.endswith(mine) for name in collections(server)), "the generation that wrote it is gone"
    build(corpus, tmp_path / "anew", embedder)
    library, anew = Library(index, embedder), Library(tmp_path / "anew", embedder)
    for question in (WHERE, "who waters the roses", "words about subject 12"):
        assert [hit.passage for hit in library.search(question).hits][:3] == [
            hit.passage for hit in anew.search(question).hits
        ][:3]
    for number in range(8, 20):
        (toy / f"more{number}.md").write_text(other.replace("7", str(number)), encoding="utf-8")
    build(corpus, index, embedder, server=server)
    assert "roses" in library.search("who waters the roses of chapter 7").hits[0].passage.text
    (toy / "extra.md").write_text("# extra\n\nnothing of note\n", encoding="utf-8")
    build(corpus, index, embedder, server=server)
    assert not any(name.endswith(mine) for name in collections(server)), "nobody reads it any more"


def test_a_shared_collection_outlives_a_sweep_that_was_killed(
    corpus: Corpus, toy: Path, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    add_chapters(toy, 30)
    index = tmp_path / "index"
    build(corpus, index, embedder, server=server)
    mine = current_generation(index)[0]
    for number in (7, 8):
        (toy / f"more{number}.md").write_text(f"# {number}\n\nRoses in bed {number}.\n", encoding="utf-8")
        build(corpus, index, embedder, server=server)
        mine.mkdir()  # as if the sweep had taken its files and then been killed
    assert any(name.endswith(mine.name) for name in collections(server))
    assert "Roses" in Library(index, embedder).search("roses in bed 8").hits[0].passage.text


def test_vectors_that_the_server_lost_are_made_again(
    corpus: Corpus, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    index = tmp_path / "index"
    build(corpus, index, embedder, server=server)
    drop_collection(server, embedder.name, current_generation(index)[0].name)
    report = build(corpus, index, embedder, server=server)
    assert report.changed and report.rebuilt is not None and "no longer has the vectors" in report.rebuilt
    assert Library(index, embedder).search(WHERE).hits


def test_an_index_moves_from_a_folder_to_a_server_without_embedding(
    corpus: Corpus, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    build(corpus, tmp_path / "index", embedder)
    moved = build(corpus, tmp_path / "index", embedder, server=server)
    assert moved.changed
    assert moved.embedded == 0
    assert Library(tmp_path / "index", embedder).search(WHERE).hits


def test_what_a_killed_build_left_on_the_server_goes(
    corpus: Corpus, tmp_path: Path, embedder: SentenceTransformerEmbedder, server: str
) -> None:
    index = tmp_path / "index"
    (index / "generations" / "20200101-000000-killed").mkdir(parents=True)
    open_store(server, embedder.name, "20200101-000000-killed", create=True).close()
    assert any(name.endswith("killed") for name in collections(server))
    build(corpus, index, embedder, server=server)
    assert not any(name.endswith("killed") for name in collections(server))


def test_a_server_that_is_not_there_is_said(
    corpus: Corpus, tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    with pytest.raises(KnowledgeError, match="Chroma failed"):
        build(corpus, tmp_path / "index", embedder, server="http://127.0.0.1:9")
