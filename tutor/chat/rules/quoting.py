"""Showing a passage that search found: in plain words where a note has them, then its exact lines."""

from knowledge.passages import Passage
from tutor.chat.citations import Library
from tutor.chat.rules import phrases
from tutor.chat.rules.answer_builder import AnswerBuilder, where, without_links
from tutor.chat.rules.excerpt import choose, fence
from tutor.quoting import as_code, without_pictures

CODE_KINDS = {"code", "class", "cell"}


def show(builder: AnswerBuilder, passage: Passage) -> None:
    """A passage that was found: what it does in plain words where a note says so, then its lines."""
    question = builder.context.asked.question
    remarks = remarks_on(builder.context.library, passage)
    if phrases.TROUBLE.search(question.lower()):
        builder.say(remarks.get("wrong", ""))
    builder.say(remarks.get("note", ""))
    if builder.context.asked.kind == "why":
        builder.say(remarks.get("why", ""))
    if passage.kind in CODE_KINDS:
        if not builder.quote(passage, choose(passage, question)):
            _quote_cell(builder, passage)
    else:
        _quote_prose(builder, passage)


def remarks_on(library: Library, passage: Passage) -> dict[str, str]:
    """What the notes say about a passage: `note`, `why`, `wrong`; empty for our own code, whose cards say it."""
    found: dict[str, str] = {}
    for way in library.contents.leads:
        if way.passage == passage.id and way.kind in {"note", "why", "wrong"}:
            found.setdefault(way.kind, way.text)
    return {} if "lessons/concepts/" in passage.span.path else found


def _quote_cell(builder: AnswerBuilder, passage: Passage) -> None:
    if passage.span.cell is not None:
        builder.say(fence(passage.text, passage.span.path), where(passage) + builder.sources.cite(passage))


def _quote_prose(builder: AnswerBuilder, passage: Passage) -> None:
    if passage.span.start is None or passage.span.end is None:
        builder.say(without_pictures(passage.text) + builder.sources.cite(passage))
        return
    last = min(passage.span.end, passage.span.start + 14)
    exact = builder.sources.lines(passage.span.path, passage.span.start, last)
    if exact is not None:
        quoted = "\n".join(
            f"> {without_pictures(without_links(line)).lstrip('# ')}".rstrip()
            for line in exact.text.split("\n")
        )
        builder.say(quoted, f"{as_code(exact.span.path)}{builder.sources.cite(exact, passage.title)}")
