"""What a question can want: one ordered table, the first row that matches answers.

A new kind of question is one file under `answers/` and one row here.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from knowledge.content.curriculum import Concept
from knowledge.search.lexical import terms
from tutor.chat.rules.answer_builder import AnswerBuilder
from tutor.chat.rules.answers import (
    card,
    code,
    comparison,
    course,
    documents,
    elsewhere,
    failures,
    history,
    known,
    modes,
    practice,
    repositories,
    runs,
    shorter,
    why,
)
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.subject import concept_meant, detail_lines, lines_beside_card, off_the_card
from tutor.chat.rules.thresholds import THRESHOLDS

Matches = Callable[[QuestionContext], Any]
"""What it found in the question, which its answer is given; something false where it is not wanted."""


@dataclass(frozen=True)
class Intent:
    """One kind of question. `on_subject`: it is answered about the concept that is meant."""

    name: str
    matches: Matches
    answer: Callable[[AnswerBuilder, Any], None]
    on_subject: bool = False


def compose(builder: AnswerBuilder) -> None:
    """Answer with the first intent that matches."""
    for intent in INTENTS:
        if found := intent.matches(builder.context):
            if intent.on_subject:
                meant = concept_meant(builder.context)
                builder.concept = meant
                builder.extra = lines_beside_card(builder.context, meant) if meant else None
            intent.answer(builder, found)
            return


def _kind(*kinds: str) -> Matches:
    """Recognized as one of these kinds."""
    return lambda context: context.asked.kind in kinds


def _kind_with_concept(kind: str) -> Matches:
    """Recognized as this kind, about a concept: gives the concept."""
    return lambda context: context.asked.kind == kind and context.asked.concept


def _two_concepts(context: QuestionContext) -> Any:
    asked = context.asked
    return asked.kind == "compare" and asked.concept and asked.others and (asked.concept, asked.others[0])


def _meant(*kinds: str) -> Matches:
    """Recognized as one of these kinds, of any where none is given: gives the concept that is meant."""
    return lambda context: (not kinds or context.asked.kind in kinds) and concept_meant(context)


@dataclass(frozen=True)
class _RunRequest:
    """What to run: something that shows the concept, or whatever there is for None."""

    concept: Concept | None


def _run(context: QuestionContext) -> _RunRequest | None:
    """A run of something that is named, or of whatever there is."""
    asked = context.asked
    if asked.kind != "run":
        return None
    about = asked.follows or context.matcher.named(asked.question)
    meant = concept_meant(context) if about else None
    bare = not terms(re.sub(r"\b(run|train|start|try|launch|execute)\w*\b", "", asked.question.lower()))
    return _RunRequest(meant) if meant or bare or context.runs.named(asked.question) else None


def _no_concept(context: QuestionContext) -> bool:
    """Nothing is meant; or something is to be run that is not there, whatever lies near."""
    return context.asked.kind == "run" or concept_meant(context) is None


def _off_its_card(context: QuestionContext) -> Any:
    meant = concept_meant(context)
    return meant if meant is not None and off_the_card(context, meant) else None


def _lines_of_detail(context: QuestionContext) -> Any:
    meant = concept_meant(context)
    return detail_lines(context, meant) if meant is not None else None


def _start_run(builder: AnswerBuilder, found: Any) -> None:
    builder.concept = found.concept
    code.run(builder, found.concept)


def _quiz(builder: AnswerBuilder, found: Any) -> None:
    asked = builder.context.asked
    about = asked.follows or asked.score > THRESHOLDS.quiz_concept
    practice.quiz(builder, asked.concept if about else None)


INTENTS: tuple[Intent, ...] = (
    Intent("pasted error", failures.pasted, failures.answer),
    Intent("mode", modes.in_mode, lambda builder, answer: answer(builder)),
    Intent("shorter path", shorter.wanted, shorter.answer),
    Intent("a run of hers", runs.named, runs.answer),
    Intent("courtesy", _kind("greeting", "thanks"), lambda builder, _: course.courtesy(builder)),
    Intent("help", _kind("help"), lambda builder, _: course.help_(builder)),
    Intent("other language", _kind("language"), lambda builder, _: course.other_language(builder)),
    Intent("injection", _kind("injection"), lambda builder, _: course.injection(builder)),
    Intent("course", _kind("start"), lambda builder, _: course.start(builder)),
    Intent("week", _kind("week"), lambda builder, _: course.week(builder, builder.context.asked.week)),
    Intent("quiz", _kind("quiz"), _quiz),
    Intent("reply", _kind_with_concept("reply"), practice.verdict),
    Intent("next", _kind_with_concept("next"), card.following),
    Intent("side by side", comparison.wanted, comparison.answer),
    Intent("knob", code.knobs_named, code.knob),
    Intent("documents", documents.wanted, documents.answer),
    Intent("known answer", known.wanted, known.answer),
    Intent("two concepts", _two_concepts, lambda builder, both: code.compare(builder, *both)),
    Intent("repository", repositories.wanted, repositories.answer),
    Intent("why, verbatim", why.verbatim, why.answer, on_subject=True),
    Intent("run", _run, _start_run, on_subject=True),
    Intent("no concept", _no_concept, elsewhere.without_concept, on_subject=True),
    Intent("off its card", _off_its_card, elsewhere.beside_the_card, on_subject=True),
    Intent("detail", _lines_of_detail, elsewhere.detail, on_subject=True),
    Intent("simpler", _meant("simpler"), card.simpler, on_subject=True),
    Intent("numbers", _meant("numbers"), card.numbers, on_subject=True),
    Intent("more", _meant("more"), why.more, on_subject=True),
    Intent("mistakes", _meant("mistakes"), card.mistakes, on_subject=True),
    Intent("hint", _meant("hint"), practice.hint, on_subject=True),
    Intent("reveal", _meant("reveal"), practice.reveal, on_subject=True),
    Intent("product", _meant("product"), card.for_product, on_subject=True),
    Intent("code", _meant("code"), code.code, on_subject=True),
    Intent("why", _meant("why"), why.of_concept, on_subject=True),
    Intent("history", _meant("history"), history.dated, on_subject=True),
    Intent("explain", _meant(), card.explained, on_subject=True),
)  # fmt: skip
