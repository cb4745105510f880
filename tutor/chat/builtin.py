"""The built-in tutor: no key, no network, no language model; it composes its answers from the lessons.

It never bluffs: what the lessons do not cover it says, and names the nearest things that they do.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from knowledge.curriculum import Concept, Curriculum
from knowledge.search import Hit, Results
from knowledge.words import terms
from tutor.chat import lesson, orientation, places, practice
from tutor.chat.answers import Answer, Delta, Done, Event, Status, Turn
from tutor.chat.bench import Bench
from tutor.chat.citations import Citations, Library, Link, no_link, resolved
from tutor.chat.draft import Desk, Draft
from tutor.chat.matching import Matcher
from tutor.chat.recognize import Asked, Memory, recognize, without_frame

COVERED = 0.46  # from this nearness on, a concept that is not named is the one that is meant
FOUND = 0.5  # from this confidence on, what search found is an answer by itself
ELSEWHERE = 0.5  # from this nearness on, the "why" of another card than the named one answers
NEAR = 0.18  # from this nearness on, a concept is worth naming beside a "not covered"
UNKNOWN = 0.5  # from this share of unheard-of words on, a named concept is not what the question is about
ABOUT_CARD = {
    "simpler": lesson.simpler, "numbers": lesson.numbers, "more": lesson.more, "mistakes": lesson.mistakes,
    "hint": practice.hint, "reveal": practice.reveal,
}  # fmt: skip
DEFINITION = re.compile(
    r"^(?:please )?(?:explain|define|describe|what(?:'s| is| are)(?: an?| the)?|what exactly is|tell me about)\b"
    r"|^how (?:do|does|is|are) .* works?\W*$"
)


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


@dataclass(frozen=True)
class _Ground:
    """What was found for a question."""

    hits: tuple[Hit, ...]
    confidence: float
    ranked: list[tuple[Concept, float]]

    @property
    def top(self) -> tuple[Concept, float] | None:
        return self.ranked[0] if self.ranked else None


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
    elif not places.knob(draft):
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
    ground = _ground(draft, asked)
    concept = _concept(draft, asked, ground)
    draft.concept = concept
    if asked.kind == "run":
        _run(draft, asked, concept, ground)
    elif concept is None:
        _without_concept(draft, asked, ground)
    elif not asked.follows and _strange(draft, asked, concept, ground):
        draft.kind = "unknown"
        orientation.not_covered(draft, (), about=concept)
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


def _ground(draft: Draft, asked: Asked) -> _Ground:
    """Search, and bring its votes together with the cards' own questions."""
    desk = draft.desk
    context = desk.memory.concept.title if asked.follows and desk.memory.concept else ""
    results: Results = desk.library.search(asked.question, k=8, context=context)
    votes: dict[str, float] = {}
    for rank, hit in enumerate(results.hits):
        for name in _concepts_of(hit, desk.curriculum):
            votes[name] = votes.get(name, 0.0) + 1 / (2 + rank)
    most = max(votes.values(), default=0.0)
    ranked = {concept.id: score for concept, score in desk.matcher.ranked(asked.question)}
    scores = {
        name: 0.7 * ranked.get(name, 0.0)
        + 0.3 * results.confidence * (votes.get(name, 0.0) / most if most else 0.0)
        for name in {*ranked, *votes}
    }
    order = sorted(scores, key=lambda name: -scores[name])
    return _Ground(
        results.hits, results.confidence, [(desk.curriculum.concepts[n], scores[n]) for n in order]
    )


def _concepts_of(hit: Hit, curriculum: Curriculum) -> list[str]:
    """The concepts that a hit speaks of: its card, or the cards that name its symbol."""
    path = hit.passage.span.path
    if "lessons/concepts/" in path:
        name = path.rsplit("/", 1)[1].removesuffix(".md")
        return [name] if name in curriculum.concepts else []
    symbol = (hit.passage.symbol or "").split(".")[0]
    return [
        concept.id
        for concept in curriculum.concepts.values()
        if symbol and any(ref.startswith(f"{path}::{symbol}") for ref in concept.code)
    ][:3]


def _concept(draft: Draft, asked: Asked, ground: _Ground) -> Concept | None:
    """The concept that is meant: named, followed up on, or near enough; None when none is."""
    named = asked.follows or bool(draft.desk.matcher.named(asked.question))
    if named and asked.concept is not None:
        return asked.concept
    if ground.top is None or ground.top[1] < COVERED:
        return None
    if _undefined(draft, asked):
        return None
    return ground.top[0]


def _undefined(draft: Draft, asked: Asked) -> bool:
    """Whether something is to be defined whose name does not stand anywhere in the lessons."""
    low = " ".join(asked.question.lower().split())
    if not DEFINITION.match(low):
        return False
    thing = without_frame(asked.question)
    return 0 < len(thing.split()) <= 4 and not draft.desk.matcher.speaks_of(thing)


def _strange(draft: Draft, asked: Asked, concept: Concept, ground: _Ground) -> bool:
    """Whether a question that names a concept asks something about it that nothing here speaks of."""
    matcher = draft.desk.matcher
    if asked.kind in {"code", "run", "simpler", "numbers", "mistakes", "product"}:
        return False
    best = next((score for each, score in ground.ranked if each.id == concept.id), 0.0)
    if best >= 0.6:
        return False
    if asked.score and 1 - asked.score >= UNKNOWN:
        return True
    own = [hit for hit in ground.hits if concept.id in _concepts_of(hit, draft.desk.curriculum)]
    told = matcher.prose_of(concept) | {term for hit in own for term in terms(hit.passage.text)}
    names = set(terms(" ".join([concept.title, *concept.aliases, "works compute"])))
    extra = [term for term in terms(asked.question) if term not in names]
    missing = [term for term in extra if term not in told]
    return len(missing) >= 2 and len(missing) > len(extra) / 2


def _without_concept(draft: Draft, asked: Asked, ground: _Ground) -> None:
    near = [concept for concept, score in ground.ranked if score >= NEAR][:3]
    unknown = draft.desk.matcher.unknown_share(asked.question)
    if ground.hits and ground.confidence >= FOUND and unknown < UNKNOWN and not _undefined(draft, asked):
        draft.kind = "found"
        places.found(draft, ground.hits, near[0] if near else None)
        draft.concept = near[0] if near else None
        return
    draft.kind = "unknown"
    orientation.not_covered(
        draft, near if unknown < 0.8 else near[:1] if near and ground.ranked[0][1] > 0.3 else ()
    )


def _run(draft: Draft, asked: Asked, concept: Concept | None, ground: _Ground) -> None:
    named = draft.desk.bench.named(asked.question)
    bare = len(terms(re.sub(r"\b(run|train|start|try|launch|execute)\w*\b", "", asked.question.lower()))) == 0
    if named is not None or concept is not None or bare:
        places.run(draft, concept)
        return
    _without_concept(draft, asked, ground)


def _why(draft: Draft, asked: Asked, concept: Concept, ground: _Ground) -> None:
    """The card's why, if one fits; a card nearby may have it; else the idea, or openly nothing."""
    matcher = draft.desk.matcher
    best = matcher.why(asked.question, [concept, *asked.others])
    if best is None or best.score < lesson.WHY_HOLDS:
        anywhere = matcher.why(asked.question)
        if anywhere and anywhere.score >= ELSEWHERE:
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
    dated = [
        s for s in re.split(r"(?<=[.?])\s+", card) if re.search(r"\b(19|20)\d\d\b", s) and "```" not in s
    ]
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
