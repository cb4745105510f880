from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.ingest.sources import Corpus
from knowledge.passages import Passage
from knowledge.search.library import Results, WordsLibrary
from knowledge.search.llm_rerank import HelperFailed, search_with_help

QUESTION = "the thing with the angle"
WORDINGS = ["gentle end of training by a cosine", "cosine cool down"]


@dataclass
class Colleague:
    """A helper that says what it was told to, and remembers what it was shown."""

    wordings: Sequence[str] = ()
    wanted: str = ""
    failure: str = ""
    shown: list[str] = field(default_factory=list)

    def rewrite(self, question: str, context: str) -> Sequence[str]:
        if self.failure == "rewrite":
            raise HelperFailed("no answer came")
        return self.wordings

    def rerank(self, question: str, passages: Sequence[Passage]) -> Sequence[int]:
        if self.failure == "rerank":
            raise HelperFailed("no answer came")
        self.shown = [passage.id for passage in passages]
        return [
            place for place, passage in enumerate(passages) if self.wanted and self.wanted in passage.text
        ]


def place(results: Results, text: str) -> int:
    return next(rank for rank, hit in enumerate(results.hits) if text in hit.passage.text)


def test_another_wording_finds_what_the_question_did_not(corpus: Corpus) -> None:
    library = WordsLibrary(corpus)
    helped = search_with_help(library, QUESTION, Colleague(WORDINGS))
    assert place(helped.results, "math.cos") < place(library.search(QUESTION), "math.cos")
    assert helped.wordings == tuple(WORDINGS)
    assert helped.calls == 2


def test_the_helper_decides_what_comes_first(corpus: Corpus) -> None:
    library = WordsLibrary(corpus)
    question = "where is the future hidden"
    plain = library.search(question)
    helped = search_with_help(library, question, Colleague(wanted="pip install"))
    assert "pip install" in helped.results.hits[0].passage.text
    assert "pip install" not in plain.hits[0].passage.text
    assert {hit.passage.id for hit in helped.results.hits} == {hit.passage.id for hit in plain.hits}


def test_without_help_the_search_goes_on(corpus: Corpus) -> None:
    library = WordsLibrary(corpus)
    plain = [hit.passage.id for hit in library.search("how does the rate rise").hits]
    for moment in ("rewrite", "rerank"):
        helped = search_with_help(library, "how does the rate rise", Colleague(failure=moment))
        assert [hit.passage.id for hit in helped.results.hits] == plain
        assert helped.failure == "no answer came"


def test_nonsense_from_a_helper_does_no_harm(corpus: Corpus, toy: Path) -> None:
    class Confused(Colleague):
        def rerank(self, question: str, passages: Sequence[Passage]) -> Sequence[int]:
            return [99, -1, 0, 0]

    library = WordsLibrary(corpus)
    helped = search_with_help(library, "how does the rate rise", Confused(["", "  ", "x" * 10_000]))
    ids = [hit.passage.id for hit in helped.results.hits]
    assert len(ids) == len(set(ids)) > 1
