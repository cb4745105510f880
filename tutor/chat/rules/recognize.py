"""What is being asked: the kind of question, the concepts it is about, and what it points back at."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge.content.curriculum import Concept, fold_name
from knowledge.search.lexical import terms
from tutor.chat.rules import phrases
from tutor.chat.rules.concept_matching import ConceptMatcher, Mention
from tutor.chat.rules.languages import other_language
from tutor.chat.rules.thresholds import THRESHOLDS
from tutor.chat.types import Turn

Kind = Literal[
    "explain", "simpler", "numbers", "more", "why", "code", "run", "compare", "product", "mistakes", "quiz",
    "hint", "reveal", "reply", "next", "week", "start", "history", "greeting", "thanks", "help", "language",
    "injection",
]  # fmt: skip

NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
LONG_WORD = re.compile(r"\S{60,}")  # nobody's word: a hash, an address, a key held down
LONGEST_LOOKED_AT = 2000  # characters
NAMELESS_FOLLOW_UP = 8  # words: a question as short as this, naming nothing, is about what was just said


@dataclass(frozen=True)
class Asked:
    """What was recognized.

    `question` is corrected for typing; `follows` tells whether the concept comes from the conversation rather
    than from the question, `named` whether the question says its name; `language` is set where it is not
    English.
    """

    kind: Kind
    question: str
    concept: Concept | None = None
    others: tuple[Concept, ...] = ()
    follows: bool = False
    named: bool = False
    score: float = 0.0
    week: int | None = None
    language: str = ""


@dataclass(frozen=True)
class Memory:
    """What the conversation so far leaves in mind."""

    concept: Concept | None = None
    kind: str = ""
    asked: Concept | None = None
    seen: tuple[str, ...] = ()  # concepts answered about, oldest first
    said: str = ""  # all that the tutor said, to not say it twice

    @classmethod
    def of(cls, history: Sequence[Turn], concepts: dict[str, Concept]) -> "Memory":
        """From the turns, oldest first; concepts that left the lessons are forgotten."""
        answers = [turn.answer for turn in history if turn.role == "tutor" and turn.answer is not None]
        seen = [each.concept for each in answers if each.concept in concepts]
        about = next((each for each in reversed(answers) if each.concept in concepts), None)
        last = answers[-1] if answers else None
        return cls(
            concept=concepts[about.concept] if about and about.concept else None,
            kind=last.kind if last else "",
            asked=concepts.get(last.asked or "") if last else None,
            seen=tuple(dict.fromkeys(name for name in seen if name)),
            said="\n".join(each.text for each in answers),
        )


def recognize(question: str, memory: Memory, matcher: ConceptMatcher) -> Asked:
    """What `question` asks after what `memory` holds."""
    question = LONG_WORD.sub(" ", question)[:LONGEST_LOOKED_AT]
    low = " ".join(question.lower().replace("’", "'").split())
    if early := _without_subject(low, question, memory, matcher):
        return early
    question = phrases.OPENING.sub("", question)
    corrected = matcher.correct(without_orders(question))
    low = " ".join(corrected.lower().replace("’", "'").split())
    if (card := matcher.exact_why(question, memory.concept)) is not None:
        return Asked("why", question, card, follows=True)
    mentions = matcher.named(corrected)
    if not mentions and (back := _follow_up(low, corrected, memory)):
        return back
    if week := phrases.WEEK.search(low):
        number = NUMBERS.get(week[1]) or (int(week[1]) if week[1].isdigit() else 0)
        if not mentions or len(low.split()) <= 6:
            return Asked("week", corrected, week=number)
    if not mentions and phrases.START.search(low):
        return Asked("start", corrected)
    return _about_subject(low, corrected, mentions, memory, matcher)


def _without_subject(low: str, question: str, memory: Memory, matcher: ConceptMatcher) -> Asked | None:
    """Courtesies, orders and other languages: told apart before any search."""
    if phrases.GREETING.match(low):
        return Asked("greeting", question)
    if phrases.THANKS.match(low) and not (memory.asked and len(low.split()) > 2):
        return Asked("thanks", question)
    if phrases.INJECTION.search(low) and not phrases.ABOUT_INJECTION.search(low):
        if not matcher.named(without_orders(low)):
            return Asked("injection", question)
    elif phrases.HELP.search(low) and not matcher.named(low):
        return Asked("help", question)
    language = other_language(question)
    if language:
        named = matcher.named(question)
        return Asked("language", question, concept=named[0].concept if named else None, language=language)
    return None


def _follow_up(low: str, question: str, memory: Memory) -> Asked | None:
    """Questions that name nothing and point at what was said."""
    if memory.asked is not None and (reply := _on_check(low, question, memory)):
        return reply
    concept = memory.concept
    found: Kind | None = None
    if phrases.QUIZ.search(low):
        return Asked("quiz", question, concept, follows=concept is not None)
    if concept is None:
        return None
    if phrases.NEXT.search(low):
        found = "next"
    elif phrases.NUMBERS.search(low):
        found = "numbers"
    elif phrases.MORE.search(low):
        found = "more"
    elif phrases.SIMPLER.search(low):
        found = "simpler"
    elif phrases.GIVE_UP.search(low):
        found = "reveal"
    elif phrases.HINT.search(low):
        found = "hint"
    elif phrases.PRODUCT.search(low):
        found = "product"
    elif phrases.MISTAKES.search(low):
        found = "mistakes"
    return Asked(found, question, concept, follows=True) if found else None


def _on_check(low: str, question: str, memory: Memory) -> Asked | None:
    """After a question back: its answer, a hint, or her own attempt, which is what is not a question."""
    concept = memory.asked
    if phrases.GIVE_UP.search(low):
        return Asked("reveal", question, concept, follows=True)
    if phrases.HINT.search(low):
        return Asked("hint", question, concept, follows=True)
    commands = (
        phrases.SIMPLER,
        phrases.NEXT,
        phrases.MORE,
        phrases.NUMBERS,
        phrases.QUIZ,
        phrases.CODE,
        phrases.RUN,
    )
    if phrases.INTERROGATIVE.search(low) or any(pattern.search(low) for pattern in commands):
        return None
    return Asked("reply", question, concept, follows=True)


def _about_subject(
    low: str, question: str, mentions: list[Mention], memory: Memory, matcher: ConceptMatcher
) -> Asked:
    kind = _kind(low)
    ranked = matcher.ranked(question)
    if kind != "history":
        mentions = _strong(low, mentions, ranked)
    named = list(dict.fromkeys(mention.concept.id for mention in mentions))
    concepts = {mention.concept.id: mention.concept for mention in mentions}
    statement = kind == "explain" and not phrases.INTERROGATIVE.search(low)
    if memory.asked and statement and (len(low.split()) > 2 or memory.asked.id in named):
        return Asked("reply", question, memory.asked, follows=True)
    if kind == "compare" and len(named) >= 2:
        return Asked("compare", question, concepts[named[0]], (concepts[named[1]],), score=1.0)
    beside = memory.concept if memory.concept and len(named) == 1 and memory.concept.id != named[0] else None
    if kind == "compare" and beside and phrases.POINTING.search(low):
        return Asked("compare", question, beside, (concepts[named[0]],), follows=True, score=1.0)
    kind = "explain" if kind == "compare" else kind
    if not named and memory.concept and (_bare(low) or _points_back(low, ranked, memory, matcher)):
        return Asked(kind, question, memory.concept, follows=True, score=1.0)
    if not named:
        near = ranked[0] if ranked else None
        return Asked(kind, question, near[0] if near else None, score=near[1] if near else 0.0)
    main = _main(low, mentions, ranked)
    others = tuple(concepts[name] for name in named if name != main.id)
    return Asked(kind, question, main, others, named=True, score=1.0)


def _kind(low: str) -> Kind:
    checks: list[tuple[Kind, re.Pattern[str]]] = [
        ("quiz", phrases.QUIZ), ("run", phrases.RUN), ("compare", phrases.COMPARE),
        ("mistakes", phrases.MISTAKES), ("product", phrases.PRODUCT), ("numbers", phrases.NUMBERS),
        ("simpler", phrases.SIMPLER),
        ("why", phrases.WHY), ("code", phrases.CODE), ("history", phrases.HISTORY),
    ]  # fmt: skip
    return next((kind for kind, pattern in checks if pattern.search(low)), "explain")


def _points_back(
    low: str, ranked: list[tuple[Concept, float]], memory: Memory, matcher: ConceptMatcher
) -> bool:
    """Whether a question that names nothing is about what was just said rather than about something new."""
    points, short = phrases.POINTING.search(low), len(low.split()) <= NAMELESS_FOLLOW_UP
    if points and short:
        return True
    if ranked and ranked[0][1] >= THRESHOLDS.sure_of_concept:
        nearest = [concept.id for concept, score in ranked if score >= ranked[0][1] - THRESHOLDS.tie]
        return memory.concept is not None and memory.concept.id in nearest
    own = matcher.why(low, [memory.concept] if memory.concept else ())
    if own and own.score >= THRESHOLDS.why_followed_up:
        return True
    if matcher.unknown_share(low) > THRESHOLDS.unknown:
        return False
    return bool(points or (short and memory.concept and _told_by(memory.concept, low, matcher)))


def _told_by(concept: Concept, question: str, matcher: ConceptMatcher) -> bool:
    """Whether a card has at least half of what a question says: a short one may be about anything."""
    said = {term: matcher.rarity(term) for term in terms(question)}
    card = matcher.prose_of(concept)
    return sum(weight for term, weight in said.items() if term in card) >= THRESHOLDS.words_on_card * sum(
        said.values()
    )


def _strong(low: str, mentions: list[Mention], ranked: list[tuple[Concept, float]]) -> list[Mention]:
    """Without names that only say which field this is, as in "how does a GPT spell"."""
    strong = [mention for mention in mentions if not mention.weak]
    if strong or not mentions:
        return strong
    weak = {mention.concept.id for mention in mentions}
    rest = set(terms(phrases.FRAME.sub(" ", phrases.COMMAND_WORDS.sub(" ", low)))) - set(
        terms(" ".join(name for each in mentions for name in (each.concept.title, *each.concept.aliases)))
    )
    return mentions if not rest or (ranked and ranked[0][0].id in weak) else []


def _bare(low: str) -> bool:
    """Whether a question is all command: "show me the code", "run it"."""
    return not set(terms(phrases.COMMAND_WORDS.sub(" ", low)))


def _main(low: str, mentions: list[Mention], ranked: list[tuple[Concept, float]]) -> Concept:
    """Of several named concepts the one that is meant: the nearest by its questions, else the first."""
    if len(mentions) == 1:
        return mentions[0].concept
    names = {mention.concept.id for mention in mentions}
    frame = phrases.FRAME.match(low)
    if frame and len(fold_name(low[: frame.end()]).split()) >= mentions[0].start:
        return mentions[0].concept  # "what is X in Y": X comes right after the frame
    return next((concept for concept, _ in ranked if concept.id in names), mentions[0].concept)


def without_orders(question: str) -> str:
    """The question without what tries to give orders to a model."""
    if phrases.ABOUT_INJECTION.search(question.lower()):
        return question
    return " ".join(phrases.INJECTION.sub(" ", question).split()).removeprefix("and ")


def without_frame(question: str) -> str:
    """What a "what is …" or "explain …" is about, without the words around it."""
    low = " ".join(question.lower().replace("’", "'").split()).rstrip("?.! ")
    frame = phrases.FRAME.match(low)
    rest = low[frame.end() :] if frame else low
    return " ".join(phrases.OBJECT_TAIL.sub(" ", rest).split()).removeprefix("the ").removeprefix("a ")
