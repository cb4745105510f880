"""How to teach just now, decided by code and told to the model: the mode, and how much help applies.

Attempts and hints are counted here, over the turns as they are stored; what a model says of them changes
nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tutor.chat.rules import phrases
from tutor.chat.types import Turn

Mode = Literal["explain", "socratic", "quiz me", "interview me", "review my run", "rubber duck"]
Help = Literal["explain", "attempt first", "first hint", "second hint", "full solution"]
HINTS_BEFORE_SOLUTION = 2
EXERCISE = re.compile(
    r"\b(exercise|assignment|homework|quiz|puzzle|task|implement|"
    r"write (me )?(the|a|some|my) (code|function|class|script)|"
    r"give me the (code|solution|answer)|solve|just (give|tell|show) me|"
    r"fix my|debug my|complete (the|my))\b",
    re.IGNORECASE,
)
ATTEMPT = re.compile(
    r"```|\b(i (tried|think|thought|wrote|got|did|have (tried|written|got|done))"
    r"|my (answer|attempt|guess|solution))\b",
    re.IGNORECASE,
)
GAVE_UP = re.compile(r"\b(i give up|i surrender|show me the (full )?solution now)\b", re.IGNORECASE)
ASKED_FOR_BY: dict[Mode, str] = {
    "explain": "Just explain",
    "socratic": "Ask me questions instead of explaining",
    "quiz me": "Quiz me",
    "interview me": "Interview me",
    "review my run": "Review my last run",
    "rubber duck": "Rubber duck: let me explain it to you",
}
"""What she may say to choose a mode; other words do as well."""
ABOUT = re.compile(r"(what('s| is| are| does)|who|why|how (do|does|is|are))\b", re.IGNORECASE)
MODES: tuple[tuple[re.Pattern[str], Mode], ...] = (
    (re.compile(r"\b(socratic|ask me questions (instead|so that))\b", re.I), "socratic"),
    (re.compile(r"\binterview me\b|\bmock interview\b", re.I), "interview me"),
    (re.compile(r"\b(review|look at|explain) my (last |latest )?run\b", re.I), "review my run"),
    (re.compile(r"\brubber duck\b|\blet me (think aloud|explain it to you)\b", re.I), "rubber duck"),
    (phrases.QUIZ, "quiz me"),
    (re.compile(r"\b(just explain|explain mode|stop (asking|quizzing))\b", re.I), "explain"),
)


@dataclass(frozen=True)
class Teaching:
    """What applies to the next answer."""

    mode: Mode
    help: Help
    attempts: int
    hints: int

    def told(self) -> str:
        """The rule in the words that the model gets."""
        counts = f"attempts so far: {self.attempts}; hints so far: {self.hints}"
        return f"mode: {self.mode}; help: {self.help}; {counts}"


def teaching(question: str, history: Sequence[Turn]) -> Teaching:
    """The mode that was last asked for, and the help that applies."""
    questions = [turn.text for turn in history if turn.role == "learner"] + [question]
    mode = mode_of(questions)
    since = _exercise_begins(questions)
    if since is None:
        return Teaching(mode, "explain", 0, 0)
    own = questions[since:]
    attempts = sum(bool(ATTEMPT.search(text)) for text in own)
    hints = len(own) - 1  # each answer since it began was one: the first asks for an attempt or gives a nudge
    return Teaching(mode, _help(question, attempts, hints), attempts, hints)


def mode_of(questions: Sequence[str]) -> Mode:
    """The mode of a conversation: the last that was asked for in it, else to explain."""
    return next((mode for text in reversed(questions) if (mode := wished(text))), "explain")


def wished(question: str) -> Mode | None:
    """The mode that a question asks for; None where it asks for none, or what such a thing is."""
    if ABOUT.match(question.strip()):
        return None
    return next((mode for pattern, mode in MODES if pattern.search(question)), None)


def _exercise_begins(questions: Sequence[str]) -> int | None:
    """Where the exercise that is being worked on was named; None when there is none, or it is long ago."""
    recent = range(len(questions) - 1, max(-1, len(questions) - 7), -1)
    named = [number for number in recent if EXERCISE.search(questions[number])]
    return min(named) if named else None


def _help(question: str, attempts: int, hints: int) -> Help:
    if GAVE_UP.search(question) or (attempts and hints >= HINTS_BEFORE_SOLUTION):
        return "full solution"
    if not attempts:
        return "attempt first"
    return "first hint" if hints < HINTS_BEFORE_SOLUTION - 1 else "second hint"
