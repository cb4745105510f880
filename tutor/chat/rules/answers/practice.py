"""Questions back: asking, hinting, holding an answer against the card's, giving the answer away."""

import re

from knowledge.content.curriculum import Concept
from knowledge.search.lexical import terms
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken
from tutor.chat.rules.answers import card

MOST_OF_IT = 0.55
SOME_OF_IT = 0.2
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?%?")
_WORDS_FOR = {
    "zero": 0.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "half": 0.5, "third": 1 / 3, "quarter": 0.25,
}  # fmt: skip


def quiz(builder: AnswerBuilder, concept: Concept | None) -> None:
    """One question now. Nothing is cited yet: the answer stands in the same lines."""
    chosen = concept or lesson_start(builder)
    if chosen is not None and chosen.check and chosen.check[0] in builder.context.memory.said:
        chosen = card.next_concept(builder, chosen) or chosen
    if chosen is None or chosen.check is None:
        builder.say("There is no question in my lessons for that. The weekly quiz has its own page.")
        return
    builder.concept = builder.question = chosen
    builder.say(
        f"A question on **{spoken(chosen)}**. Answer in your own words; I compare it with the card's answer.",
        chosen.check[0],
        f"Ten questions on all of week {chosen.week} are on the quiz page.",
    )
    builder.suggest("Give me a hint", "Tell me the answer", f"Explain {spoken(chosen)}", "Another question")


def lesson_start(builder: AnswerBuilder) -> Concept | None:
    """Where to ask when nothing was named: what she heard last, else the first of the course."""
    curriculum = builder.context.curriculum
    heard = [name for name in builder.context.memory.seen if name in curriculum.concepts]
    if heard:
        return curriculum.concepts[heard[-1]]
    order = [name for week in curriculum.weeks.values() for name in week.concepts]
    name = next((each for each in order or curriculum.concepts if each in curriculum.concepts), None)
    return curriculum.concepts[name] if name else None


def hint(builder: AnswerBuilder, concept: Concept) -> None:
    """Not the answer: the picture, or the worked example, to think it through with."""
    builder.question = concept
    plain = concept.sections["In plain words"]
    if plain[:60] not in builder.context.memory.said or builder.context.memory.kind == "quiz":
        mark = builder.sources.cite(builder.sources.section(concept, "In plain words"), concept.title)
        builder.say(f"Think of this first: {plain}{mark}")
    else:
        mark = builder.sources.cite(builder.sources.section(concept, "The idea"), concept.title)
        builder.say(f"It follows from this: {concept.sections['In one sentence']}{mark}")
    if concept.check:
        builder.say(f"So: {concept.check[0]}")
    builder.suggest("Tell me the answer", "Show me with numbers", f"Explain {spoken(concept)}")


def reveal(builder: AnswerBuilder, concept: Concept) -> None:
    """The card's answer."""
    _model_answer(builder, concept)
    _go_on(builder, concept)


def verdict(builder: AnswerBuilder, concept: Concept) -> None:
    """Her answer beside the card's: compared by words and numbers, and said to be no more than that."""
    if concept.check is None:
        reveal(builder, concept)
        return
    question, model = concept.check
    share = _shared(builder, question, model, builder.context.asked.question)
    if share >= MOST_OF_IT:
        builder.say("That has what the card's answer has, as far as words can tell.")
    elif share >= SOME_OF_IT:
        builder.say("Part of it is there.")
    else:
        builder.say("The card says something else, as far as words can tell.")
    _model_answer(builder, concept)
    builder.say("I compared words and numbers, not meaning: whether you said the same is yours to judge.")
    _go_on(builder, concept)


def _model_answer(builder: AnswerBuilder, concept: Concept) -> None:
    if concept.check is not None:
        mark = builder.sources.cite(builder.sources.section(concept, "Check yourself"), concept.title)
        builder.say(f"**The card's answer.** {concept.check[1]}{mark}")


def _go_on(builder: AnswerBuilder, concept: Concept) -> None:
    following = card.next_concept(builder, concept)
    builder.suggest("Another question")
    if following is not None:
        builder.suggest(f"Explain {spoken(following)}")
    whys = [each for each, _ in concept.questions_and_answers if each not in builder.context.memory.said]
    builder.suggest(*whys[:1], "Show me the code")


def _shared(builder: AnswerBuilder, question: str, model: str, reply: str) -> float:
    """Share of the model answer that the reply has, 0 to 1.

    Where the model answer has numbers that the question does not give away, they are half of it.
    """
    given = set(terms(question))
    matcher = builder.context.matcher
    wanted = [term for term in dict.fromkeys(terms(model)) if term not in given and not term[0].isdigit()]
    held = set(terms(reply))
    weight = sum(matcher.rarity(term) for term in wanted)
    words = sum(matcher.rarity(term) for term in wanted if term in held) / weight if weight else 1.0
    figures = _numbers(model) - _numbers(question)
    if not figures:
        return words
    replied = _numbers(reply)
    right = sum(any(abs(one - other) <= 0.01 * max(1e-9, abs(one)) for other in replied) for one in figures)
    share = right / len(figures)
    return max(0.5 * words + 0.5 * share, share if right == len(figures) else 0.0)


def _numbers(text: str) -> set[float]:
    found = set()
    for raw in _NUMBER.findall(text):
        value = float(raw.rstrip("%").replace(",", ""))
        found.add(value / 100 if raw.endswith("%") else value)
    return found | {value for word, value in _WORDS_FOR.items() if re.search(rf"\b{word}\b", text.lower())}
