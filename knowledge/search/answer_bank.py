"""Answers that were written for questions: the frequent questions, the cards' own, and the wrong beliefs they right.

Each is reached by several wordings. A question is compared with every wording by meaning and by words, and with the
answer itself; a long question also sentence by sentence, for what is asked often stands in one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from knowledge.content.curriculum import Curriculum, load_curriculum
from knowledge.content.faq import FaqEntry, load_faq
from knowledge.ingest.sources import Corpus
from knowledge.search.lexical import Bm25, Floats, terms, weigh

Kind = Literal["faq", "why", "belief", "card"]
MEANING, ANSWER, WORDS, ANSWER_WORDS = 1.0, 0.7, 0.3, 0.5
"""What each comparison counts: found on the frequent questions themselves, each asked with its wording left out."""
MOST_SENTENCES = 5
SHORTEST_SENTENCE = 4  # words
_BELIEF = re.compile(r"\*\*Not so:\*\*(.+?)\*\*Rather:\*\*(.+)", re.DOTALL)
_SENTENCE = re.compile(r"(?<=[.?!])\s+|\n+")


@dataclass(frozen=True)
class KnownAnswer:
    """An answer and the wordings that lead to it. `rests_on` names cards, symbols and experiments."""

    id: str
    kind: Kind
    concept: str
    questions: tuple[str, ...]
    answer: str
    when: str = ""
    rests_on: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is compared with a question."""
        return (*self.questions, self.answer)


@dataclass(frozen=True)
class Match:
    """An answer and how near a question comes to it.

    `score` sums the four comparisons; `meaning` is the nearest wording's cosine, 0 where no model took part; `words`
    and `answer_words` are shares of the question's words, weighted by rarity.
    """

    known: KnownAnswer
    score: float
    meaning: float
    answer_meaning: float
    words: float
    answer_words: float


def read_answers(corpus: Corpus) -> tuple[KnownAnswer, ...]:
    """All answers of a corpus: its lessons and frequent questions. Raises KnowledgeError for a broken file of these."""
    if corpus.lessons is None:
        return ()
    return known_answers(
        load_curriculum(corpus.lessons), load_faq(corpus.faq) if corpus.faq is not None else ()
    )


def known_answers(curriculum: Curriculum, faq: Iterable[FaqEntry]) -> tuple[KnownAnswer, ...]:
    """All answers of the cards and of the frequent questions."""
    found = [
        KnownAnswer(one.id, "faq", one.concept, one.questions, one.answer, one.when or "", one.rests_on)
        for one in faq
    ]
    for concept in curriculum.concepts.values():
        for question, answer in concept.questions_and_answers:
            found.append(KnownAnswer(f"{concept.id}: {question}", "why", concept.id, (question,), answer))
        if belief := _BELIEF.search(concept.sections.get("Often misunderstood", "")):
            wrong, right = (" ".join(part.split()) for part in belief.groups())
            found.append(KnownAnswer(f"{concept.id}: not so", "belief", concept.id, (wrong,), right))
        names = (f"what is {concept.title}", *concept.questions)
        idea = f"{concept.sections['In one sentence']} {concept.sections['In plain words']}"
        found.append(KnownAnswer(concept.id, "card", concept.id, names, idea))
    return tuple(found)


class AnswerBank:
    """Finds the written answers that come nearest to a question. Built once over all of them; safe to share."""

    def __init__(self, answers: Sequence[KnownAnswer], encode: Callable[[list[str]], Floats] | None) -> None:
        """`encode` gives vectors of unit length, one a row; None compares by words alone."""
        self.answers = tuple(answers)
        self._encode = encode
        self._wordings = [question for one in answers for question in one.questions]
        self._owner = np.repeat(np.arange(len(answers)), [len(one.questions) for one in answers])
        self._words = Bm25([terms(question) for question in self._wordings])
        self._answer_words = Bm25([terms(one.answer) for one in answers])
        self._vectors: tuple[Floats, Floats] | None = None
        if encode is not None and answers:
            self._vectors = encode(self._wordings), encode([one.answer for one in answers])

    @property
    def by_meaning(self) -> bool:
        """Whether a model takes part."""
        return self._vectors is not None

    def find(
        self, question: str, vectors: Floats | None = None, k: int = 5, leave_out: str = ""
    ) -> list[Match]:
        """The k nearest, best first.

        `vectors` are those of `parts(question)`, one a row, where they are known already. `leave_out` is a wording that
        does not count, for measuring the bank with its own questions.
        """
        if not self.answers or not question.strip():
            return []
        out = np.array([wording == leave_out for wording in self._wordings]) if leave_out else None
        size = len(self.answers)
        meaning = answer_meaning = np.zeros(size, np.float32)
        if self._vectors is not None and self._encode is not None:
            wordings, answers = self._vectors
            vectors = self._encode(parts(question)) if vectors is None else vectors
            near = wordings @ vectors.T  # (wordings, parts of the question)
            near = np.maximum(near[:, 0], near.max(axis=1) - 0.05)
            meaning = self._best(near, out)
            answer_meaning = (answers @ vectors.T)[:, 0]
        query = weigh(question)
        words = self._best(self._words.shares(query), out)
        answer_words = self._answer_words.shares(query)
        score = MEANING * meaning + ANSWER * answer_meaning + WORDS * words + ANSWER_WORDS * answer_words
        order = np.argsort(-score)[:k]
        return [
            Match(
                self.answers[n],
                *(float(values[n]) for values in (score, meaning, answer_meaning, words, answer_words)),
            )
            for n in order
        ]

    def _best(self, values: Floats, out: np.ndarray | None) -> Floats:
        """Shape (answers,): the best of each answer's wordings."""
        if out is not None:
            values = np.where(out, -1.0, values).astype(np.float32)
        best = np.full(len(self.answers), -1.0, np.float32)
        np.maximum.at(best, self._owner, values)
        return best


def parts(question: str) -> list[str]:
    """The whole question first, then those of its sentences that may be what is asked.

    >>> parts("My loss is 4.1 and stays there. Is that normal? I use the defaults.")[1]
    'Is that normal?'
    """
    sentences = [
        one.strip() for one in _SENTENCE.split(question) if len(one.split()) >= SHORTEST_SENTENCE - 1
    ]
    if len(sentences) < 2:
        return [question]
    asking = [one for one in sentences if one.endswith("?")]
    others = [one for one in sentences if one not in asking]
    return [question, *[*asking, *reversed(others)][: MOST_SENTENCES - 1]]
