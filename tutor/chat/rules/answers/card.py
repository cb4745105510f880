"""Answers about one concept, from its card: the idea, simpler, with numbers, why, for a product."""

from knowledge.content.curriculum import Concept
from tutor.chat.rules.answer_builder import AnswerBuilder, prose, spoken, where, without_links, worked_example
from tutor.chat.rules.quoting import show
from tutor.run_catalog import command

IDEA_WORDS = 140


def explain(builder: AnswerBuilder, concept: Concept) -> None:
    """The idea in plain words, the code that does it, the product, something to run, a question back."""
    card = concept.sections
    mark = builder.sources.cite(
        builder.sources.section(concept, "In one sentence", "The idea"), concept.title
    )
    builder.say(
        card["In one sentence"] + mark,
        card["In plain words"],
        prose(card["The idea"], IDEA_WORDS),
    )
    show_code(builder, concept, focus=f"{concept.title} {builder.context.asked.question}")
    if builder.extra is not None:
        builder.say("**Nearest to your very question** are these lines:")
        show(builder, builder.extra)
    product(builder, concept, lead="**For your product.** ")
    try_it(builder, concept)
    builder.ask_back(concept)
    suggest(builder, concept)


def show_code(builder: AnswerBuilder, concept: Concept, focus: str) -> None:
    """The first of the card's symbols that is indexed, quoted, and where upstream has the same."""
    said = without_links(concept.sections["In the code"])
    references = [ref for ref in concept.code if "::" in ref]
    for number, reference in enumerate(references):
        place = len(builder.parts)
        if builder.quote_symbol(concept, reference, focus):
            builder.parts.insert(place, f"**In the code.** {said}")
            _mention_upstream(builder, references[number + 1 :], reference)
            return
    section = builder.sources.section(concept, "In the code")
    builder.say(f"**In the code.** {said}{builder.sources.cite(section, concept.title)}")


def _mention_upstream(builder: AnswerBuilder, references: list[str], quoted: str) -> None:
    ours = quoted.split("/")[0]
    for reference in references:
        passage = builder.sources.library.resolve(reference)
        if passage is not None and not reference.startswith(f"{ours}/"):
            mark = builder.sources.cite(passage, reference.split("::")[1])
            builder.say(f"The same in Karpathy's own code: {where(passage)}.{mark}")
            return


def product(builder: AnswerBuilder, concept: Concept, lead: str = "") -> None:
    """What it means for a product."""
    mark = builder.sources.cite(builder.sources.section(concept, "For your product"), concept.title)
    builder.say(f"{lead}{concept.sections['For your product']}{mark}")


def try_it(builder: AnswerBuilder, concept: Concept) -> None:
    """One run that shows it."""
    catalog = builder.context.runs
    proposal = catalog.proposal(concept)
    if proposal is None:
        return
    builder.run = proposal
    wonder = f"{proposal.why} " if proposal.why else ""
    builder.say(f"**Run it.** {wonder}Say what you expect before you start: `{command(proposal)}`")


def simpler(builder: AnswerBuilder, concept: Concept) -> None:
    """The picture without jargon; asked again, the smallest step before it."""
    plain = concept.sections["In plain words"]
    if builder.context.memory.kind != "simpler" or plain[:60] not in builder.context.memory.said:
        mark = builder.sources.cite(builder.sources.section(concept, "In plain words"), concept.title)
        builder.say(plain + mark)
    else:
        mark = builder.sources.cite(builder.sources.section(concept, "In one sentence"), concept.title)
        builder.say(f"In one sentence: {concept.sections['In one sentence']}{mark}")
        _step_back(builder, concept)
    builder.ask_back(concept)
    suggest(builder, concept)


def _step_back(builder: AnswerBuilder, concept: Concept) -> None:
    """What it stands on, each in one sentence: what is not understood is often the step before."""
    concepts = builder.context.curriculum.concepts
    needs = [concepts[name] for name in concept.needs if name in concepts]
    if needs:
        builder.say("It stands on this; if one of these is new to you, begin there:")
        builder.say(
            "\n".join(f"- **{each.title}**: {each.sections['In one sentence']}" for each in needs[:3])
        )
        builder.suggest(*(f"Explain {spoken(each)} simply" for each in needs[:2]))
    if worked_example(concept.sections["The idea"]):
        builder.say("Or take it with numbers: that is often the shortest way.")
        builder.suggest("Show me with numbers")


def numbers(builder: AnswerBuilder, concept: Concept) -> None:
    """The worked example of the card."""
    example = worked_example(concept.sections["The idea"])
    mark = builder.sources.cite(builder.sources.section(concept, "The idea"), concept.title)
    if example:
        builder.say(example, f"You can type these lines into Python as they stand.{mark}")
    else:
        builder.say(
            f"The card on {spoken(concept)} works no example out in code. This is what it says:",
            prose(concept.sections["The idea"], 250) + mark,
        )
    builder.ask_back(concept)
    suggest(builder, concept)


def mistakes(builder: AnswerBuilder, concept: Concept) -> None:
    """What is often misunderstood."""
    mark = builder.sources.cite(builder.sources.section(concept, "Often misunderstood"), concept.title)
    builder.say(concept.sections["Often misunderstood"] + mark)
    builder.ask_back(concept)
    suggest(builder, concept)


def suggest(builder: AnswerBuilder, concept: Concept) -> None:
    """What she may want next about it, not what she has had."""
    said = "\n\n".join([builder.context.memory.said, *builder.parts])
    if builder.kind not in {"simpler", "numbers"} and builder.context.memory.kind != "simpler":
        builder.suggest("Simpler, please")
    whys = [question for question, _ in concept.questions_and_answers if question not in said]
    builder.suggest(*whys[:1])
    if builder.kind not in {"explain", "code"} and any("::" in each for each in concept.code):
        builder.suggest("Show me the code")
    if builder.kind != "numbers" and worked_example(concept.sections["The idea"])[:80] not in said:
        builder.suggest("Show me with numbers")
    following = next_concept(builder, concept)
    if following is not None:
        builder.suggest(f"Explain {spoken(following)}")
    builder.suggest(*whys[1:2])


def next_concept(builder: AnswerBuilder, concept: Concept) -> Concept | None:
    """The next one in the order of the weeks that she has not heard about here."""
    concepts = builder.context.curriculum.concepts
    order = [name for week in builder.context.curriculum.weeks.values() for name in week.concepts]
    order = [name for name in order if name in concepts] or list(concepts)
    start = order.index(concept.id) + 1 if concept.id in order else 0
    heard = {*builder.context.memory.seen, concept.id}
    return next((concepts[name] for name in order[start:] if name not in heard), None)


def explained(builder: AnswerBuilder, concept: Concept) -> None:
    """The explanation, whatever else the question seemed to want."""
    builder.kind = "explain"
    explain(builder, concept)


def for_product(builder: AnswerBuilder, concept: Concept) -> None:
    """What it means for a product, as the whole answer."""
    product(builder, concept)
    builder.ask_back(concept)
    suggest(builder, concept)


def following(builder: AnswerBuilder, concept: Concept) -> None:
    """The concept after this one."""
    after = next_concept(builder, concept)
    if after is None:
        builder.say(
            "That was the last concept of the course. What is left is to use it: run things, and quiz yourself."
        )
        builder.suggest("Quiz me", "What can I run?")
        return
    builder.concept = after
    explained(builder, after)
