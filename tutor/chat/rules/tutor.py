"""The built-in tutor: no key, no network, no language model; it composes its answers from the lessons.

It never bluffs: what the lessons do not cover it says, and names the nearest things that they do.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from knowledge.content.curriculum import Concept, Curriculum
from knowledge.search.lexical import terms
from tutor.chat.citations import Citations, Library, Link, no_link, resolved
from tutor.chat.rules.answer_builder import Desk, Draft
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
from tutor.chat.rules.concept_matching import Matcher, WhyMatch
from tutor.chat.rules.quoting import show
from tutor.chat.rules.recognize import Asked, Memory, recognize
from tutor.chat.rules.retrieval import (
    DEFINITION,
    FOUND,
    UNKNOWN,
    WORTH_SHOWING,
    Ground,
    beside,
    concepts_of,
    detail,
    dig,
    meant,
    nearby,
    strange,
    told,
    undefined,
)
from tutor.chat.types import Answer, Delta, Done, Event, Status, Turn
from tutor.run_catalog import Bench

CREDIT = re.compile(r"\([A-Z][^()]*\b(19|20)\d\d\)")  # (Vaswani et al., 2017)
VERBATIM_WHY = 0.7  # nearness from which a question is a card's "why", however it begins
ELSEWHERE, ANYWHERE = 0.5, 0.75  # nearness from which the "why" of the nearest card, or of any, answers
ABOUT_CARD = {
    "simpler": lesson.simpler, "numbers": lesson.numbers, "more": lesson.more, "mistakes": lesson.mistakes,
    "hint": practice.hint, "reveal": practice.reveal,
}  # fmt: skip


class Shelf(Protocol):
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

    def __init__(self, shelf: Shelf, bench: Bench, link: Link = no_link) -> None:
        self._shelf = shelf
        self._bench = bench
        self._link = link
        self._matcher: tuple[Curriculum, Matcher] | None = None

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """Answer `question` after `history`, oldest first. Raises KnowledgeError."""
        yield Status("Looking it up in the lessons and the code")
        curriculum, library, notice = self._shelf.curriculum, self._shelf.library, self._shelf.notice
        matcher = self._matcher_for(curriculum)
        memory = Memory.of(history, curriculum.concepts)
        asked = recognize(question, memory, matcher)
        desk = Desk(library, curriculum, matcher, self._bench, memory, asked)
        draft = Draft(desk, Citations(library, self._link), asked.kind, asked.concept)
        if not by_mode(draft, history):
            compose(draft)
        answer = _finished(draft, notice)
        for piece in _pieces(answer.text):
            yield Delta(piece)
        yield Done(answer)

    def _matcher_for(self, curriculum: Curriculum) -> Matcher:
        held = self._matcher
        if held is None or held[0] is not curriculum:
            held = (curriculum, Matcher(curriculum))
            self._matcher = held
        return held[1]


def compose(draft: Draft) -> None:
    """Put the answer together according to what was asked."""
    asked = draft.desk.asked
    plain: dict[str, Callable[[Draft], None]] = {
        "greeting": orientation.courtesy, "thanks": orientation.courtesy, "help": orientation.help_,
        "language": orientation.other_language, "injection": orientation.injection,
        "start": orientation.start,
    }  # fmt: skip
    if lighter.lighter(draft) or run_talk.about_a_run(draft):
        return
    if asked.kind in plain:
        plain[asked.kind](draft)
    elif asked.kind == "week":
        orientation.week(draft, asked.week)
    elif asked.kind == "quiz":
        practice.quiz(
            draft, asked.concept if asked.concept and (asked.follows or asked.score > 0.4) else None
        )
    elif asked.kind == "reply" and asked.concept:
        practice.verdict(draft, asked.concept, asked.question)
    elif asked.kind == "next" and asked.concept:
        _next(draft, asked.concept)
    elif not (compare_code.side_by_side(draft) or places.knob(draft) or from_her_documents(draft)):
        _on_subject(draft, asked)


def _next(draft: Draft, concept: Concept) -> None:
    following = lesson.next_concept(draft, concept)
    if following is None:
        draft.say(
            "That was the last concept of the course. What is left is to use it: run things, and quiz "
            "yourself."
        )
        draft.suggest("Quiz me", "What can I run?")
        return
    draft.kind, draft.concept = "explain", following
    lesson.explain(draft, following)


def _on_subject(draft: Draft, asked: Asked) -> None:
    """A question on the subject, or so it seems: which concept, and is it covered?"""
    if asked.kind == "compare" and asked.concept and asked.others:
        places.compare(draft, asked.concept, asked.others[0])
        return
    ground = dig(draft.desk)
    if their_code.their_code(draft, ground):
        return
    concept = meant(draft.desk, ground)
    draft.concept = concept
    draft.extra = beside(draft.desk, concept, ground) if concept else None
    near = _nearest_why(draft, asked, concept)
    open_question = asked.kind in {"explain", "code", "product"} and not DEFINITION.match(
        asked.question.lower()
    )
    if near is not None and near.score >= VERBATIM_WHY and open_question:
        draft.kind = "why"
        lesson.why(draft, near)
    elif asked.kind == "run":
        _run(draft, asked, concept, ground)
    elif concept is None:
        _without_concept(draft, asked, ground)
    elif strange(draft.desk, concept, ground):
        _beside_the_card(draft, concept, ground)
    elif lines := detail(draft.desk, concept, ground):
        draft.kind = "found"
        places.found(draft, lines, concept)
    elif asked.kind in ABOUT_CARD:
        ABOUT_CARD[asked.kind](draft, concept)
    elif asked.kind == "product":
        lesson.product(draft, concept)
        draft.ask_back(concept)
        lesson.suggest(draft, concept)
    elif asked.kind == "code":
        places.code(draft, concept)
    elif asked.kind == "why":
        _why(draft, asked, concept, ground)
    elif asked.kind == "history":
        _history(draft, concept)
    else:
        draft.kind = "explain"
        lesson.explain(draft, concept)


def _beside_the_card(draft: Draft, concept: Concept, ground: Ground) -> None:
    """A concept is named, but its card does not speak of what is asked: other lines may."""
    lines = [hit for hit in ground.hits[:3] if concept.id not in concepts_of(hit, draft.desk.curriculum)]
    if lines and ground.confidence >= FOUND and told(draft.desk, concept, ground, lines[:1]):
        draft.kind = "found"
        places.found(draft, tuple(lines), concept)
        return
    draft.kind = "unknown"
    orientation.not_covered(draft, (), about=concept)
    _nearest_lines(draft, ground)


def _nearest_lines(draft: Draft, ground: Ground) -> None:
    """Beside a "not covered", the nearest lines of code or of a README: they may be what is looked for."""
    lines = [hit for hit in ground.hits[:3] if "lessons/" not in hit.passage.span.path]
    if lines and ground.confidence >= WORTH_SHOWING and not undefined(draft.desk):
        draft.say("The nearest lines that I have, for you to judge:")
        show(draft, lines[0].passage)


def _without_concept(draft: Draft, asked: Asked, ground: Ground) -> None:
    near = nearby(draft.desk, ground)
    unknown = draft.desk.matcher.unknown_share(asked.question)
    known = unknown < UNKNOWN and asked.kind != "history" and not undefined(draft.desk)
    if ground.hits and ground.confidence >= FOUND and known:
        draft.kind = "found"
        draft.concept = near[0] if near else None
        places.found(draft, ground.hits, draft.concept)
        return
    draft.kind = "unknown"
    orientation.not_covered(draft, near)
    _nearest_lines(draft, ground)


def _run(draft: Draft, asked: Asked, concept: Concept | None, ground: Ground) -> None:
    if not asked.follows and not draft.desk.matcher.named(asked.question):
        concept = draft.concept = None
    named = draft.desk.bench.named(asked.question)
    bare = len(terms(re.sub(r"\b(run|train|start|try|launch|execute)\w*\b", "", asked.question.lower()))) == 0
    if named is not None or concept is not None or bare:
        places.run(draft, concept)
        return
    _without_concept(draft, asked, ground)


def _nearest_why(draft: Draft, asked: Asked, concept: Concept | None) -> WhyMatch | None:
    """The nearest "why" of the cards in question; of all when none is."""
    within = [concept, *asked.others] if concept is not None else ()
    return draft.desk.matcher.why(asked.question, within)


def _why(draft: Draft, asked: Asked, concept: Concept, ground: Ground) -> None:
    """The card's why, if one fits; a card nearby may have it; else the idea, or openly nothing."""
    matcher = draft.desk.matcher
    best = _nearest_why(draft, asked, concept)
    if best is None or best.score < lesson.WHY_HOLDS:
        anywhere = matcher.why(asked.question)
        nearest = ground.top is not None and anywhere is not None and anywhere.concept.id == ground.top[0].id
        if anywhere and anywhere.score >= (ELSEWHERE if nearest else ANYWHERE):
            best = anywhere
    if best is not None and best.score >= lesson.WHY_HOLDS:
        lesson.why(draft, best)
        return
    if asked.follows and ground.confidence < FOUND:
        orientation.not_covered(draft, (), about=concept)
        draft.kind = "unknown"
        return
    draft.kind = "explain"
    lesson.explain(draft, concept)


def _history(draft: Draft, concept: Concept) -> None:
    """Who and when: only what the card says in so many words."""
    card = "\n\n".join(
        [concept.sections["The idea"], *(answer for _, answer in concept.questions_and_answers)]
    )
    sentences = re.split(r"(?<=[.?])\s+", card)
    dated = [each for each in sentences if CREDIT.search(each) and "```" not in each]
    if not dated:
        draft.kind = "unknown"
        orientation.not_covered(draft, (), about=concept)
        return
    mark = draft.sources.cite(draft.sources.section(concept, "The idea", "Why it is so"), concept.title)
    draft.say(f"What my lessons say of it: {' '.join(dated[:2])}{mark}")
    lesson.suggest(draft, concept)


def _finished(draft: Draft, notice: str) -> Answer:
    text, citations = resolved("\n\n".join(draft.parts), draft.sources.made, draft.desk.library)
    return Answer(
        text=text,
        citations=citations,
        abstained=draft.abstained,
        suggestions=tuple(draft.suggestions),
        run=draft.run,
        concept=draft.concept.id if draft.concept else None,
        kind=draft.kind,
        asked=draft.question.id if draft.question else None,
        notice=notice,
    )


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces as one reads it: line by line."""
    yield from re.findall(r"[^\n]*\n|[^\n]+$", text)
