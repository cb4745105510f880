"""Answers to "too complex" and "no time this week": a shorter path through the same idea; there is always one."""

import re
from dataclasses import dataclass

from knowledge.content.curriculum import Week
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken, without_links
from tutor.chat.rules.context import QuestionContext

COMPLEX = re.compile(
    r"\btoo (complex|complicated|hard|difficult|advanced|technical)\b|\bover my head\b|\boverwhelm\w*|"
    r"\bcan(no|['’])t keep up\b|\btoo much for me\b",
    re.IGNORECASE,
)
NO_TIME = re.compile(
    r"(\b(no|not enough|too little|hardly any|little|short (of|on)|not have|without)|n['’]t have) (\w+ )?time\b"
    r"(?! (step|dimension|axis|stamp|to))|\b(too )?busy\b|\bfall(en|ing)? behind\b|\bbehind schedule\b|"
    r"\bonly (have |got )?(an?|\d+|half an|one|ten|twenty|thirty)[ -](hours?|minutes?|min)\b|"
    r"\bskip (this|the|a) week\b",
    re.IGNORECASE,
)
HERSELF = re.compile(r"\b(i|i['’](m|ve)|me|my|we|this week|today|week \d)\b", re.IGNORECASE)
ASKING = re.compile(
    r"^\W*(is|are|was|what|why|how|when|where|which|does|do|did|can|could|would|will)\b", re.IGNORECASE
)
WEEK = re.compile(r"\bweek (\d)\b", re.IGNORECASE)
REPOSITORIES = {"micrograd": 1, "makemore": 2, "nanogpt": 3, "ng-video-lecture": 3, "minbpe": 5}
SMALLEST = {
    1: "python -m exercises run micrograd --set points=20 --set width=4 --set steps=30",
    2: "python -m exercises run makemore --preset counts",
    3: "python -m exercises run nanogpt --preset quick",
    4: "python -m exercises run nanogpt --preset quick --set norm=false",
    5: "python -m exercises run minbpe --set vocab_size=300",
}
"""A run of each week's idea that takes seconds."""


@dataclass(frozen=True)
class Shorter:
    """The week to be made shorter, all of them for None, and whether it is time that she lacks."""

    week: Week | None
    busy: bool


def wants(question: str) -> tuple[bool, bool]:
    """Whether she finds it too complex, and whether she has too little time.

    >>> wants("nanoGPT is too complex for me"), wants("I have no time this week")
    ((True, False), (False, True))
    >>> wants("is nanoGPT too complex for production?"), wants("why is there no time dimension?")
    ((False, False), (False, False))
    """
    herself = bool(HERSELF.search(question))
    asking = bool(ASKING.match(question)) and not re.search(
        r"\bfor me\b|\bdo i do\b|\bif i\b", question.lower()
    )
    return bool(COMPLEX.search(question)) and not asking, bool(
        NO_TIME.search(question)
    ) and herself and not asking


def wanted(context: QuestionContext) -> Shorter | None:
    """What she wants less of; None where that is not what she says."""
    question = context.asked.question
    complex_, busy = wants(question)
    if not (complex_ or busy) or context.asked.kind == "injection":
        return None
    week = _week(context)
    if complex_ and not busy and week is None:
        if context.memory.concept is not None or context.matcher.named(question):
            return None  # something is being talked about: it is said more simply
        week = min(context.curriculum.weeks.values(), key=lambda one: one.week, default=None)
    return Shorter(week, busy)


def answer(builder: AnswerBuilder, wanted: Shorter) -> None:
    """The short path of the week, or of all weeks where none is meant."""
    builder.kind = "lighter"
    if wanted.week is not None:
        _short_path(builder, wanted.week, wanted.busy)
    else:
        _all_weeks(builder)


def _week(context: QuestionContext) -> Week | None:
    """The week that is meant: named, or by its repository, or that of what was talked about."""
    question, weeks = context.asked.question, context.curriculum.weeks
    if named := WEEK.search(question):
        return weeks.get(int(named[1]))
    low = question.lower().replace("nano-gpt", "nanogpt").replace("nano gpt", "nanogpt")
    found = next((week for name, week in REPOSITORIES.items() if name in low), None)
    if found is not None:
        return weeks.get(found)
    concept = context.memory.concept
    return weeks.get(concept.week) if concept is not None and wants(question)[1] else None


def _short_path(builder: AnswerBuilder, week: Week, busy: bool) -> None:
    short = week.short_path
    opening = (
        f"Then take the short path of week {week.week}, about {short.minutes} minutes in all:"
        if busy
        else f"Then take it smaller. The short path of week {week.week} leaves out what can wait, about "
        f"{short.minutes} minutes in all:"
    )
    steps = "\n".join(f"{n}. {without_links(step)}" for n, step in enumerate(short.steps, 1))
    builder.say(opening + _cited(builder, week), steps)
    if week.week in SMALLEST:
        builder.say(
            "And the same idea as small as it gets, a few seconds to run. Say what you expect first:",
            f"```bash\n{SMALLEST[week.week]}\n```",
        )
    concepts = builder.context.curriculum.concepts
    first = [concepts[name] for name in week.concepts if name in concepts][:2]
    if busy:
        builder.say(
            "Nothing is lost by a slow week: what you know comes back for review when it is about to fade, a "
            "few minutes a day, and the week waits where you left it."
        )
    else:
        builder.say("Or name the step that is in the way, and I take it in plain words or with numbers.")
    builder.suggest(*(f"Explain {spoken(one)} simply" for one in first), f"What is week {week.week} about?")


def _all_weeks(builder: AnswerBuilder) -> None:
    weeks = builder.context.curriculum.weeks.values()
    builder.say("Every week has a short path through its one idea, for just that case:")
    rows = [
        f"- **Week {one.week}, {one.title}**: {one.short_path.minutes} minutes{_cited(builder, one)}"
        for one in weeks
    ]
    builder.say("\n".join(rows))
    builder.say(
        "And with ten minutes only, do the reviews that are due: they keep what you have. Nothing else runs away."
    )
    builder.suggest(*(f"I have no time for week {one.week}" for one in list(weeks)[:3]), "Quiz me")


def _cited(builder: AnswerBuilder, week: Week) -> str:
    """The lines of the week's file that hold its short path."""
    path = f"knowledge/lessons/{week.path}"
    whole = builder.sources.library.read(path)
    lines = whole.text.split("\n") if whole else []
    begin = next((n for n, line in enumerate(lines, 1) if line.startswith("short_path:")), None)
    if begin is None:
        return ""
    end = next((n for n, line in enumerate(lines[begin:], begin + 1) if line[:1].strip()), len(lines) + 1)
    return builder.sources.cite(builder.sources.lines(path, begin, end - 1), f"Week {week.week}, short path")
