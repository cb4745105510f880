"""Answers that are not about one concept: courtesies, the course, what is not taught here."""

from collections.abc import Sequence

from knowledge.content.curriculum import Concept, Week
from tutor.chat.rules.answer_builder import Draft, spoken
from tutor.chat.rules.answers import concept as lesson

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


def courtesy(draft: Draft) -> None:
    """Hello, thanks."""
    draft.say(GREETINGS[draft.kind])
    concept = draft.desk.memory.concept
    if concept is not None:
        draft.concept = concept
        following = lesson.next_concept(draft, concept)
        draft.suggest(*([f"Explain {spoken(following)}"] if following else []), "Quiz me", "Show me the code")
    else:
        _openers(draft)


def _openers(draft: Draft) -> None:
    draft.suggest(FIRST, "Where do I start?", "How do I run nanogpt?", "Quiz me")


def help_(draft: Draft) -> None:
    """What the tutor can do, and what it is."""
    draft.say(
        f"{SUBJECT}.",
        "Ask me to **explain** something (“explain attention”), **where** it is in the code, **why** it is "
        "so, how "
        "two things **differ**, how to **run** it, or say “quiz me”. After an answer you can go on: "
        "“simpler”, “show "
        "me the code”, “with numbers”, “and why the square root?”, “next”.",
        "I put my answers together from lessons that people wrote and from code that is here; no language "
        "model "
        "writes them. Each number in brackets opens the exact lines. What the lessons do not cover, I say.",
    )
    _openers(draft)


def other_language(draft: Draft) -> None:
    """Lessons are in English; a concept that was named all the same is answered."""
    language = draft.desk.asked.language
    spoken = "this script" if language == "another script" else language
    concept = draft.desk.asked.concept
    if concept is None:
        draft.abstained = True
        draft.say(
            f"My lessons are in English, and I cannot read {spoken} well. Ask me in English, if you can."
        )
        _openers(draft)
        return
    draft.say(
        f"My lessons are in English, and I read {spoken} only by its terms. I take it you ask about this:"
    )
    lesson.explain(draft, concept)


def injection(draft: Draft) -> None:
    """Orders in the place of a question."""
    draft.abstained = True
    draft.say(
        "That reads like instructions to a model rather than a question. I work from the lessons only, so "
        "there is "
        "nothing hidden here to reveal or to switch off."
    )
    concept = draft.desk.curriculum.concepts.get("prompt-injection")
    if concept is not None:
        mark = draft.sources.cite(draft.sources.section(concept, "In one sentence"), concept.title)
        draft.say(
            f"It is a lesson, though: **{spoken(concept)}**. {concept.sections['In one sentence']}{mark}"
        )
        draft.suggest("Explain prompt injection")
    _openers(draft)


def not_covered(draft: Draft, near: Sequence[Concept], about: Concept | None = None) -> None:
    """Plainly: the lessons do not say. And what they say that is nearest."""
    draft.abstained = True
    if about is not None:
        draft.concept = about
        draft.say(f"My lessons do not answer that. What they do say about **{spoken(about)}**:")
        mark = draft.sources.cite(draft.sources.section(about, "In one sentence"), about.title)
        draft.say(about.sections["In one sentence"] + mark)
        draft.suggest(f"Explain {spoken(about)}")
        draft.suggest(*(question for question, _ in about.questions_and_answers[:2]))
        return
    draft.say("My lessons do not cover that.")
    if not near:
        draft.say(f"{SUBJECT}.")
        _openers(draft)
        return
    draft.say("The nearest that they do cover:")
    rows = []
    for concept in near:
        mark = draft.sources.cite(draft.sources.section(concept, "In one sentence"), concept.title)
        rows.append(f"- **{concept.title}**: {concept.sections['In one sentence']}{mark}")
        draft.suggest(f"Explain {spoken(concept)}")
    draft.say("\n".join(rows))


def week(draft: Draft, number: int | None) -> None:
    """What a week is about."""
    found = draft.desk.curriculum.weeks.get(number or 0)
    if found is None:
        known = ", ".join(str(each) for each in draft.desk.curriculum.weeks)
        draft.abstained = True
        draft.say(f"There is no week {number} in my lessons. There are: {known}.")
        draft.suggest(*(f"What is week {each} about?" for each in draft.desk.curriculum.weeks))
        return
    _week(draft, found)


def start(draft: Draft) -> None:
    """The course at a glance."""
    weeks = draft.desk.curriculum.weeks
    draft.say("The course has six weeks. Each has something to read, to watch, to run and a quiz:")
    draft.say(
        "\n".join(f"- **Week {number}, {each.title}.** {each.subtitle}" for number, each in weeks.items())
    )
    draft.say(
        "Begin with week 1 if derivatives and gradients are new to you. If you only want to know what a "
        "language "
        "model does, begin with week 3 and look up what is missing."
    )
    draft.suggest(*(f"What is week {number} about?" for number in (1, 3) if number in weeks), FIRST)


def _week(draft: Draft, found: Week) -> None:
    concepts = draft.desk.curriculum.concepts
    path = f"knowledge/lessons/{found.path}"
    whole = draft.sources.library.read(path)
    mark = ""
    if whole is not None:
        body = whole.text.split("\n")
        end = next((n for n, line in enumerate(body[1:], 2) if line.strip() == "---"), len(body))
        mark = draft.sources.cite(draft.sources.lines(path, 1, end), f"Week {found.week}")
    minutes = sum(each.minutes for each in found.sections) + sum(each.minutes for each in found.lectures)
    draft.say(f"**Week {found.week}: {found.title}.** {found.subtitle}{mark}")
    draft.say("After it you can:\n\n" + "\n".join(f"- {goal}" for goal in found.goals))
    lectures = [f"- [{each.title}]({each.url}), {each.minutes} min" for each in found.lectures]
    draft.say("Lectures:\n\n" + "\n".join(lectures) if lectures else "")
    known = [concepts[name].title for name in found.concepts if name in concepts]
    draft.say(
        f"Its concepts, in order: {', '.join(known)}.",
        f"Reading and lectures together take {minutes} minutes.",
    )
    draft.suggest(
        *(f"Explain {spoken(concepts[name])}" for name in found.concepts[:3] if name in concepts), "Quiz me"
    )
