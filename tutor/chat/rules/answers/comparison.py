"""Answers that put our code beside Karpathy's: what they do alike, what differs and why, each to its lines."""

import re

from knowledge.content.comparisons import Column, Shown, SideBySide, about, cited, lay_out
from knowledge.content.curriculum import Concept
from tutor.chat.rules import phrases
from tutor.chat.rules.answer_builder import Draft, where
from tutor.chat.rules.answers import concept as lesson
from tutor.side_by_side import comparisons, title

KIND = "side-by-side"
THEIRS = re.compile(
    r"\b(nano-?\s?gpt|micrograd|makemore|minbpe|karpathy|upstream|ng-video-lecture|"
    r"the (lectures?|original|real (code|repositor(y|ies)|ones?)))\b(['’]s)?",
    re.IGNORECASE,
)
OURS = re.compile(r"\b(ours?|yours?|here|this (project|tutor|app))\b", re.IGNORECASE)
OTHERWISE = re.compile(r"\b(differently|side by side)\b", re.IGNORECASE)
AGAINST = re.compile(r"\b(with|to|and|from|vs\.?|versus|than|in)\b[^.?!]*$", re.IGNORECASE)


def asks(question: str) -> bool:
    """Whether a question wants one code beside another.

    >>> asks("compare our attention with nanoGPT's"), asks("how does nanoGPT do attention differently?")
    (True, True)
    >>> asks("how does makemore's GRU differ from an LSTM?"), asks("how does nanoGPT do attention?")
    (False, False)
    """
    theirs = {re.sub(r"\W", "", found[1].lower()) for found in THEIRS.finditer(question)}
    if not theirs:
        return False
    if OTHERWISE.search(question):
        return True
    if not phrases.COMPARE.search(question.lower()):
        return False
    last = AGAINST.search(question)
    return len(theirs) > 1 or bool(OURS.search(question)) or bool(last and THEIRS.search(last[0]))


def side_by_side(draft: Draft) -> bool:
    """Answer with a comparison, if one is asked for and there is one; False where not."""
    asked = draft.desk.asked
    if not asks(asked.question):
        return False
    concept = _meant(draft)
    comparison = about(comparisons(), concept.id) if concept else None
    if concept is None or comparison is None:
        return False
    laid = lay_out(comparison, draft.desk.library.contents)
    if not laid.differences:
        return False
    draft.kind = KIND
    draft.concept = draft.desk.curriculum.concepts.get(comparison.concept, concept)
    _say(draft, laid)
    draft.ask_back(draft.concept)
    lesson.suggest(draft, draft.concept)
    return True


def _meant(draft: Draft) -> Concept | None:
    """The concept in question: one that is named beside the repositories, else the one talked about before."""
    rest = " ".join(THEIRS.sub(" ", draft.desk.asked.question).split())
    known = comparisons()
    matcher = draft.desk.matcher
    named = [mention.concept for mention in matcher.named(rest)]
    found = next((concept for concept in named if about(known, concept.id)), None)
    if found or named:
        return found
    return draft.desk.memory.concept


def _say(draft: Draft, laid: SideBySide) -> None:
    comparison = laid.comparison
    draft.say(f"**{title(comparison, draft.desk.curriculum)}, side by side.** {comparison.same}")
    draft.say("\n".join(_place(draft, column) for column in laid.columns))
    for difference in laid.differences:
        draft.say(f"**{difference.what}.** {difference.said}{_marks(draft, laid, difference)}")
    if laid.gone:
        count = "One more difference is" if laid.gone == 1 else f"{laid.gone} more differences are"
        draft.say(f"{count} not told: the lines have changed in the code that is here.")


def _place(draft: Draft, column: Column) -> str:
    if column.passage is None:
        return (
            f"- **{column.place.name}**: `{column.place.path}` is not on this machine. "
            f"`python -m exercises upstream clone {column.place.repository}` brings it."
        )
    mark = draft.sources.cite(column.passage, column.place.at.partition("::")[2] or column.place.name)
    return f"- **{column.place.name}**: {where(column.passage)}{mark}"


def _marks(draft: Draft, laid: SideBySide, difference: Shown) -> str:
    """A citation for each place: the first lines there that it stands on."""
    contents = draft.desk.library.contents
    made = []
    for column in laid.columns:
        numbers = difference.marks.get(column.place.name, ())
        run = tuple(n for n, number in enumerate(numbers) if number == numbers[0] + n)
        made.append(draft.sources.cite(cited(column, numbers[: len(run)], contents), column.place.name))
    return "".join(made)
