"""Contents made ready for ranking: word statistics, literal look-up, and the vectors where there are any."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from knowledge.index.vectors import Vectors
from knowledge.ingest.contents import Contents
from knowledge.ingest.embedding_text import place_words
from knowledge.passages import SearchText
from knowledge.search.exact import LiteralIndex
from knowledge.search.lexical import Bm25, Floats, QueryTerms, Speller, plain_words, terms

FROM_NOTES = ("note", "why", "wrong", "question", "paraphrase")
"""Kinds of ways that speak about a very passage; not `detail`, whose words would blur what it is about."""
DETAIL = 0.9
"""What a similarity with a question about a detail of a passage counts for, beside one about all of it."""
MISSING = -1.0
"""The similarity of a passage that has no way of a kind."""


class Group:
    """The rows of some kinds of ways, gathered by passage, so that the best of each is found at once.

    `factors` is what each row's similarity counts for.
    """

    def __init__(
        self, owners: npt.NDArray[np.int32], rows: npt.NDArray[np.int32], factors: Floats, size: int
    ) -> None:
        order = np.argsort(owners, kind="stable")
        self.rows = rows[order]
        self.factors = factors[order]
        self.owners, self.starts = np.unique(owners[order], return_index=True)
        self.counts = np.diff(np.append(self.starts, len(self.rows)))
        self.size = size

    def best(self, similarities: Floats) -> Floats:
        """Shape (passages,): each passage's greatest similarity, `MISSING` where it has no row."""
        result = np.full(self.size, MISSING, np.float32)
        if len(self.rows):
            result[self.owners] = np.maximum.reduceat(similarities[self.rows] * self.factors, self.starts)
        return result

    def best_two(self, similarities: Floats) -> Floats:
        """Shape (passages,): the mean of the two greatest; of the one where there is one."""
        result = np.full(self.size, MISSING, np.float32)
        if not len(self.rows):
            return result
        values = similarities[self.rows] * self.factors
        first = np.maximum.reduceat(values, self.starts)
        spread = np.repeat(first, self.counts)
        values[values == spread] = -2.0
        second = np.maximum.reduceat(values, self.starts)
        result[self.owners] = np.where(second > -2.0, (first + second) / 2, first)
        return result


class Snapshot:
    """One state of an index, never changed: any number of threads may search it."""

    def __init__(self, contents: Contents, vectors: Vectors | None) -> None:
        self.contents = contents
        self.vectors = vectors
        self.size = len(contents.passages)
        self.source_names = list(dict.fromkeys(passage.source for passage in contents.passages))
        names = {name: number for number, name in enumerate(self.source_names)}
        self.sources = np.array([names[passage.source] for passage in contents.passages], np.int32)
        self.kind_names = list(dict.fromkeys(passage.kind for passage in contents.passages))
        kinds = {kind: number for number, kind in enumerate(self.kind_names)}
        self.kinds = np.array([kinds[passage.kind] for passage in contents.passages], np.int32)
        self.literal = LiteralIndex(contents)
        self.position = self.literal.position
        self.ways = contents.ways
        ideas = dict.fromkeys(way.passage for way in self.ways if way.kind == "names")
        self.ideas = {place: number for number, place in enumerate(ideas)}
        numbers = [self.ideas.get(f"concept:{passage.concept}", -1) for passage in contents.passages]
        self.idea_of = np.array(numbers, np.int32)  # of a card's passages; -1 of others
        places = self.position | self.ideas  # a concept's ways are gathered by concept
        self.owner = np.array([places[way.passage] for way in self.ways], np.int32)
        self._read_ideas()
        self._read_words([way for way in self.ways if way.kind not in {"names", "concept"}])
        if vectors is not None:
            self._read_vectors(vectors)

    def _read_ideas(self) -> None:
        texts: list[list[str]] = [[] for _ in self.ideas]
        self.idea_terms: list[list[str]] = [[] for _ in self.ideas]
        for way in self.ways:
            if way.kind in {"names", "concept"}:
                texts[self.ideas[way.passage]] += terms(way.text)
            if way.kind == "names":
                self.idea_terms[self.ideas[way.passage]] = terms(way.text)
        self.idea_words = Bm25(texts)

    def _read_words(self, ways: Sequence[SearchText]) -> None:
        about: list[list[str]] = [[] for _ in range(self.size)]
        bridged: list[list[str]] = [[] for _ in range(self.size)]
        questions: list[list[str]] = []
        owners: list[int] = []
        for way in ways:
            owner = self.position[way.passage]
            if way.kind in FROM_NOTES:
                about[owner] += terms(way.text)
            elif way.kind == "bridge":
                bridged[owner] += terms(way.text)
            if way.kind in {"question", "paraphrase"}:
                questions.append(terms(way.text))
                owners.append(owner)
        texts = [
            terms(passage.text) + terms(place_words(passage.span.path, passage.title))
            for passage in self.contents.passages
        ]
        self.text_words = Bm25(texts)
        self.title_words = Bm25(
            [  # a card's parts share its title, which would bring all of them up
                []
                if passage.kind in {"card", "week"}
                else terms(place_words(passage.span.path, passage.title))
                for passage in self.contents.passages
            ]
        )
        self.about_words = Bm25(about, b=0.2, power=0.65)
        self.bridge_words = Bm25(bridged)
        self.question_words = Bm25(questions, b=0.3)
        self.question_owner = np.array(owners, np.int32)
        self.noted = np.array([bool(words) for words in about], bool)
        self.bridged = np.array([bool(words) for words in bridged], bool)
        self.speller = Speller(
            word
            for text in [*(passage.text for passage in self.contents.passages), *(way.text for way in ways)]
            for word in plain_words(text)
        )

    def _read_vectors(self, vectors: Vectors) -> None:
        owners = self.owner[vectors.way]
        kinds = np.array([way.kind for way in self.ways])[vectors.way]
        factors = np.where(kinds == "detail", DETAIL, 1.0).astype(np.float32)

        def group(wanted: list[str]) -> Group:
            chosen = np.isin(kinds, wanted)
            size = len(self.ideas) if wanted == ["concept"] else self.size
            return Group(owners[chosen], vectors.row[chosen], factors[chosen], size)

        self.groups = {
            name: group(wanted)
            for name, wanted in {
                "code": ["code"],
                "inside": ["comment", "part"],
                "question": ["question", "paraphrase", "detail"],
                "note": ["note", "why", "wrong"],
                "why": ["why"],
                "wrong": ["wrong"],
                "bridge": ["bridge"],
                "concept": ["concept"],
            }.items()
        }

    def best_of_passages(self, similarities: Floats) -> float:
        """The greatest similarity among the ways that speak of a passage itself."""
        names = ("code", "inside", "question", "note")
        return max(float(self.groups[name].best(similarities).max(initial=0.0)) for name in names)

    def best_question_words(self, query: QueryTerms) -> Floats:
        """Shape (passages,): the word score of each passage's best question."""
        result = np.zeros(self.size, np.float32)
        if len(self.question_owner):
            np.maximum.at(result, self.question_owner, self.question_words.shares(query))
        return result
