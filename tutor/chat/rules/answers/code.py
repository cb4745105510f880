"""Answers that show code or a run: where something is done, two things side by side, how to run it."""

from exercises.upstream.running import PROGRAMS
from knowledge.content.curriculum import Concept
from knowledge.search.library import Hit
from tutor.chat.rules.answer_builder import Draft, spoken, without_links
from tutor.chat.rules.answers import concept as lesson
from tutor.chat.rules.excerpt import Lines
from tutor.chat.rules.quoting import show
from tutor.run_catalog import command

BESIDE = 12  # lines of each when two things stand side by side


def code(draft: Draft, concept: Concept) -> None:
    """Where and how it is done: our lines first, then those of the original where they are indexed."""
    focus = f"{concept.title} {draft.desk.asked.question}"
    said = without_links(concept.sections["In the code"])
    draft.say(said + draft.sources.cite(draft.sources.section(concept, "In the code"), concept.title))
    shown: list[str] = []
    for reference in concept.code:
        room = reference.split("/")[0]
        if room not in shown and draft.quote_symbol(concept, reference, focus, longest=30):
            shown.append(room)
        if len(shown) == 2:
            break
    if not shown:
        draft.say("The lines themselves are not on this machine yet.")
    lesson.try_it(draft, concept)
    draft.ask_back(concept)
    lesson.suggest(draft, concept)


def found(draft: Draft, hits: tuple[Hit, ...], near: Concept | None) -> None:
    """The lines that search found, where no card answers."""
    draft.say("No card of mine answers this by itself. These lines come nearest:")
    for hit in hits[:2]:
        show(draft, hit.passage)
    if near is not None:
        mark = draft.sources.cite(draft.sources.section(near, "In one sentence"), near.title)
        draft.say(f"They belong to **{spoken(near)}**: {near.sections['In one sentence']}{mark}")
        draft.suggest(f"Explain {spoken(near)}")
        draft.suggest(*(question for question, _ in near.questions_and_answers[:2]))
    draft.suggest("What can I ask?")


def compare(draft: Draft, one: Concept, other: Concept) -> None:
    """Two concepts: each in a sentence, where they meet, both in code, what it means, a question."""
    for concept in (one, other):
        section = draft.sources.section(concept, "In one sentence", "In plain words")
        mark = draft.sources.cite(section, concept.title)
        draft.say(f"**{concept.title}.** {concept.sections['In one sentence']}{mark}")
    _meeting(draft, one, other)
    for concept in (one, other):
        focus = f"{concept.title} {draft.desk.asked.question}"
        for reference in concept.code:
            place = len(draft.parts)
            if draft.quote_symbol(concept, reference, focus, longest=BESIDE):
                draft.parts.insert(place, f"**{concept.title}, in the code:**")
                break
    for concept in (one, other):
        lesson.product(draft, concept, lead=f"**For your product, {spoken(concept)}:** ")
    draft.ask_back(other if one.id in draft.desk.memory.seen else one)
    draft.suggest(f"Explain {spoken(one)}", f"Explain {spoken(other)}")
    for concept in (one, other):
        draft.suggest(*(question for question, _ in concept.questions_and_answers[:1]))


def _meeting(draft: Draft, one: Concept, other: Concept) -> None:
    """What the lessons themselves say about the two together."""
    for concept, against in ((one, other), (other, one)):
        names = [against.title.lower(), *against.aliases]
        for question, answer in concept.questions_and_answers:
            if any(name in f"{question} {answer}".lower() for name in names):
                mark = draft.sources.cite(draft.sources.section(concept, question), concept.title)
                draft.say(f"**{question}** {answer}{mark}")
                return
    if one.id in other.needs or other.id in one.needs:
        base, built = (one, other) if one.id in other.needs else (other, one)
        draft.say(f"{built.title} is built on {spoken(base)}: the second is a part of the first.")
        return
    for concept in (one, other):
        mark = draft.sources.cite(draft.sources.section(concept, "In plain words"), concept.title)
        draft.say(f"{concept.sections['In plain words']}{mark}")


def run(draft: Draft, concept: Concept | None) -> None:
    """How to run it: the command, what to look at, which knobs there are."""
    bench, question = draft.desk.bench, draft.desk.asked.question
    exercise = bench.named(question)
    proposal = bench.proposal(concept) if concept else None
    if exercise is not None and (proposal is None or proposal.exercise != exercise.id):
        proposal, concept = bench.plain(exercise), draft.desk.curriculum.concepts.get(exercise.concept)
        draft.concept = concept
    elsewhere = ""
    if proposal is None and concept is not None:
        nearest = bench.nearest(concept, draft.desk.curriculum)
        if nearest is not None:
            elsewhere = f"Nothing runs for {spoken(concept)} alone. Nearest is {spoken(nearest[0])}."
            proposal = nearest[1]
    if proposal is None:
        _what_runs(draft)
        return
    draft.run = proposal
    entry = bench.exercises[proposal.exercise]
    draft.say(elsewhere, f"{entry.title}: {entry.summary}")
    draft.say(
        f"```bash\n{command(proposal)}\n```",
        f"It prints its progress and leaves a run folder behind. `python -m exercises run {entry.id} "
        f"--help` lists "
        f"its knobs. It is made to be read as well: begin with `exercises/{entry.id}/model.py`.",
    )
    theirs = next((one for one in PROGRAMS.values() if one.repository.lower() in question.lower()), None)
    if theirs is not None:
        draft.say(
            f"That is our version. {theirs.repository} itself, unmodified, with the flags that this machine needs: "
            f"`python -m exercises upstream run {theirs.id}` (first `upstream clone {theirs.repository}`), or the page "
            "Repositories."
        )
    whole = draft.sources.library.resolve(f"exercises/{entry.id}/train.py::train")
    if whole is not None and whole.span.start is not None:
        draft.say("This is the loop that you start:")
        draft.quote(whole, Lines(whole.span.start, min(whole.span.end or 0, whole.span.start + 23)))
    draft.say("Before you start, say what you expect: " + (proposal.why or "where will the loss end?"))
    if concept is not None:
        draft.suggest(f"Explain {spoken(concept)}")
    draft.suggest("What can I run?", "Quiz me")


def _what_runs(draft: Draft) -> None:
    """All exercises, when none was named."""
    draft.say("These can be run here, each small enough to watch:")
    entries = draft.desk.bench.exercises.values()
    draft.say("\n".join(f"- `python -m exercises run {each.id}`: {each.summary}" for each in entries))
    draft.suggest(*(f"How do I run {each.id}?" for each in entries))


def knob(draft: Draft) -> bool:
    """What a knob does, when the question names one; False when it names none."""
    entries = draft.desk.bench.knob(draft.desk.asked.question)
    if not entries:
        return False
    exercise, info = entries[0]
    bounds = (
        f", from {info.low:,g} to {info.high:,g}" if info.low is not None and info.high is not None else ""
    )
    choices = f", one of {', '.join(f'`{each}`' for each in info.choices)}" if info.choices else ""
    passage = draft.sources.library.resolve(f"exercises/{exercise.id}/train.py::Knobs")
    mark = ""
    if passage is not None and passage.span.start is not None:
        rows = passage.text.split("\n")
        row = next((n for n, line in enumerate(rows) if line.strip().startswith(f"{info.name}:")), None)
        if row is not None:
            line = passage.span.start + row
            mark = draft.sources.cite(
                draft.sources.lines(passage.span.path, line, line), f"Knobs.{info.name}"
            )
    shown = info.default if info.default != "" else "empty"
    draft.say(f"`{info.name}` in {exercise.title}: {info.meaning}. Default {shown}{bounds}{choices}.{mark}")
    concept = draft.desk.curriculum.concepts.get(info.concept)
    if concept is not None:
        draft.concept = concept
        own = draft.sources.cite(
            draft.sources.section(concept, "In one sentence", "In plain words"), concept.title
        )
        draft.say(f"Behind it is **{spoken(concept)}**. {concept.sections['In one sentence']}{own}")
        draft.say(concept.sections["In plain words"])
        draft.ask_back(concept)
        draft.suggest(f"Explain {spoken(concept)}")
        lesson.suggest(draft, concept)
    return True
