"""The built-in tutor: no key, no network, no language model; it composes its answers from the lessons.

It never bluffs: what the lessons do not cover it says, and names the nearest things that they do.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from knowledge.content.curriculum import Concept, Curriculum
from knowledge.search.lexical import terms
from tutor.chat.citations import Citations, Library, Link, no_link, resolved
from tutor.chat.rules.answer_builder import AnswerBuilder, QuestionContext
from tutor.chat.rules.answers import code as places
from tutor.chat.rules.answers import comparison as compare_code
from tutor.chat.rules.answers import concept as lesson
from tutor.chat.rules.answers import course as orientation
from tutor.chat.rules.answers import practice
from tutor.chat.rules.answers import repositories as their_code
from tutor.chat.rules.answers import runs as run_talk
from tutor.chat.rules.answers import shorter as lighter
from tutor.chat.rules.answers.documents import from_her_documents
from tutor.chat.rules.answers.modes import by_mode
from tutor.chat.rules.concept_matching import ConceptMatcher, WhyMatch
from tutor.chat.rules.quoting import show
from tutor.chat.rules.recognize import Asked, Memory, recognize
from tutor.chat.rules.retrieval import (
    DEFINITION,
    FOUND,
    UNKNOWN,
    WORTH_SHOWING,
    Evidence,
    asks_unknown_term,
    card_covers,
    concept_meant,
    concepts_of,
    detail_lines,
    lines_beside_card,
    nearby_concepts,
    off_the_card,
    retrieve,
)
from tutor.chat.types import Answer, Delta, Done, Event, Status, Turn
from tutor.run_catalog import RunCatalog

CREDIT = re.compile(r"\([A-Z][^()]*\b(19|20)\d\d\)")  # (Vaswani et al., 2017)
VERBATIM_WHY = 0.7  # nearness from which a question is a card's "why", however it begins
ELSEWHERE, ANYWHERE = 0.5, 0.75  # nearness from which the "why" of the nearest card, or of any, answers
ABOUT_CARD = {
    "simpler": lesson.simpler, "numbers": lesson.numbers, "more": lesson.more, "mistakes": lesson.mistakes,
    "hint": practice.hint, "reveal": practice.reveal,
}  # fmt: skip


class KnowledgeSource(Protocol):
    """Where lessons and library come from; both may change while the program runs."""

    @property
    def curriculum(self) -> Curriculum:
        """The lessons as they are now."""
        ...

    @property
    def library(self) -> Library:
        """The best library there is at this moment."""
        ...

    @property
    def notice(self) -> str:
        """What to say beside an answer about the state of the library; empty when it is whole."""
        ...


class BuiltinTutor:
    """Answers from lessons and code alone. Safe to use from many threads."""

    def __init__(self, shelf: KnowledgeSource, bench: RunCatalog, link: Link = no_link) -> None:
        self._shelf = shelf
        self._bench = bench
        self._link = link
        self._matcher: tuple[Curriculum, ConceptMatcher] | None = None

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """Answer `question` after `history`, oldest first. Raises KnowledgeError."""
        yield Status("Looking it up in the lessons and the code")
        curriculum, library, notice = self._shelf.curriculum, self._shelf.library, self._shelf.notice
        matcher = self._matcher_for(curriculum)
        memory = Memory.of(history, curriculum.concepts)
        asked = recognize(question, memory, matcher)
        context = QuestionContext(library, curriculum, matcher, self._bench, memory, asked)
        builder = AnswerBuilder(context, Citations(library, self._link), asked.kind, asked.concept)
        if not by_mode(builder, history):
            compose(builder)
        answer = _finished(builder, notice)
        for piece in _pieces(answer.text):
            yield Delta(piece)
        yield Done(answer)

    def _matcher_for(self, curriculum: Curriculum) -> ConceptMatcher:
        held = self._matcher
        if held is None or held[0] is not curriculum:
            held = (curriculum, ConceptMatcher(curriculum))
            self._matcher = held
        return held[1]


def compose(builder: AnswerBuilder) -> None:
    """Put the answer together according to what was asked."""
    asked = builder.context.asked
    plain: dict[str, Callable[[AnswerBuilder], None]] = {
        "greeting": orientation.courtesy, "thanks": orientation.courtesy, "help": orientation.help_,
        "language": orientation.other_language, "injection": orientation.injection,
        "start": orientation.start,
    }  # fmt: skip
    if lighter.lighter(builder) or run_talk.about_a_run(builder):
        return
    if asked.kind in plain:
        plain[asked.kind](builder)
    elif asked.kind == "week":
        orientation.week(builder, asked.week)
    elif asked.kind == "quiz":
        practice.quiz(
            builder, asked.concept if asked.concept and (asked.follows or asked.score > 0.4) else None
        )
    elif asked.kind == "reply" and asked.concept:
        practice.verdict(builder, asked.concept, asked.question)
    elif asked.kind == "next" and asked.concept:
        _next(builder, asked.concept)
    elif not (compare_code.side_by_side(builder) or places.knob(builder) or from_her_documents(builder)):
        _on_subject(builder, asked)


def _next(builder: AnswerBuilder, concept: Concept) -> None:
    following = lesson.next_concept(builder, concept)
    if following is None:
        builder.say(
            "That was the last concept of the course. What is left is to use it: run things, and quiz "
            "yourself."
        )
        builder.suggest("Quiz me", "What can I run?")
        return
    builder.kind, builder.concept = "explain", following
    lesson.explain(builder, following)


def _on_subject(builder: AnswerBuilder, asked: Asked) -> None:
    """A question on the subject, or so it seems: which concept, and is it covered?"""
    if asked.kind == "compare" and asked.concept and asked.others:
        places.compare(builder, asked.concept, asked.others[0])
        return
    evidence = retrieve(builder.context)
    if their_code.their_code(builder, evidence):
        return
    concept = concept_meant(builder.context, evidence)
    builder.concept = concept
    builder.extra = lines_beside_card(builder.context, concept, evidence) if concept else None
    near = _nearest_why(builder, asked, concept)
    open_question = asked.kind in {"explain", "code", "product"} and not DEFINITION.match(
        asked.question.lower()
    )
    if near is not None and near.score >= VERBATIM_WHY and open_question:
        builder.kind = "why"
        lesson.why(builder, near)
    elif asked.kind == "run":
        _run(builder, asked, concept, evidence)
    elif concept is None:
        _without_concept(builder, asked, evidence)
    elif off_the_card(builder.context, concept, evidence):
        _beside_the_card(builder, concept, evidence)
    elif lines := detail_lines(builder.context, concept, evidence):
        builder.kind = "found"
        places.found(builder, lines, concept)
    elif asked.kind in ABOUT_CARD:
        ABOUT_CARD[asked.kind](builder, concept)
    elif asked.kind == "product":
        lesson.product(builder, concept)
        builder.ask_back(concept)
        lesson.suggest(builder, concept)
    elif asked.kind == "code":
        places.code(builder, concept)
    elif asked.kind == "why":
        _why(builder, asked, concept, evidence)
    elif asked.kind == "history":
        _history(builder, concept)
    else:
        builder.kind = "explain"
        lesson.explain(builder, concept)


def _beside_the_card(builder: AnswerBuilder, concept: Concept, evidence: Evidence) -> None:
    """A concept is named, but its card does not speak of what is asked: other lines may."""
    lines = [
        hit for hit in evidence.hits[:3] if concept.id not in concepts_of(hit, builder.context.curriculum)
    ]
    if lines and evidence.confidence >= FOUND and card_covers(builder.context, concept, evidence, lines[:1]):
        builder.kind = "found"
        places.found(builder, tuple(lines), concept)
        return
    builder.kind = "unknown"
    orientation.not_covered(builder, (), about=concept)
    _nearest_lines(builder, evidence)


def _nearest_lines(builder: AnswerBuilder, evidence: Evidence) -> None:
    """Beside a "not covered", the nearest lines of code or of a README: they may be what is looked for."""
    lines = [hit for hit in evidence.hits[:3] if "lessons/" not in hit.passage.span.path]
    if lines and evidence.confidence >= WORTH_SHOWING and not asks_unknown_term(builder.context):
        builder.say("The nearest lines that I have, for you to judge:")
        show(builder, lines[0].passage)


def _without_concept(builder: AnswerBuilder, asked: Asked, evidence: Evidence) -> None:
    near = nearby_concepts(builder.context, evidence)
    unknown = builder.context.matcher.unknown_share(asked.question)
    known = unknown < UNKNOWN and asked.kind != "history" and not asks_unknown_term(builder.context)
    if evidence.hits and evidence.confidence >= FOUND and known:
        builder.kind = "found"
        builder.concept = near[0] if near else None
        places.found(builder, evidence.hits, builder.concept)
        return
    builder.kind = "unknown"
    orientation.not_covered(builder, near)
    _nearest_lines(builder, evidence)


def _run(builder: AnswerBuilder, asked: Asked, concept: Concept | None, evidence: Evidence) -> None:
    if not asked.follows and not builder.context.matcher.named(asked.question):
        concept = builder.concept = None
    named = builder.context.bench.named(asked.question)
    bare = len(terms(re.sub(r"\b(run|train|start|try|launch|execute)\w*\b", "", asked.question.lower()))) == 0
    if named is not None or concept is not None or bare:
        places.run(builder, concept)
        return
    _without_concept(builder, asked, evidence)


def _nearest_why(builder: AnswerBuilder, asked: Asked, concept: Concept | None) -> WhyMatch | None:
    """The nearest "why" of the cards in question; of all when none is."""
    within = [concept, *asked.others] if concept is not None else ()
    return builder.context.matcher.why(asked.question, within)


def _why(builder: AnswerBuilder, asked: Asked, concept: Concept, evidence: Evidence) -> None:
    """The card's why, if one fits; a card nearby may have it; else the idea, or openly nothing."""
    matcher = builder.context.matcher
    best = _nearest_why(builder, asked, concept)
    if best is None or best.score < lesson.WHY_HOLDS:
        anywhere = matcher.why(asked.question)
        nearest = (
            evidence.top is not None and anywhere is not None and anywhere.concept.id == evidence.top[0].id
        )
        if anywhere and anywhere.score >= (ELSEWHERE if nearest else ANYWHERE):
            best = anywhere
    if best is not None and best.score >= lesson.WHY_HOLDS:
        lesson.why(builder, best)
        return
    if asked.follows and evidence.confidence < FOUND:
        orientation.not_covered(builder, (), about=concept)
        builder.kind = "unknown"
        return
    builder.kind = "explain"
    lesson.explain(builder, concept)


def _history(builder: AnswerBuilder, concept: Concept) -> None:
    """Who and when: only what the card says in so many words."""
    card = "\n\n".join(
        [concept.sections["The idea"], *(answer for _, answer in concept.questions_and_answers)]
    )
    sentences = re.split(r"(?<=[.?])\s+", card)
    dated = [each for each in sentences if CREDIT.search(each) and "```" not in each]
    if not dated:
        builder.kind = "unknown"
        orientation.not_covered(builder, (), about=concept)
        return
    mark = builder.sources.cite(builder.sources.section(concept, "The idea", "Why it is so"), concept.title)
    builder.say(f"What my lessons say of it: {' '.join(dated[:2])}{mark}")
    lesson.suggest(builder, concept)


def _finished(builder: AnswerBuilder, notice: str) -> Answer:
    text, citations = resolved("\n\n".join(builder.parts), builder.sources.made, builder.context.library)
    return Answer(
        text=text,
        citations=citations,
        abstained=builder.abstained,
        suggestions=tuple(builder.suggestions),
        run=builder.run,
        concept=builder.concept.id if builder.concept else None,
        kind=builder.kind,
        asked=builder.question.id if builder.question else None,
        notice=notice,
    )


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces as one reads it: line by line."""
    yield from re.findall(r"[^\n]*\n|[^\n]+$", text)
