"""Answers about one concept, from its card: the idea, simpler, with numbers, why, for a product."""

from knowledge.content.curriculum import Concept
from tutor.chat.rules.answer_builder import Draft, prose, spoken, where, without_links, worked_example
from tutor.chat.rules.concept_matching import WhyMatch
from tutor.chat.rules.excerpt import best_lines
from tutor.chat.rules.quoting import show
from tutor.run_catalog import command

IDEA_WORDS = 140
WHY_HOLDS = 0.33  # from this nearness on, a "why" of a card answers the question


def explain(draft: Draft, concept: Concept) -> None:
    """The idea in plain words, the code that does it, the product, something to run, a question back."""
    card = concept.sections
    mark = draft.sources.cite(draft.sources.section(concept, "In one sentence", "The idea"), concept.title)
    draft.say(
        card["In one sentence"] + mark,
        card["In plain words"],
        prose(card["The idea"], IDEA_WORDS),
    )
    show_code(draft, concept, focus=f"{concept.title} {draft.desk.asked.question}")
    if draft.extra is not None:
        draft.say("**Nearest to your very question** are these lines:")
        show(draft, draft.extra)
    product(draft, concept, lead="**For your product.** ")
    try_it(draft, concept)
    draft.ask_back(concept)
    suggest(draft, concept)


def show_code(draft: Draft, concept: Concept, focus: str) -> None:
    """The first of the card's symbols that is indexed, quoted, and where upstream has the same."""
    said = without_links(concept.sections["In the code"])
    references = [ref for ref in concept.code if "::" in ref]
    for number, reference in enumerate(references):
        place = len(draft.parts)
        if draft.quote_symbol(concept, reference, focus):
            draft.parts.insert(place, f"**In the code.** {said}")
            _mention_upstream(draft, references[number + 1 :], reference)
            return
    section = draft.sources.section(concept, "In the code")
    draft.say(f"**In the code.** {said}{draft.sources.cite(section, concept.title)}")


def _mention_upstream(draft: Draft, references: list[str], quoted: str) -> None:
    ours = quoted.split("/")[0]
    for reference in references:
        passage = draft.sources.library.resolve(reference)
        if passage is not None and not reference.startswith(f"{ours}/"):
            mark = draft.sources.cite(passage, reference.split("::")[1])
            draft.say(f"The same in Karpathy's own code: {where(passage)}.{mark}")
            return


def product(draft: Draft, concept: Concept, lead: str = "") -> None:
    """What it means for a product."""
    mark = draft.sources.cite(draft.sources.section(concept, "For your product"), concept.title)
    draft.say(f"{lead}{concept.sections['For your product']}{mark}")


def try_it(draft: Draft, concept: Concept) -> None:
    """One run that shows it."""
    bench = draft.desk.bench
    proposal = bench.proposal(concept)
    if proposal is None:
        return
    draft.run = proposal
    wonder = f"{proposal.why} " if proposal.why else ""
    draft.say(f"**Run it.** {wonder}Say what you expect before you start: `{command(proposal)}`")


def simpler(draft: Draft, concept: Concept) -> None:
    """The picture without jargon; asked again, the smallest step before it."""
    plain = concept.sections["In plain words"]
    if draft.desk.memory.kind != "simpler" or plain[:60] not in draft.desk.memory.said:
        mark = draft.sources.cite(draft.sources.section(concept, "In plain words"), concept.title)
        draft.say(plain + mark)
    else:
        mark = draft.sources.cite(draft.sources.section(concept, "In one sentence"), concept.title)
        draft.say(f"In one sentence: {concept.sections['In one sentence']}{mark}")
        _step_back(draft, concept)
    draft.ask_back(concept)
    suggest(draft, concept)


def _step_back(draft: Draft, concept: Concept) -> None:
    """What it stands on, each in one sentence: what is not understood is often the step before."""
    concepts = draft.desk.curriculum.concepts
    needs = [concepts[name] for name in concept.needs if name in concepts]
    if needs:
        draft.say("It stands on this; if one of these is new to you, begin there:")
        draft.say("\n".join(f"- **{each.title}**: {each.sections['In one sentence']}" for each in needs[:3]))
        draft.suggest(*(f"Explain {spoken(each)} simply" for each in needs[:2]))
    if worked_example(concept.sections["The idea"]):
        draft.say("Or take it with numbers: that is often the shortest way.")
        draft.suggest("Show me with numbers")


def numbers(draft: Draft, concept: Concept) -> None:
    """The worked example of the card."""
    example = worked_example(concept.sections["The idea"])
    mark = draft.sources.cite(draft.sources.section(concept, "The idea"), concept.title)
    if example:
        draft.say(example, f"You can type these lines into Python as they stand.{mark}")
    else:
        draft.say(
            f"The card on {spoken(concept)} works no example out in code. This is what it says:",
            prose(concept.sections["The idea"], 250) + mark,
        )
    draft.ask_back(concept)
    suggest(draft, concept)


def more(draft: Draft, concept: Concept) -> None:
    """What has not been said yet about it: the next why, then the usual mistake."""
    said = draft.desk.memory.said
    fresh = [(question, answer) for question, answer in concept.questions_and_answers if question not in said]
    if fresh:
        why(draft, WhyMatch(concept, *fresh[0], score=1.0))
        return
    if concept.sections["Often misunderstood"][:60] not in said:
        mistakes(draft, concept)
        return
    draft.say(f"That is all that my lessons say about {spoken(concept)}. From here it goes on:")
    suggest(draft, concept)
    followers = [draft.desk.curriculum.concepts[name] for name in draft.desk.curriculum.followers(concept.id)]
    draft.say("\n".join(f"- **{each.title}**: {each.sections['In one sentence']}" for each in followers[:3]))
    draft.suggest(*(f"Explain {spoken(each)}" for each in followers[:3]))


def mistakes(draft: Draft, concept: Concept) -> None:
    """What is often misunderstood."""
    mark = draft.sources.cite(draft.sources.section(concept, "Often misunderstood"), concept.title)
    draft.say(concept.sections["Often misunderstood"] + mark)
    draft.ask_back(concept)
    suggest(draft, concept)


def why(draft: Draft, match: WhyMatch) -> None:
    """The card's answer to a why or what-if, then the very lines that do it."""
    concept = match.concept
    draft.concept = concept
    mark = draft.sources.cite(draft.sources.section(concept, match.question), concept.title)
    draft.say(f"**{match.question}** {match.answer}{mark}")
    for reference in concept.code:
        passage = draft.sources.library.resolve(reference) if "::" in reference else None
        lines = best_lines(passage, _in_code_words(f"{match.question} {match.answer}")) if passage else None
        place = len(draft.parts)
        if draft.quote(passage, lines):
            draft.parts.insert(place, "In the code it is here:")
            break
    draft.ask_back(concept)
    suggest(draft, concept)


def _in_code_words(text: str) -> str:
    """A text with the words that code uses for what people say."""
    low = text.lower()
    spoken = {
        "square root": "sqrt", "divide": "/ sqrt", "mask": "tril masked_fill mask", "zero": "zero_grad zeros",
        "exponential": "exp", "clip": "clip_grad_norm", "average": "mean", "noise": "randn",
    }  # fmt: skip
    return " ".join([text, *(code for words, code in spoken.items() if words in low)])


def suggest(draft: Draft, concept: Concept) -> None:
    """What she may want next about it, not what she has had."""
    said = "\n\n".join([draft.desk.memory.said, *draft.parts])
    if draft.kind not in {"simpler", "numbers"} and draft.desk.memory.kind != "simpler":
        draft.suggest("Simpler, please")
    whys = [question for question, _ in concept.questions_and_answers if question not in said]
    draft.suggest(*whys[:1])
    if draft.kind not in {"explain", "code"} and any("::" in each for each in concept.code):
        draft.suggest("Show me the code")
    if draft.kind != "numbers" and worked_example(concept.sections["The idea"])[:80] not in said:
        draft.suggest("Show me with numbers")
    following = next_concept(draft, concept)
    if following is not None:
        draft.suggest(f"Explain {spoken(following)}")
    draft.suggest(*whys[1:2])


def next_concept(draft: Draft, concept: Concept) -> Concept | None:
    """The next one in the order of the weeks that she has not heard about here."""
    concepts = draft.desk.curriculum.concepts
    order = [name for week in draft.desk.curriculum.weeks.values() for name in week.concepts]
    order = [name for name in order if name in concepts] or list(concepts)
    start = order.index(concept.id) + 1 if concept.id in order else 0
    heard = {*draft.desk.memory.seen, concept.id}
    return next((concepts[name] for name in order[start:] if name not in heard), None)
