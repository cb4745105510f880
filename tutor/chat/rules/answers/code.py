"""Answers that show code or a run: where something is done, two things side by side, how to run it."""

from exercises.catalog import Exercise
from exercises.knobs import KnobInfo
from exercises.upstream.running import PROGRAMS
from knowledge.content.curriculum import Concept
from knowledge.search.library import Hit
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken, without_links
from tutor.chat.rules.answers import card
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.excerpt import Lines
from tutor.chat.rules.quoting import show
from tutor.run_catalog import command

BESIDE = 12  # lines of each when two things stand side by side


def code(builder: AnswerBuilder, concept: Concept) -> None:
    """Where and how it is done: our lines first, then those of the original where they are indexed."""
    focus = f"{concept.title} {builder.context.asked.question}"
    said = without_links(concept.sections["In the code"])
    builder.say(said + builder.sources.cite(builder.sources.section(concept, "In the code"), concept.title))
    shown: list[str] = []
    for reference in concept.code:
        room = reference.split("/")[0]
        if room not in shown and builder.quote_symbol(concept, reference, focus, longest=30):
            shown.append(room)
        if len(shown) == 2:
            break
    if not shown:
        builder.say("The lines themselves are not on this machine yet.")
    card.try_it(builder, concept)
    builder.ask_back(concept)
    card.suggest(builder, concept)


def found(builder: AnswerBuilder, hits: tuple[Hit, ...], near: Concept | None) -> None:
    """The lines that search found, where no card answers."""
    builder.say("No card of mine answers this by itself. These lines come nearest:")
    for hit in hits[:2]:
        show(builder, hit.passage)
    if near is not None:
        mark = builder.sources.cite(builder.sources.section(near, "In one sentence"), near.title)
        builder.say(f"They belong to **{spoken(near)}**: {near.sections['In one sentence']}{mark}")
        builder.suggest(f"Explain {spoken(near)}")
        builder.suggest(*(question for question, _ in near.questions_and_answers[:2]))
    builder.suggest("What can I ask?")


def compare(builder: AnswerBuilder, one: Concept, other: Concept) -> None:
    """Two concepts: each in a sentence, where they meet, both in code, what it means, a question."""
    for concept in (one, other):
        section = builder.sources.section(concept, "In one sentence", "In plain words")
        mark = builder.sources.cite(section, concept.title)
        builder.say(f"**{concept.title}.** {concept.sections['In one sentence']}{mark}")
    _meeting(builder, one, other)
    for concept in (one, other):
        focus = f"{concept.title} {builder.context.asked.question}"
        for reference in concept.code:
            place = len(builder.parts)
            if builder.quote_symbol(concept, reference, focus, longest=BESIDE):
                builder.parts.insert(place, f"**{concept.title}, in the code:**")
                break
    for concept in (one, other):
        card.product(builder, concept, lead=f"**For your product, {spoken(concept)}:** ")
    builder.ask_back(other if one.id in builder.context.memory.seen else one)
    builder.suggest(f"Explain {spoken(one)}", f"Explain {spoken(other)}")
    for concept in (one, other):
        builder.suggest(*(question for question, _ in concept.questions_and_answers[:1]))


def _meeting(builder: AnswerBuilder, one: Concept, other: Concept) -> None:
    """What the lessons themselves say about the two together."""
    for concept, against in ((one, other), (other, one)):
        names = [against.title.lower(), *against.aliases]
        for question, answer in concept.questions_and_answers:
            if any(name in f"{question} {answer}".lower() for name in names):
                mark = builder.sources.cite(builder.sources.section(concept, question), concept.title)
                builder.say(f"**{question}** {answer}{mark}")
                return
    if one.id in other.needs or other.id in one.needs:
        base, built = (one, other) if one.id in other.needs else (other, one)
        builder.say(f"{built.title} is built on {spoken(base)}: the second is a part of the first.")
        return
    for concept in (one, other):
        mark = builder.sources.cite(builder.sources.section(concept, "In plain words"), concept.title)
        builder.say(f"{concept.sections['In plain words']}{mark}")


def run(builder: AnswerBuilder, concept: Concept | None) -> None:
    """How to run it: the command, what to look at, which knobs there are."""
    catalog, question = builder.context.runs, builder.context.asked.question
    exercise = catalog.named(question)
    proposal = catalog.proposal(concept) if concept else None
    if exercise is not None and (proposal is None or proposal.exercise != exercise.id):
        proposal, concept = catalog.plain(exercise), builder.context.curriculum.concepts.get(exercise.concept)
        builder.concept = concept
    elsewhere = ""
    if proposal is None and concept is not None:
        nearest = catalog.nearest(concept, builder.context.curriculum)
        if nearest is not None:
            elsewhere = f"Nothing runs for {spoken(concept)} alone. Nearest is {spoken(nearest[0])}."
            proposal = nearest[1]
    if proposal is None:
        _what_runs(builder)
        return
    builder.run = proposal
    entry = catalog.exercises[proposal.exercise]
    builder.say(elsewhere, f"{entry.title}: {entry.summary}")
    builder.say(
        f"```bash\n{command(proposal)}\n```",
        f"It prints its progress and leaves a run folder behind. `python -m exercises run {entry.id} "
        f"--help` lists "
        f"its knobs. It is made to be read as well: begin with `exercises/{entry.id}/model.py`.",
    )
    theirs = next((one for one in PROGRAMS.values() if one.repository.lower() in question.lower()), None)
    if theirs is not None:
        builder.say(
            f"That is our version. {theirs.repository} itself, unmodified, with the flags that this machine needs: "
            f"`python -m exercises upstream run {theirs.id}` (first `upstream clone {theirs.repository}`), or the page "
            "Repositories."
        )
    whole = builder.sources.library.resolve(f"exercises/{entry.id}/train.py::train")
    if whole is not None and whole.span.start is not None:
        builder.say("This is the loop that you start:")
        builder.quote(whole, Lines(whole.span.start, min(whole.span.end or 0, whole.span.start + 23)))
    builder.say("Before you start, say what you expect: " + (proposal.why or "where will the loss end?"))
    if concept is not None:
        builder.suggest(f"Explain {spoken(concept)}")
    builder.suggest("What can I run?", "Quiz me")


def _what_runs(builder: AnswerBuilder) -> None:
    """All exercises, when none was named."""
    builder.say("These can be run here, each small enough to watch:")
    entries = builder.context.runs.exercises.values()
    builder.say("\n".join(f"- `python -m exercises run {each.id}`: {each.summary}" for each in entries))
    builder.suggest(*(f"How do I run {each.id}?" for each in entries))


def knobs_named(context: QuestionContext) -> list[tuple[Exercise, KnobInfo]]:
    """The knob that a question names, in each exercise that has it; empty when it names none."""
    return context.runs.knob(context.asked.question)


def knob(builder: AnswerBuilder, entries: list[tuple[Exercise, KnobInfo]]) -> None:
    """What a knob does, in the first exercise that has it."""
    exercise, info = entries[0]
    bounds = (
        f", from {info.low:,g} to {info.high:,g}" if info.low is not None and info.high is not None else ""
    )
    choices = f", one of {', '.join(f'`{each}`' for each in info.choices)}" if info.choices else ""
    passage = builder.sources.library.resolve(f"exercises/{exercise.id}/train.py::Knobs")
    mark = ""
    if passage is not None and passage.span.start is not None:
        rows = passage.text.split("\n")
        row = next((n for n, line in enumerate(rows) if line.strip().startswith(f"{info.name}:")), None)
        if row is not None:
            line = passage.span.start + row
            mark = builder.sources.cite(
                builder.sources.lines(passage.span.path, line, line), f"Knobs.{info.name}"
            )
    shown = info.default if info.default != "" else "empty"
    builder.say(f"`{info.name}` in {exercise.title}: {info.meaning}. Default {shown}{bounds}{choices}.{mark}")
    concept = builder.context.curriculum.concepts.get(info.concept)
    if concept is not None:
        builder.concept = concept
        own = builder.sources.cite(
            builder.sources.section(concept, "In one sentence", "In plain words"), concept.title
        )
        builder.say(f"Behind it is **{spoken(concept)}**. {concept.sections['In one sentence']}{own}")
        builder.say(concept.sections["In plain words"])
        builder.ask_back(concept)
        builder.suggest(f"Explain {spoken(concept)}")
        card.suggest(builder, concept)
