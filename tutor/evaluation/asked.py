"""Questions as people put them, and whether an answer holds the ideas that it has to: graded by words.

`asked.jsonl` has one question a line. Half of them are for working with, the other half ("last") for a look
when the work is done. For each idea there are stems and phrases of which a right answer holds at least one.
That cannot see a right answer in quite other words, nor a wrong one in the right words.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from tutor.chat.types import Answer, Tutor
from tutor.errors import TutorError
from tutor.evaluation.guarantees import answer_to

FILE = Path(__file__).parent / "asked.jsonl"
FIRST_WORDS = 60
BY_WORDS = (
    "graded by words: a right answer in other words counts as less than it is, a wrong one that uses the right "
    "words as more; read some before you believe a figure"
)
Split = Literal["work", "last"]
Grade = Literal["full", "part", "wrong", "denied", "told", "misleading"]
SPLITS: tuple[Split, ...] = ("work", "last")
OPPOSITE = {"yes": "no", "no": "yes"}


class AskedQuestion(BaseModel):
    """A question, and the ideas that its answer has to hold, the one that answers it first.

    `any` has for each idea of `must` the stems and phrases that show it. `verdict` is there where an answer
    that begins with the opposite would be wrong. Questions out of scope have neither.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    in_scope: bool
    must: tuple[str, ...]
    any: tuple[tuple[str, ...], ...]
    split: Split
    verdict: Literal["yes", "no"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "AskedQuestion":
        if self.in_scope != bool(self.must):
            raise ValueError("ideas belong to questions in scope, and to each of them")
        if len(self.must) != len(self.any) or not all(self.any):
            raise ValueError("each idea needs words that show it")
        if self.verdict and not self.in_scope:
            raise ValueError("a question out of scope has no verdict")
        return self


def load_asked(split: Split | None = None) -> list[AskedQuestion]:
    """All questions, or those of one half. Raises TutorError where the file is not as it should be."""
    found = []
    try:
        lines = FILE.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise TutorError(f"The evaluation's {FILE.name} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        try:
            found.append(AskedQuestion.model_validate_json(line))
        except ValidationError as error:
            raise TutorError(f"Line {number} of {FILE.name} is not a question: {error}") from error
    return [question for question in found if split in (None, question.split)]


def grade(question: AskedQuestion, answer: Answer) -> Grade:
    """How well an answer does, by the words that show each idea.

    In scope: every idea is full, some are part; none is denied if it abstained, else wrong. The opposite
    verdict as the first word is wrong whatever follows. Out of scope: told if it abstained, else misleading.
    """
    if not question.in_scope:
        return "told" if answer.abstained else "misleading"
    said = _plain(answer.text)
    if question.verdict and re.match(rf"\W*{OPPOSITE[question.verdict]}\b", said):
        return "wrong"
    held = sum(_holds(said, stems) for stems in question.any)
    if held:
        return "full" if held == len(question.any) else "part"
    return "denied" if answer.abstained else "wrong"


@dataclass(frozen=True)
class AskedFigures:
    """How one half was answered: `grades` of all, `words` of the median answer in scope.

    `early` counts the full answers whose first idea stands within the first 60 words.
    """

    split: Split
    grades: Counter[Grade]
    words: float
    early: int

    def __str__(self) -> str:
        """A line of the report."""
        inside = [self.grades[name] for name in ("full", "part", "wrong", "denied")]
        strangers = self.grades["told"] + self.grades["misleading"]
        full, part, wrong, denied = (_share(count, sum(inside)) for count in inside)
        return (
            f"Real questions, {self.split}: {full} full, {part} part, {wrong} wrong, {denied} denied "
            f"of {sum(inside)}; strangers told {_share(self.grades['told'], strangers)} of {strangers}; "
            f"{self.words:.0f} words in the median; answered within {FIRST_WORDS} words in "
            f"{_share(self.early, self.grades['full'])} of the full ones"
        )


def asked_figures(split: Split, questions: Iterable[AskedQuestion], tutor: Tutor) -> AskedFigures:
    """Put each question to the tutor, in a conversation of its own. Raises KnowledgeError."""
    grades: Counter[Grade] = Counter()
    words: list[int] = []
    early = 0
    for question in questions:
        answer = answer_to(tutor, question.question)
        given = grade(question, answer)
        grades[given] += 1
        if question.in_scope:
            words.append(len(answer.text.split()))
        if given == "full":
            first = _plain(" ".join(answer.text.split()[:FIRST_WORDS]))
            early += _holds(first, question.any[0])
    return AskedFigures(split, grades, median(words) if words else 0, early)


def _holds(said: str, stems: Iterable[str]) -> bool:
    """Whether one of the stems stands in `said` where a word begins; one that starts with a sign, anywhere."""
    plain = map(_plain, stems)
    return any(re.search(r"\b" * stem[0].isalnum() + re.escape(stem), said) for stem in plain)


def _plain(text: str) -> str:
    """Lower case, without Markdown's emphasis, hyphens as spaces, 50,304 as 50304."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text.lower().replace("’", "'"))
    return re.sub(r"\s+", " ", re.sub(r"[-‑–—]", " ", re.sub(r"[*`]", "", text))).strip()


def _share(count: int, of: int) -> str:
    return f"{count / of:.0%}" if of else "none"
