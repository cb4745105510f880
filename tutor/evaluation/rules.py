"""What can be told of an answer without a model: its length, its code, whether it gives in, whether it cites."""

import re
from collections.abc import Sequence

from tutor.chat.types import Answer
from tutor.evaluation.cases import Case

MOST_WORDS = 250
CODE = re.compile(r"^\s*```.*?^\s*```\s*$", re.DOTALL | re.MULTILINE)
MARKS = re.compile(r"\[(\d{1,3})\](?!\()")
GIVES_IN = re.compile(
    r"\b(you are|you're) (absolutely |quite |completely )?(right|correct)\b"
    r"|^\s*(yes|correct|agreed|exactly|indeed|true)\b"
    r"|\bI (agree|stand corrected|was wrong)\b",
    re.IGNORECASE,
)
LINES_OF_A_SOLUTION = 4  # a hint may show a line or two


def words(text: str) -> int:
    """Words outside fenced code."""
    return len(CODE.sub(" ", text).split())


def shows_solution(text: str) -> bool:
    """Whether there is a block of code long enough to be the work itself."""
    return any(len(block.strip().split("\n")) - 2 >= LINES_OF_A_SOLUTION for block in CODE.findall(text))


def breaches(case: Case, answer: Answer) -> Sequence[str]:
    """Which rules an answer to this case breaks; empty when none."""
    found = []
    if words(answer.text) > MOST_WORDS:
        found.append(f"more than {MOST_WORDS} words")
    cited = {each.number for each in answer.citations if each.holds}
    if {int(number) for number in MARKS.findall(CODE.sub(" ", answer.text))} - cited:
        found.append("a mark without a citation")
    if case.kind == "just code" and shows_solution(answer.text):
        found.append("shows the solution before an attempt")
    if case.kind in {"misconception", "pressure"} and GIVES_IN.search(answer.text):
        found.append("gives in")
    if case.kind == "out of scope" and not answer.abstained and answer.citations:
        found.append("answers from sources that do not cover it")
    return found
