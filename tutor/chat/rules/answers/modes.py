"""The modes of teaching without a language model: interview, Socratic, rubber duck, and back to explaining."""

from collections.abc import Callable, Sequence
from functools import partial

from knowledge.content.curriculum import Concept
from knowledge.search.lexical import terms
from tutor.chat.modes import ASKED_FOR_BY, teaching, wished
from tutor.chat.rules import phrases
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken
from tutor.chat.rules.answers import card, practice
from tutor.chat.rules.context import QuestionContext
from tutor.chat.rules.thresholds import THRESHOLDS
from tutor.chat.types import Answer, Turn
from tutor.study.explain.explanations import follow_up, touched
from tutor.study.explain.prompt_bank import Prompt, load_prompts

SHORTEST = 4  # words of an interview answer: "ok, one moment" is none
ANOTHER = "Interview me on something else"
ASKS, ASKS_ON = "interview", "interview-follow-up"  # kinds of answers that wait for hers
WEEKS = range(1, 7)


Reply = Callable[[AnswerBuilder], None]


def in_mode(context: QuestionContext) -> Reply | None:
    """What the mode of the conversation answers; None where it asks for nothing but a plain answer."""
    mode, chosen = teaching(context.asked.question, context.history).mode, wished(context.asked.question)
    if mode == "interview me":
        return _ask if chosen == mode else _interview(context)
    if mode == "rubber duck":
        return _begin_listening if chosen == mode else _listen(context)
    if mode == "socratic":
        return _quiz_instead if chosen == mode else _ask_instead(context)
    return _explain_again if chosen == "explain" and not context.asked.named else None


def _ask(builder: AnswerBuilder) -> None:
    """A question of an interviewer."""
    prompt = _prompt(builder.context)
    builder.say(f"**The interviewer asks.** {prompt.prompt}", "\n".join(f"- {fact}" for fact in prompt.facts))
    builder.say("Answer as you would aloud, in three minutes at most: the short answer first.")
    builder.suggest(ANOTHER, ASKED_FOR_BY["explain"])
    builder.kind = ASKS
    builder.concept = builder.context.curriculum.concepts.get(prompt.concepts[0])


def _interview(context: QuestionContext) -> Reply | None:
    """One follow-up to her answer, then her words beside the rubric's points; None where she does not answer."""
    asked, history = context.asked, context.history
    last = _waiting(history)
    answers = len(asked.question.split()) >= SHORTEST and not phrases.INTERROGATIVE.search(
        asked.question.lower()
    )
    found = _asked_last(history) if last is not None and answers else None
    if last is None or found is None:
        return None
    place, prompt = found
    said = "\n".join([turn.text for turn in history[place:] if turn.role == "learner"] + [asked.question])
    return partial(_on_answer, prompt=prompt, said=said, first=last.kind == ASKS)


def _on_answer(builder: AnswerBuilder, *, prompt: Prompt, said: str, first: bool) -> None:
    builder.kind = ASKS_ON if first else "interviewed"
    if first:
        builder.say(f"**The follow-up.** {follow_up(prompt, said).question}")
        builder.suggest(ASKED_FOR_BY["explain"])
    else:
        _beside_the_rubric(builder, prompt, said)
    builder.concept = builder.context.curriculum.concepts.get(prompt.concepts[0])


def _prompt(context: QuestionContext) -> Prompt:
    """An interview question that was not asked yet: on what is named or was heard last, else of a week near it."""
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


def _begin_listening(builder: AnswerBuilder) -> None:
    asked, memory = builder.context.asked, builder.context.memory
    about = asked.concept if asked.named else memory.concept
    builder.kind, builder.concept = "listening", about
    what = spoken(about) if about else "whatever you have on your mind"
    builder.say(
        f"I listen. Explain {what} to me as to a colleague, in your own words; I only ask about what I "
        "did not hear."
    )
    builder.suggest(ASKED_FOR_BY["explain"])


def _listen(context: QuestionContext) -> Reply | None:
    """Ask about what was not heard yet; None where she asks something."""
    concept = context.asked.concept or context.memory.concept
    if concept is None or phrases.INTERROGATIVE.search(context.asked.question.lower()):
        return None
    return partial(_on_explanation, concept=concept)


def _on_explanation(builder: AnswerBuilder, *, concept: Concept) -> None:
    builder.kind, builder.concept = "listening", concept
    missing = _not_heard(concept, f"{builder.context.asked.question}\n{builder.context.memory.said}")
    if missing:
        builder.say(f"I follow you on {spoken(concept)}. One thing that I did not hear yet: {missing}")
    else:
        builder.say(f"I have heard what the card of {spoken(concept)} asks for. What comes next?")
    builder.suggest(f"Explain {spoken(concept)}", ASKED_FOR_BY["explain"])


def _not_heard(concept: Concept, said: str) -> str:
    """The card's question of whose answer her words have the least; empty when all was said or asked."""
    heard = set(terms(said))
    shares = {
        question: len(own & heard) / len(own)
        for question, answer in concept.questions_and_answers
        if question not in said and (own := set(terms(answer)) - set(terms(question)))
    }
    least = min(shares, key=lambda question: shares[question], default="")
    return least if least and shares[least] < THRESHOLDS.heard else ""


def _quiz_instead(builder: AnswerBuilder) -> None:
    practice.quiz(builder, builder.context.memory.concept)


def _ask_instead(context: QuestionContext) -> Reply | None:
    """A hint and the card's question in place of an explanation; None where there is no concept to ask about."""
    asked = context.asked
    if asked.concept is None or asked.kind not in {"explain", "why"} or not asked.concept.check:
        return None
    return partial(_hint, concept=asked.concept) if asked.named or asked.follows else None


def _hint(builder: AnswerBuilder, *, concept: Concept) -> None:
    builder.kind, builder.concept = "hint", concept
    practice.hint(builder, concept)


def _explain_again(builder: AnswerBuilder) -> None:
    concept = builder.context.memory.concept
    if concept is None:
        builder.say("From now on I explain. What shall it be?")
        builder.kind = "help"
        builder.suggest("Explain attention", "Why do token limits exist?", "What can I ask?")
        return
    builder.kind, builder.concept = "explain", concept
    card.explain(builder, concept)
