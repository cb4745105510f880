"""Answers from her own documents: the lines that come nearest, quoted, and openly nothing where there are none."""

import re

from knowledge.search.lexical import terms
from knowledge.search.library import Hit
from tutor.chat.rules.answer_builder import AnswerBuilder
from tutor.chat.rules.quoting import show
from tutor.chat.rules.retrieval import FOUND
from tutor.corpus.documents import SOURCE, name_of

ASKS_FOR_THEM = re.compile(
    r"\b(?:my|our) (?:own )?(?:documents?|files?|pdfs?|reports?|texts?)\b", re.IGNORECASE
)
DEEP = 60  # hits looked through for hers: the lessons may fill the first places
SHOWN = 3


def from_her_documents(builder: AnswerBuilder) -> bool:
    """Answer from her documents when she asks for them, or when they come first; False when they are not meant."""
    asked = builder.context.asked
    names = {path for path in builder.context.library.contents.documents if path.startswith(f"{SOURCE}/")}
    if not names or asked.follows:
        return False
    wanted = {path for path in names if _named(path, asked.question)}
    meant = bool(wanted) or bool(ASKS_FOR_THEM.search(asked.question))
    plain = ASKS_FOR_THEM.sub(" ", asked.question)
    results = builder.context.library.search(plain, k=DEEP)
    hers = [hit for hit in results.hits if hit.passage.span.path in (wanted or names)]
    first = bool(results.hits) and results.hits[0].passage.span.path in names
    if not meant and (asked.named or not first or results.confidence < FOUND):
        return False
    about, among_first = set(terms(plain)) - {"say"}, results.hits[:SHOWN]
    near = [hit for hit in hers if hit in among_first or about & set(terms(hit.passage.text))]
    builder.kind, builder.concept = "found", None
    _quote(builder, near[:SHOWN])
    return True


def _quote(builder: AnswerBuilder, hits: list[Hit]) -> None:
    if not hits:
        builder.abstained = True
        builder.say("Your documents do not say that, as far as searching by meaning and by words can tell.")
        builder.suggest("Explain retrieval-augmented generation", "Explain hallucination")
        return
    named = dict.fromkeys(name_of(hit.passage.span.path) for hit in hits)
    builder.say(f"The nearest lines in {', '.join(f'**{name}**' for name in named)}, the nearest first:")
    for hit in hits:
        show(builder, hit.passage)
    builder.say("I quote and do not conclude: whether they answer you is yours to judge.")
    builder.suggest("Explain retrieval-augmented generation", "Explain chunking")


def _named(path: str, question: str) -> bool:
    """Whether a question says a document's name, its ending left out."""
    said = set(terms(name_of(path).rpartition(".")[0]))
    return len(said) > 1 and said <= set(terms(question))
