"""Questions back: asking, hinting, holding an answer against the card's, giving the answer away."""

import re

from knowledge.content.curriculum import Concept
from knowledge.search.lexical import terms
from tutor.chat.rules.answer_builder import Draft, spoken
from tutor.chat.rules.answers import concept as lesson

MOST_OF_IT = 0.55
SOME_OF_IT = 0.2
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?%?")
_WORDS_FOR = {
    "zero": 0.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "half": 0.5, "third": 1 / 3, "quarter": 0.25,
}  # fmt: skip


def quiz(draft: Draft, concept: Concept | None) -> None:
    """One question now. Nothing is cited yet: the answer stands in the same lines."""
    chosen = concept or lesson_start(draft)
    if chosen is not None and chosen.check and chosen.check[0] in draft.desk.memory.said:
        chosen = lesson.next_concept(draft, chosen) or chosen
    if chosen is None or chosen.check is None:
        draft.say("There is no question in my lessons for that. The weekly quiz has its own page.")
        return
    draft.concept = draft.question = chosen
    draft.say(
        f"A question on **{spoken(chosen)}**. Answer in your own words; I compare it with the card's answer.",
        chosen.check[0],
        f"Ten questions on all of week {chosen.week} are on the quiz page.",
    )
    draft.suggest("Give me a hint", "Tell me the answer", f"Explain {spoken(chosen)}", "Another question")


def lesson_start(draft: Draft) -> Concept | None:
    """Where to ask when nothing was named: what she heard last, else the first of the course."""
    curriculum = draft.desk.curriculum
    heard = [name for name in draft.desk.memory.seen if name in curriculum.concepts]
    if heard:
        return curriculum.concepts[heard[-1]]
    order = [name for week in curriculum.weeks.values() for name in week.concepts]
    name = next((each for each in order or curriculum.concepts if each in curriculum.concepts), None)
    return curriculum.concepts[name] if name else None


def hint(draft: Draft, concept: Concept) -> None:
    """Not the answer: the picture, or the worked example, to think it through with."""
    draft.question = concept
    plain = concept.sections["In plain words"]
    if plain[:60] not in draft.desk.memory.said or draft.desk.memory.kind == "quiz":
        mark = draft.sources.cite(draft.sources.section(concept, "In plain words"), concept.title)
        draft.say(f"Think of this first: {plain}{mark}")
    else:
        mark = draft.sources.cite(draft.sources.section(concept, "The idea"), concept.title)
        draft.say(f"It follows from this: {concept.sections['In one sentence']}{mark}")
    if concept.check:
        draft.say(f"So: {concept.check[0]}")
    draft.suggest("Tell me the answer", "Show me with numbers", f"Explain {spoken(concept)}")


def reveal(draft: Draft, concept: Concept) -> None:
    """The card's answer."""
    _model_answer(draft, concept)
    _go_on(draft, concept)


def verdict(draft: Draft, concept: Concept, reply: str) -> None:
    """Her answer beside the card's: compared by words and numbers, and said to be no more than that."""
    if concept.check is None:
        reveal(draft, concept)
        return
    question, model = concept.check
    share = _shared(draft, question, model, reply)
    if share >= MOST_OF_IT:
        draft.say("That has what the card's answer has, as far as words can tell.")
    elif share >= SOME_OF_IT:
        draft.say("Part of it is there.")
    else:
        draft.say("The card says something else, as far as words can tell.")
    _model_answer(draft, concept)
    draft.say("I compared words and numbers, not meaning: whether you said the same is yours to judge.")
    _go_on(draft, concept)


def _model_answer(draft: Draft, concept: Concept) -> None:
    if concept.check is not None:
        mark = draft.sources.cite(draft.sources.section(concept, "Check yourself"), concept.title)
        draft.say(f"**The card's answer.** {concept.check[1]}{mark}")


def _go_on(draft: Draft, concept: Concept) -> None:
    following = lesson.next_concept(draft, concept)
    draft.suggest("Another question")
    if following is not None:
        draft.suggest(f"Explain {spoken(following)}")
    whys = [each for each, _ in concept.questions_and_answers if each not in draft.desk.memory.said]
    draft.suggest(*whys[:1], "Show me the code")


def _shared(draft: Draft, question: str, model: str, reply: str) -> float:
    """Share of the model answer that the reply has, 0 to 1.

    Where the model answer has numbers that the question does not give away, they are half of it.
    """
    given = set(terms(question))
    matcher = draft.desk.matcher
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
