"""Answers about one concept, from its card: the idea, simpler, with numbers, why, for a product."""

from knowledge.content.curriculum import Concept
from tutor.chat.rules.answer_builder import AnswerBuilder, prose, spoken, where, without_links, worked_example
from tutor.chat.rules.concept_matching import WhyMatch
from tutor.chat.rules.excerpt import best_lines
from tutor.chat.rules.quoting import show
from tutor.run_catalog import command

IDEA_WORDS = 140
WHY_HOLDS = 0.33  # from this nearness on, a "why" of a card answers the question


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
    bench = builder.context.bench
    proposal = bench.proposal(concept)
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


def more(builder: AnswerBuilder, concept: Concept) -> None:
    """What has not been said yet about it: the next why, then the usual mistake."""
    said = builder.context.memory.said
    fresh = [(question, answer) for question, answer in concept.questions_and_answers if question not in said]
    if fresh:
        why(builder, WhyMatch(concept, *fresh[0], score=1.0))
        return
    if concept.sections["Often misunderstood"][:60] not in said:
        mistakes(builder, concept)
        return
    builder.say(f"That is all that my lessons say about {spoken(concept)}. From here it goes on:")
    suggest(builder, concept)
    followers = [
        builder.context.curriculum.concepts[name] for name in builder.context.curriculum.followers(concept.id)
    ]
    builder.say(
        "\n".join(f"- **{each.title}**: {each.sections['In one sentence']}" for each in followers[:3])
    )
    builder.suggest(*(f"Explain {spoken(each)}" for each in followers[:3]))


def mistakes(builder: AnswerBuilder, concept: Concept) -> None:
    """What is often misunderstood."""
    mark = builder.sources.cite(builder.sources.section(concept, "Often misunderstood"), concept.title)
    builder.say(concept.sections["Often misunderstood"] + mark)
    builder.ask_back(concept)
    suggest(builder, concept)


def why(builder: AnswerBuilder, match: WhyMatch) -> None:
    """The card's answer to a why or what-if, then the very lines that do it."""
    concept = match.concept
    builder.concept = concept
    mark = builder.sources.cite(builder.sources.section(concept, match.question), concept.title)
    builder.say(f"**{match.question}** {match.answer}{mark}")
    for reference in concept.code:
        passage = builder.sources.library.resolve(reference) if "::" in reference else None
        lines = best_lines(passage, _in_code_words(f"{match.question} {match.answer}")) if passage else None
        place = len(builder.parts)
        if builder.quote(passage, lines):
            builder.parts.insert(place, "In the code it is here:")
            break
    builder.ask_back(concept)
    suggest(builder, concept)


def _in_code_words(text: str) -> str:
    """A text with the words that code uses for what people say."""
    low = text.lower()
    spoken = {
        "square root": "sqrt", "divide": "/ sqrt", "mask": "tril masked_fill mask", "zero": "zero_grad zeros",
        "exponential": "exp", "clip": "clip_grad_norm", "average": "mean", "noise": "randn",
    }  # fmt: skip
    return " ".join([text, *(code for words, code in spoken.items() if words in low)])


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
