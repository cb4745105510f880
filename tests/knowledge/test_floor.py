"""The search over our own lessons and exercises does not get worse unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.embed import SentenceTransformerEmbedder
from knowledge.evaluate import evaluate, load_questions, noise, table
from knowledge.index import build
from knowledge.search import Library, WordsLibrary
from knowledge.sources import our_own
from tests.knowledge.conftest import ROOT

QUESTIONS = ROOT / "knowledge" / "evaluation" / "own.jsonl"
RECALL = 0.88  # recall@5 when it was last measured
WORDS_ALONE = 0.82
APART = 0.9  # AUC of the confidence


@pytest.mark.slow
def test_our_own_questions_find_their_lines(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> None:
    build(our_own(ROOT), tmp_path / "index", embedder)
    library = Library(tmp_path / "index", embedder)
    questions = load_questions(QUESTIONS, library.contents)
    assert len(questions) >= 200
    scores = evaluate(questions, library.search)
    print(table({"this search": scores}))
    assert scores.recall[5] >= RECALL - noise(scores)
    assert scores.auc is not None
    assert scores.auc >= APART - 0.05


def test_words_alone_find_most_of_them() -> None:
    words = WordsLibrary(our_own(ROOT))
    questions = load_questions(QUESTIONS, words.contents)
    scores = evaluate(questions, words.search)
    assert scores.recall[5] >= WORDS_ALONE - noise(scores)
