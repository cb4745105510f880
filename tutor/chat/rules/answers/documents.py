"""Answers from her own documents: the lines that come nearest, quoted, and openly nothing where there are none."""

import re
from dataclasses import dataclass

from knowledge.search.lexical import terms
from knowledge.search.library import Hit
from tutor.chat.rules.answer_builder import AnswerBuilder
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.quoting import show
from tutor.chat.rules.thresholds import THRESHOLDS
from tutor.corpus.documents import SOURCE, name_of
from tutor.quoting import as_markdown

ASKS_FOR_THEM = re.compile(
    r"\b(?:my|our) (?:own )?(?:documents?|files?|pdfs?|reports?|texts?)\b", re.IGNORECASE
)
DEEP = 60  # hits looked through for hers: the lessons may fill the first places
SHOWN = 3


@dataclass(frozen=True)
class FromDocuments:
    """The lines of her documents that come nearest; none where they do not say it."""

    hits: list[Hit]


def wanted(context: QuestionContext) -> FromDocuments | None:
    """The nearest lines of hers, where a question asks for them or they come first; None where it does neither."""
    asked = context.asked
    names = {path for path in context.library.contents.documents if path.startswith(f"{SOURCE}/")}
    if not names or asked.follows:
        return None
    chosen = {path for path in names if _named(path, asked.question)}
    meant = bool(chosen) or bool(ASKS_FOR_THEM.search(asked.question))
    plain = ASKS_FOR_THEM.sub(" ", asked.question)
    results = context.library.search(plain, k=DEEP)
    hers = [hit for hit in results.hits if hit.passage.span.path in (chosen or names)]
    first = bool(results.hits) and results.hits[0].passage.span.path in names
    if not meant and (asked.named or not first or results.confidence < THRESHOLDS.found):
        return None
    about, among_first = set(terms(plain)) - {"say"}, results.hits[:SHOWN]
    return FromDocuments([hit for hit in hers if hit in among_first or about & set(terms(hit.passage.text))])


def answer(builder: AnswerBuilder, found: FromDocuments) -> None:
    """Quote them."""
    builder.kind, builder.concept = "found", None
    _quote(builder, found.hits[:SHOWN])


def _quote(builder: AnswerBuilder, hits: list[Hit]) -> None:
    if not hits:
        builder.abstained = True
        builder.say("Your documents do not say that, as far as searching by meaning and by words can tell.")
        builder.suggest("Explain retrieval-augmented generation", "Explain hallucination")
        return
    named = dict.fromkeys(name_of(hit.passage.span.path) for hit in hits)
    builder.say(
        f"The nearest lines in {', '.join(f'**{as_markdown(name)}**' for name in named)}, the nearest first:"
    )
    for hit in hits:
        show(builder, hit.passage)
    builder.say("I quote and do not conclude: whether they answer you is yours to judge.")
    builder.suggest("Explain retrieval-augmented generation", "Explain chunking")


def _named(path: str, question: str) -> bool:
    """Whether a question says a document's name, its ending left out."""
    said = set(terms(name_of(path).rpartition(".")[0]))
    return len(said) > 1 and said <= set(terms(question))
