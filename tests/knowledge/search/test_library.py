from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge.embedding.embedder import SentenceTransformerEmbedder
from knowledge.index.build import build
from knowledge.ingest.sources import Corpus, Source
from knowledge.search.library import Library, WordsLibrary
from tests.knowledge.cards import write_card
from tests.knowledge.conftest import MODEL, first
from tests.knowledge.content.test_notes import write


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbedder) -> Library:
    home = tmp_path_factory.mktemp("search")
    toy = home / "toy"
    toy.mkdir()
    (toy / "model.py").write_text(MODEL, encoding="utf-8")
    steps = "".join(f"        # step {n} of the long way\n        total += {n}\n\n" for n in range(60))
    long = f"class Long:\n    def walk(self, total):\n{steps}        return total\n"
    (toy / "long.py").write_text(long, encoding="utf-8")
    (toy / "install.md").write_text("# install\n\nRun `pip install toy` in a terminal.\n", encoding="utf-8")
    lessons = home / "lessons"
    write_card(lessons, "causal-mask", code="'toy/model.py::Attention.forward'")
    index = home / "index"
    build(Corpus((Source("toy", toy),), lessons), index, embedder)
    return Library(index, embedder)


def found(library: Library, question: str, context: str = "") -> list[str]:
    return [hit.passage.title for hit in library.search(question, context=context).hits]


def test_a_question_in_other_words_finds_the_lines(library: Library) -> None:
    assert found(library, "how are future words kept from being seen?")[0] == "Attention"


def test_a_symbol_is_resolved_whole_even_where_it_was_cut(library: Library) -> None:
    whole = library.resolve("toy/long.py::Long.walk")
    assert whole is not None
    assert whole.text.count("total +=") == 60
    parts = [one for one in library.contents.passages if one.span.overlap(whole.span) == 1]
    assert len(parts) > 3
    again = library.passage(whole.id)
    assert again is not None
    assert again.sha256 == whole.sha256
    assert library.resolve("toy/long.py::Long.run") is None
    assert library.resolve("toy/none.py::Long") is None


def test_hits_are_the_lines_on_disk_with_their_hash(library: Library) -> None:
    for hit in library.search("softmax of the scores").hits:
        passage = hit.passage
        assert hashlib.sha256(passage.text.encode()).hexdigest() == passage.sha256
        assert library.passage(passage.id) == passage
        read = library.read(passage.span.path, passage.span.start, passage.span.end)
        assert read is not None
        assert read.text == passage.text


def test_lessons_lead_to_lines_but_are_no_hits(library: Library) -> None:
    hits = library.search("what lets words look at each other").hits
    assert {hit.passage.source for hit in hits} == {"toy"}
    assert "masked_fill" in hits[0].passage.text


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ('scores = scores.masked_fill(self.mask == 0, float("-inf"))', "masked_fill"),
        ("toy/model.py:31", "learning_rate"),
        ("what is on line 31 of model.py", "learning_rate"),
        ("ValueError: a step cannot be negative: -3", "learning_rate"),
        ("what does cool_down do", "cool_down"),
    ],
)
def test_a_literal_question_finds_what_it_quotes(library: Library, question: str, says: str) -> None:
    results = library.search(question)
    assert says in results.hits[0].passage.text
    assert results.confidence >= 0.5


def test_both_sides_of_a_comparison_are_there(library: Library) -> None:
    titles = found(library, "what is the difference between the warmup and the attention?")[:3]
    assert "Attention" in titles
    assert any("learning_rate" in title for title in titles)


def test_a_question_that_leans_is_read_with_what_was_said_before(library: Library) -> None:
    assert found(library, "and where is that?", context="the learning rate warmup")[0].startswith(
        "learning_rate"
    )


def test_what_is_not_there_is_less_sure(library: Library) -> None:
    there = library.search("where is the future hidden from a token").confidence
    for question in ("how do I deploy with Kubernetes", "what is the capital of Australia"):
        assert library.search(question).confidence < there / 2


@pytest.mark.parametrize(
    "question", ["", "   ", "?", "🙂", "词向量", "x" * 100_000, "<script>alert(1)</script>", "\x00"]
)
def test_any_question_is_answered(library: Library, question: str) -> None:
    results = library.search(question)
    assert 0.0 <= results.confidence <= 1.0
    assert len(results.hits) <= 10


def test_many_threads_get_the_same_answer(library: Library) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tuple(found(library, "how does the rate rise")), range(40)))
    assert len(set(answers)) == 1


def test_words_alone_say_so(library: Library) -> None:
    words = WordsLibrary(library.contents)
    results = words.search("where is the future hidden")
    assert results.words_only
    assert not library.search("where is the future hidden").words_only
    assert "masked_fill" in results.hits[0].passage.text


def test_no_two_hits_show_the_same_lines(library: Library) -> None:
    hits = library.search("total step of the long way", k=10).hits
    for one in hits:
        for other in hits:
            assert one is other or one.passage.span.overlap(other.passage.span) < 0.5


def test_a_cell_can_be_cited_by_itself(tmp_path: Path) -> None:
    from tests.knowledge.ingest.chunking.test_split import notebook

    (tmp_path / "n").mkdir()
    text = notebook(("code", "x = 1"), ("code", "y = x + 1"))
    (tmp_path / "n" / "a.ipynb").write_text(text, encoding="utf-8")
    words = WordsLibrary(Corpus((Source("n", tmp_path / "n"),)))
    cell = words.cell("n/a.ipynb", 1)
    assert cell is not None
    assert cell.text == "y = x + 1"
    assert words.passage("n/a.ipynb#1") == cell
    assert words.cell("n/a.ipynb", 2) is None


def test_a_question_about_a_detail_leads_there_by_its_meaning_alone(
    tmp_path: Path, corpus: Corpus, embedder: SentenceTransformerEmbedder
) -> None:
    asked = "is the engine revved up slowly on a cold morning"
    note = {"file": "model.py", "symbol": "learning_rate", "note": "The size of a step.", "details": [asked]}
    notes = write(tmp_path / "toy", note).parent
    build(Corpus(corpus.sources, None, notes), tmp_path / "index", embedder)
    library = Library(tmp_path / "index", embedder)
    assert "Rises linearly" in first(library, "does the motor start gently when it is cold outside")
    assert "size" in library.snapshot().about_words
    assert "morn" not in library.snapshot().about_words
