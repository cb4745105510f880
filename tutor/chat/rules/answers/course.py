"""Answers that are not about one concept: courtesies, the course, what is not taught here."""

from collections.abc import Sequence

from knowledge.content.curriculum import Concept, Week
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken
from tutor.chat.rules.answers import card

SUBJECT = (
    "I teach how neural networks and language models work, from the derivative to GPT, in code that you "
    "can read "
    "and run, and what it means for a product"
)
FIRST = "Explain attention"
GREETINGS = {
    "greeting": f"Hello. {SUBJECT}. What would you like to understand?",
    "thanks": "Good. Tell me when you want to go on.",
}


def courtesy(builder: AnswerBuilder) -> None:
    """Hello, thanks."""
    builder.say(GREETINGS[builder.kind])
    concept = builder.context.memory.concept
    if concept is not None:
        builder.concept = concept
        following = card.next_concept(builder, concept)
        builder.suggest(
            *([f"Explain {spoken(following)}"] if following else []), "Quiz me", "Show me the code"
        )
    else:
        _openers(builder)


def _openers(builder: AnswerBuilder) -> None:
    builder.suggest(FIRST, "Where do I start?", "How do I run nanogpt?", "Quiz me")


def help_(builder: AnswerBuilder) -> None:
    """What the tutor can do, and what it is."""
    builder.say(
        f"{SUBJECT}.",
        "Ask me to **explain** something (“explain attention”), **where** it is in the code, **why** it is "
        "so, how "
        "two things **differ**, how to **run** it, or say “quiz me”. After an answer you can go on: "
        "“simpler”, “show "
        "me the code”, “with numbers”, “and why the square root?”, “next”.",
        "I put my answers together from lessons that people wrote and from code that is here; no language "
        "model writes them. Each number in brackets opens the exact lines. Where the lessons do not cover "
        "something, I say so.",
    )
    _openers(builder)


def other_language(builder: AnswerBuilder) -> None:
    """Lessons are in English; a concept that was named all the same is answered."""
    language = builder.context.asked.language
    spoken = "this script" if language == "another script" else language
    concept = builder.context.asked.concept
    if concept is None:
        builder.abstained = True
        builder.say(
            f"My lessons are in English, and I cannot read {spoken} well. Ask me in English, if you can."
        )
        _openers(builder)
        return
    builder.say(
        f"My lessons are in English, and I read {spoken} only by its terms. I take it you ask about this:"
    )
    card.explain(builder, concept)


def injection(builder: AnswerBuilder) -> None:
    """Orders in the place of a question."""
    builder.abstained = True
    builder.say(
        "That reads like instructions to a model rather than a question. I work from the lessons only, so "
        "there is "
        "nothing hidden here to reveal or to switch off."
    )
    concept = builder.context.curriculum.concepts.get("prompt-injection")
    if concept is not None:
        mark = builder.sources.cite(builder.sources.section(concept, "In one sentence"), concept.title)
        builder.say(
            f"It is a lesson, though: **{spoken(concept)}**. {concept.sections['In one sentence']}{mark}"
        )
        builder.suggest("Explain prompt injection")
    _openers(builder)


def not_covered(builder: AnswerBuilder, near: Sequence[Concept], about: Concept | None = None) -> None:
    """Plainly: the lessons do not say. And what they say that is nearest."""
    builder.abstained = True
    if about is not None:
        builder.concept = about
        builder.say(f"My lessons do not answer that. What they do say about **{spoken(about)}**:")
        mark = builder.sources.cite(builder.sources.section(about, "In one sentence"), about.title)
        builder.say(about.sections["In one sentence"] + mark)
        builder.suggest(f"Explain {spoken(about)}")
        builder.suggest(*(question for question, _ in about.questions_and_answers[:2]))
        return
    builder.say("My lessons do not cover that.")
    if not near:
        builder.say(f"{SUBJECT}.")
        _openers(builder)
        return
    builder.say("The nearest that they do cover:")
    rows = []
    for concept in near:
        mark = builder.sources.cite(builder.sources.section(concept, "In one sentence"), concept.title)
        rows.append(f"- **{concept.title}**: {concept.sections['In one sentence']}{mark}")
        builder.suggest(f"Explain {spoken(concept)}")
    builder.say("\n".join(rows))


def week(builder: AnswerBuilder, number: int | None) -> None:
    """What a week is about."""
    found = builder.context.curriculum.weeks.get(number or 0)
    if found is None:
        known = ", ".join(str(each) for each in builder.context.curriculum.weeks)
        builder.abstained = True
        builder.say(f"There is no week {number} in my lessons. There are: {known}.")
        builder.suggest(*(f"What is week {each} about?" for each in builder.context.curriculum.weeks))
        return
    _week(builder, found)


def start(builder: AnswerBuilder) -> None:
    """The course at a glance."""
    weeks = builder.context.curriculum.weeks
    builder.say("The course has six weeks. Each has something to read, to watch, to run and a quiz:")
    builder.say(
        "\n".join(f"- **Week {number}, {each.title}.** {each.subtitle}" for number, each in weeks.items())
    )
    builder.say(
        "Begin with week 1 if derivatives and gradients are new to you. If you only want to know what a "
        "language "
        "model does, begin with week 3 and look up what is missing."
    )
    builder.suggest(*(f"What is week {number} about?" for number in (1, 3) if number in weeks), FIRST)


def _week(builder: AnswerBuilder, found: Week) -> None:
    concepts = builder.context.curriculum.concepts
    path = f"knowledge/lessons/{found.path}"
    whole = builder.sources.library.read(path)
    mark = ""
    if whole is not None:
        body = whole.text.split("\n")
        end = next((n for n, line in enumerate(body[1:], 2) if line.strip() == "---"), len(body))
        mark = builder.sources.cite(builder.sources.lines(path, 1, end), f"Week {found.week}")
    minutes = sum(each.minutes for each in found.sections) + sum(each.minutes for each in found.lectures)
    builder.say(f"**Week {found.week}: {found.title}.** {found.subtitle}{mark}")
    builder.say("After it you can:\n\n" + "\n".join(f"- {goal}" for goal in found.goals))
    lectures = [f"- [{each.title}]({each.url}), {each.minutes} min" for each in found.lectures]
    builder.say("Lectures:\n\n" + "\n".join(lectures) if lectures else "")
    known = [concepts[name].title for name in found.concepts if name in concepts]
    builder.say(
        f"Its concepts, in order: {', '.join(known)}.",
        f"Reading and lectures together take {minutes} minutes.",
    )
    builder.suggest(
        *(f"Explain {spoken(concepts[name])}" for name in found.concepts[:3] if name in concepts), "Quiz me"
    )
