"""An answer while it is put together: paragraphs, quoted lines and their citations."""

import re
from dataclasses import dataclass, field

from knowledge.content.curriculum import Concept
from knowledge.passages import Passage
from tutor.chat.citations import Citations
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.excerpt import LONGEST, Lines, choose, fence
from tutor.chat.types import RunProposal
from tutor.quoting import as_code

MOST_SUGGESTIONS = 4
FEWEST_WORDS = 25  # with less before its code, a section's idea stands behind the code
_CODE_BLOCK = re.compile(r"^```.*?^```\s*$", re.DOTALL | re.MULTILINE)
_NAMES = re.compile(r"`([A-Za-z_][\w.]*)`")
_LINK = re.compile(r"\[([^\]]+)\]\(concept:[a-z0-9-]+\)")


@dataclass
class AnswerBuilder:
    """The answer so far."""

    context: QuestionContext
    sources: Citations
    kind: str
    concept: Concept | None = None
    parts: list[str] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)
    run: RunProposal | None = None
    question: Concept | None = None  # whose check question it ends with
    abstained: bool = False
    extra: Passage | None = None  # lines nearer to the question than those of the card

    def say(self, *texts: str) -> None:
        """Add paragraphs; empty ones are passed over."""
        self.parts += [text.strip() for text in texts if text.strip()]

    def quote(self, passage: Passage | None, lines: Lines | None) -> bool:
        """Add exact lines of a passage in a fence, with where they stand; False without any."""
        if passage is None or lines is None:
            return False
        exact = self.sources.lines(passage.span.path, lines.start, lines.end)
        if exact is None:
            return False
        mark = self.sources.cite(exact, passage.symbol or passage.title)
        self.say(fence(exact.text, exact.span.path), f"{where(exact)}{mark}")
        return True

    def quote_symbol(self, concept: Concept, reference: str, focus: str, longest: int = LONGEST) -> bool:
        """Quote what matters of the symbol `path::name` for `focus`."""
        passage = self.sources.library.resolve(reference)
        if passage is None or "::" not in reference:
            return False
        said = concept.sections["In the code"]
        return self.quote(passage, choose(passage, f"{focus} {said}", _NAMES.findall(said), longest))

    def ask_back(self, concept: Concept, lead: str = "**One question back.** ") -> None:
        """End with the concept's check question, once in a conversation."""
        check = concept.check
        if check is not None and check[0] not in self.context.memory.said:
            self.say(lead + check[0])
            self.question = concept

    def suggest(self, *texts: str) -> None:
        """Offer something to press."""
        for text in texts:
            if text and text not in self.suggestions and len(self.suggestions) < MOST_SUGGESTIONS:
                self.suggestions.append(text)


def spoken(concept: Concept) -> str:
    """A concept's title inside a sentence: `attention`, but `LoRA` and `the GPT, whole`."""
    first, _, rest = concept.title.partition(" ")
    return " ".join(filter(None, [first.lower() if first[1:].islower() else first, rest]))


def where(passage: Passage) -> str:
    """A quotation's place in words."""
    span = passage.span
    if span.start is None:
        return f"{as_code(span.path)}, cell {span.cell}"
    if span.end == span.start:
        return f"{as_code(span.path)}, line {span.start}"
    return f"{as_code(span.path)}, lines {span.start} to {span.end}"


def prose(text: str, most_words: int) -> str:
    """A section's paragraphs without its code and what speaks of it: as many as fit, at least one."""
    before, *after = _CODE_BLOCK.split(text)
    paragraphs = _paragraphs(before)
    if after and paragraphs and paragraphs[-1].endswith(":"):
        paragraphs[-1] = _without_last_sentence(paragraphs[-1])
    if len(" ".join(paragraphs).split()) < FEWEST_WORDS:  # then its idea stands behind the code
        paragraphs += [paragraph for rest in after for paragraph in _paragraphs(rest)]
    kept: list[str] = []
    for paragraph in filter(None, paragraphs):
        if kept and len(" ".join([*kept, paragraph]).split()) > most_words:
            break
        kept.append(paragraph)
    return "\n\n".join(kept)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _without_last_sentence(paragraph: str) -> str:
    sentences = re.split(r"(?<=[.?])\s+(?=[A-Z\"$`])", paragraph)
    return " ".join(sentences[:-1])


def worked_example(text: str) -> str:
    """A section's code with the paragraph before and after it; empty when it has none."""
    block = _CODE_BLOCK.search(text)
    if block is None:
        return ""
    before = [part for part in text[: block.start()].split("\n\n") if part.strip()]
    after = [part for part in text[block.end() :].split("\n\n") if part.strip()]
    return "\n\n".join(part.strip() for part in [*before[-1:], block[0], *after[:1]])


def without_links(text: str) -> str:
    """Text in which links to concepts are words."""
    return _LINK.sub(r"\1", text)
