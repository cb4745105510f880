"""Answers that put our code beside Karpathy's: what they do alike, what differs and why, each to its lines."""

import re

from knowledge.content.comparisons import Column, Shown, SideBySide, about, cited, lay_out
from knowledge.content.curriculum import Concept
from tutor.chat.rules import phrases
from tutor.chat.rules.answer_builder import AnswerBuilder, where
from tutor.chat.rules.answers import card
from tutor.chat.rules.context import QuestionContext
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


def wanted(context: QuestionContext) -> SideBySide | None:
    """The comparison that a question asks for, laid out over what is indexed; None where there is none."""
    if not asks(context.asked.question):
        return None
    concept = _meant(context)
    comparison = about(comparisons(), concept.id) if concept else None
    laid = lay_out(comparison, context.library.contents) if comparison else None
    return laid if laid is not None and laid.differences else None


def answer(builder: AnswerBuilder, laid: SideBySide) -> None:
    """What both do alike, what differs and why, each to its lines."""
    builder.kind = KIND
    builder.concept = builder.context.curriculum.concepts.get(laid.comparison.concept) or _meant(
        builder.context
    )
    _say(builder, laid)
    if builder.concept is not None:
        builder.ask_back(builder.concept)
        card.suggest(builder, builder.concept)


def _meant(context: QuestionContext) -> Concept | None:
    """The concept in question: one that is named beside the repositories, else the one talked about before."""
    rest = " ".join(THEIRS.sub(" ", context.asked.question).split())
    known = comparisons()
    named = [mention.concept for mention in context.matcher.named(rest)]
    found = next((concept for concept in named if about(known, concept.id)), None)
    if found or named:
        return found
    return context.memory.concept


def _say(builder: AnswerBuilder, laid: SideBySide) -> None:
    comparison = laid.comparison
    builder.say(f"**{title(comparison, builder.context.curriculum)}, side by side.** {comparison.same}")
    builder.say("\n".join(_place(builder, column) for column in laid.columns))
    for difference in laid.differences:
        builder.say(f"**{difference.what}.** {difference.said}{_marks(builder, laid, difference)}")
    if laid.gone:
        count = "One more difference is" if laid.gone == 1 else f"{laid.gone} more differences are"
        builder.say(f"{count} not told: the lines have changed in the code that is here.")


def _place(builder: AnswerBuilder, column: Column) -> str:
    if column.passage is None:
        return (
            f"- **{column.place.name}**: `{column.place.path}` is not on this machine. "
            f"`python -m exercises upstream clone {column.place.repository}` brings it."
        )
    mark = builder.sources.cite(column.passage, column.place.at.partition("::")[2] or column.place.name)
    return f"- **{column.place.name}**: {where(column.passage)}{mark}"


def _marks(builder: AnswerBuilder, laid: SideBySide, difference: Shown) -> str:
    """A citation for each place: the first lines there that it stands on."""
    contents = builder.context.library.contents
    made = []
    for column in laid.columns:
        numbers = difference.marks.get(column.place.name, ())
        run = tuple(n for n, number in enumerate(numbers) if number == numbers[0] + n)
        made.append(builder.sources.cite(cited(column, numbers[: len(run)], contents), column.place.name))
    return "".join(made)
