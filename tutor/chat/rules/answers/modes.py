"""The modes of teaching without a language model: interview, Socratic, rubber duck, and back to explaining."""

from collections.abc import Sequence

from knowledge.content.curriculum import Concept
from knowledge.search.lexical import terms
from tutor.chat.modes import ASKED_FOR_BY, teaching, wished
from tutor.chat.rules import phrases
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken
from tutor.chat.rules.answers import concept as lesson
from tutor.chat.rules.answers import practice
from tutor.chat.types import Answer, Turn
from tutor.study.explain.explanations import follow_up, touched
from tutor.study.explain.prompt_bank import Prompt, load_prompts

HEARD = 0.5  # share of an answer's own words from which it counts as said
SHORTEST = 4  # words of an interview answer: "ok, one moment" is none
ANOTHER = "Interview me on something else"
ASKS, ASKS_ON = "interview", "interview-follow-up"  # kinds of answers that wait for hers
WEEKS = range(1, 7)


def by_mode(builder: AnswerBuilder, history: Sequence[Turn]) -> bool:
    """Answer as the mode asks; False where it asks for nothing but a plain answer."""
    question = builder.context.asked.question
    mode, chosen = teaching(question, history).mode, wished(question)
    if mode == "interview me":
        return _interview(builder, history, chosen == mode)
    if mode == "rubber duck":
        return _listen(builder, chosen == mode)
    if mode == "socratic":
        return _ask_instead(builder, chosen == mode)
    return chosen == "explain" and not builder.context.asked.named and _explain_again(builder)


def _interview(builder: AnswerBuilder, history: Sequence[Turn], begins: bool) -> bool:
    """A question of an interviewer, one follow-up, then her words beside the rubric's points."""
    asked = builder.context.asked
    last = _waiting(history)
    if begins:
        prompt = _prompt(builder)
        builder.say(
            f"**The interviewer asks.** {prompt.prompt}", "\n".join(f"- {fact}" for fact in prompt.facts)
        )
        builder.say("Answer as you would aloud, in three minutes at most: the short answer first.")
        builder.suggest(ANOTHER, ASKED_FOR_BY["explain"])
        builder.kind = ASKS
    elif (
        last is None
        or len(asked.question.split()) < SHORTEST
        or phrases.INTERROGATIVE.search(asked.question.lower())
        or (found := _asked_last(history)) is None
    ):
        return False
    else:
        place, prompt = found
        said = "\n".join([turn.text for turn in history[place:] if turn.role == "learner"] + [asked.question])
        builder.kind = ASKS_ON if last.kind == ASKS else "interviewed"
        if builder.kind == ASKS_ON:
            builder.say(f"**The follow-up.** {follow_up(prompt, said).question}")
            builder.suggest(ASKED_FOR_BY["explain"])
        else:
            _beside_the_rubric(builder, prompt, said)
    builder.concept = builder.context.curriculum.concepts.get(prompt.concepts[0])
    return True


def _prompt(builder: AnswerBuilder) -> Prompt:
    """An interview question that was not asked yet: on what is named or was heard last, else of a week near it."""
    context = builder.context
    fresh = [prompt for prompt in _prompts() if prompt.prompt not in context.memory.said] or _prompts()
    heard = [context.curriculum.concepts[name] for name in reversed(context.memory.seen)]
    if context.asked.named and context.asked.concept:
        heard.insert(0, context.asked.concept)
    for concept in heard:
        if about := [prompt for prompt in fresh if concept.id in prompt.concepts]:
            return about[0]
    near = heard[0].week if heard else 1
    weeks = {prompt.id: context.curriculum.concepts[prompt.concepts[0]].week for prompt in fresh}
    return min(fresh, key=lambda prompt: abs(weeks[prompt.id] - near))


def _prompts() -> list[Prompt]:
    kinds = {"interview", "vendor-claim", "incident"}
    return [prompt for week in WEEKS for prompt in load_prompts(week) if prompt.kind in kinds]


def _waiting(history: Sequence[Turn]) -> Answer | None:
    """The interviewer's question that waits for her answer; remarks of a few words leave it waiting."""
    for turn in reversed(history):
        if turn.answer is not None and turn.answer.kind in {ASKS, ASKS_ON}:
            return turn.answer
        if turn.role == "learner" and len(turn.text.split()) >= SHORTEST:
            return None
    return None


def _asked_last(history: Sequence[Turn]) -> tuple[int, Prompt] | None:
    """Where the interviewer's last question stands, and which it was; None when it is no longer asked."""
    asked = (
        (place, prompt)
        for place in range(len(history) - 1, -1, -1)
        for prompt in _prompts()
        if history[place].role == "tutor" and prompt.prompt in history[place].text
    )
    return next(asked, None)


def _beside_the_rubric(builder: AnswerBuilder, prompt: Prompt, said: str) -> None:
    found = touched(prompt, said)
    had = [f"- {one.point.point}" for one in found if one.quote]
    missed = [f"- {one.point.point}" for one in found if not one.quote]
    if had:
        builder.say("Your words touch these points:", "\n".join(had))
    if missed:
        builder.say("These I did not find in them:", "\n".join(missed))
    builder.say(f"**A good short answer.** {next(iter(prompt.audiences.values())).short}")
    builder.say(
        "I compare words, not meaning: which points you made is yours to judge. The page Explain it back has "
        "this question with a clock, and keeps what you answer."
    )
    builder.suggest(ANOTHER, ASKED_FOR_BY["explain"])


def _listen(builder: AnswerBuilder, begins: bool) -> bool:
    asked, memory = builder.context.asked, builder.context.memory
    concept = asked.concept or memory.concept
    if begins:
        about = asked.concept if asked.named else memory.concept
        builder.kind, builder.concept = "listening", about
        what = spoken(about) if about else "whatever you have on your mind"
        builder.say(
            f"I listen. Explain {what} to me as to a colleague, in your own words; I only ask about what I "
            "did not hear."
        )
        builder.suggest(ASKED_FOR_BY["explain"])
        return True
    if concept is None or phrases.INTERROGATIVE.search(asked.question.lower()):
        return False
    builder.kind, builder.concept = "listening", concept
    missing = _not_heard(concept, f"{asked.question}\n{memory.said}")
    if missing:
        builder.say(f"I follow you on {spoken(concept)}. One thing that I did not hear yet: {missing}")
    else:
        builder.say(f"I have heard what the card of {spoken(concept)} asks for. What comes next?")
    builder.suggest(f"Explain {spoken(concept)}", ASKED_FOR_BY["explain"])
    return True


def _not_heard(concept: Concept, said: str) -> str:
    """The card's question of whose answer her words have the least; empty when all was said or asked."""
    heard = set(terms(said))
    shares = {
        question: len(own & heard) / len(own)
        for question, answer in concept.questions_and_answers
        if question not in said and (own := set(terms(answer)) - set(terms(question)))
    }
    least = min(shares, key=lambda question: shares[question], default="")
    return least if least and shares[least] < HEARD else ""


def _ask_instead(builder: AnswerBuilder, begins: bool) -> bool:
    asked = builder.context.asked
    if begins:
        practice.quiz(builder, builder.context.memory.concept)
        return True
    if asked.concept is None or asked.kind not in {"explain", "why"} or not asked.concept.check:
        return False
    if not asked.named and not asked.follows:
        return False
    builder.kind, builder.concept = "hint", asked.concept
    practice.hint(builder, asked.concept)
    return True


def _explain_again(builder: AnswerBuilder) -> bool:
    concept = builder.context.memory.concept
    if concept is None:
        builder.say("From now on I explain. What shall it be?")
        builder.kind = "help"
        builder.suggest("Explain attention", "Why do token limits exist?", "What can I ask?")
        return True
    builder.kind, builder.concept = "explain", concept
    lesson.explain(builder, concept)
    return True
