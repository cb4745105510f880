"""What a question asks for: its kind, its sides when it compares, what it takes up from the conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.search.lexical import plain_words

LONGEST = 4_000
"""Characters of a question that are read: its beginning and its end."""

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "wrong",
        re.compile(
            r"\b(error|exception|traceback|fails?|failing|failed|crash\w*|broken|bug|nan|hangs?|stuck|wrong|"
            r"doesn.?t work|does not work|not working|won.?t|cannot|can.?t|unable|out of memory|oom|warning|"
            r"why is .* so (slow|high|low|bad)|unexpected\w*)\b|\w+Error\b",
            re.I,
        ),
    ),
    (
        "why",
        re.compile(r"\bwhy\b|\breason\b|\bwhat.?s the point\b|\bpurpose\b|\bwhat for\b|\bhow come\b", re.I),
    ),
    (
        "how",
        re.compile(
            r"\bhow (do|can|could|should|would) (i|we|you|one|people)\b|"
            r"\bhow to\b|\bsteps? to\b|\bcommands?\b|"
            r"\b(install|set ?up|run|launch|download|reproduce)\b.*\?|"
            r"\bwhich (flag|option|setting|argument)s?\b",
            re.I,
        ),
    ),
    (
        "where",
        re.compile(r"\bwhere\b|\bwhich (line|file|function|class|part|place|code)\b|\bin what file\b", re.I),
    ),
    ("what", re.compile(r"\bwhat (is|are|does|do)\b|\bexplain\b|\bmeaning of\b|\bdefine\b", re.I)),
)
_COMPARISONS = (
    re.compile(r"\bdifferences? between (?P<a>.+?) and (?P<b>.+?)[?.!]*$", re.I),
    re.compile(r"\bcompare (?P<a>.+?) (?:with|and|to|against) (?P<b>.+?)[?.!]*$", re.I),
    re.compile(
        r"\bhow (?:does|do|is|are) (?P<a>.+?) (?:differ|different|differs) from (?P<b>.+?)[?.!]*$", re.I
    ),
    re.compile(
        r"^(?:.*\b(?:what|which|when)\b.*?[,:] )?(?P<a>.+?)\s(?:vs\.?|versus)\s(?P<b>.+?)[?.!]*$", re.I
    ),
    re.compile(r"\b(?P<a>\S+(?:\s\S+){0,6}?) (?:compared (?:to|with)|as opposed to) (?P<b>.+?)[?.!]*$", re.I),
    re.compile(r"\bdo(?:es)? (?:both )?(?P<a>.+?) and (?P<b>.+?) (?:differ|do .* differently)\b", re.I),
)
_LINKS = {"in", "of", "for", "with", "by", "on", "at"}
_TAKES_UP = re.compile(
    r"^\s*(and|but|so|also|then|ok|okay|what about|how about)\b|"
    r"\b(it|that|this|they|them|those|these|there|one)\b",
    re.I,
)


@dataclass(frozen=True)
class Query:
    """A question made ready for search.

    `text` is what was asked, `asks` what is matched: the whole of it, then the two sides that a comparison
    names, if it does. `context` is what it takes up from before (empty where it stands alone), `kind` is one
    of wrong, why, how, where, what, other.
    """

    text: str
    kind: str
    asks: tuple[Ask, ...]
    context: str = ""


@dataclass(frozen=True)
class Ask:
    """What is looked for, and the sources in which: their names are not among its words."""

    text: str
    sources: frozenset[str]


def read_question(question: str, context: str = "", sources: Iterable[str] = ()) -> Query:
    """A query from a question and the conversation before it; `sources` are the names of what is indexed."""
    names = list(sources)
    text = " ".join(_shortened(question).split())
    taken = " ".join(_shortened(context).split()) if context and leans(text) else ""
    asks = tuple(Ask(*without_names(part, names)) for part in (text, *sides_of(text, names)))
    return Query(text, kind_of(text), asks, taken)


def kind_of(question: str) -> str:
    """What kind of question it is.

    >>> kind_of("why divide by the square root?"), kind_of("how do I train on a CPU?")
    ('why', 'how')
    """
    return next((kind for kind, pattern in _KINDS if pattern.search(question)), "other")


def sides_of(question: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """The two things that a question compares, or none.

    >>> sides_of("What is the difference between BasicTokenizer and RegexTokenizer?")
    ('BasicTokenizer', 'RegexTokenizer')
    """
    for pattern in _COMPARISONS:
        match = pattern.search(question)
        if match:
            sides = _whole([match[side].split() for side in ("a", "b")], frozenset(names))
            if all(plain_words(side) for side in sides):
                return sides
    return ()


def _whole(sides: list[list[str]], names: frozenset[str]) -> tuple[str, str]:
    """Both sides with what one of them leaves to the other: "RNN vs GRU cell", "attention in X and Y"."""
    first, second = sides
    end = next((place for place, word in enumerate(second, 1) if word.endswith(",")), len(second))
    second = [*second[: end - 1], second[end - 1].rstrip(",")]
    named = first[-1] in names or any(letter.isupper() for letter in first[-1])
    if named and len(first) < len(second) and len(first) <= 2:
        first = first + second[len(first) :]
    link = next((place for place, word in enumerate(first, 1) if word in _LINKS), 0)
    if link and len(second) == 1:
        second = first[:link] + second
    return " ".join(first), " ".join(second)


def without_names(text: str, names: Iterable[str]) -> tuple[str, frozenset[str]]:
    """A question without the repositories that it names, and those: what it asks of them is the rest.

    >>> without_names("where does nanoGPT hide the future?", ["nanoGPT"])
    ('where does it hide the future?', frozenset({'nanoGPT'}))
    """
    bare, found = text, set()
    for name in names:
        spelled = re.escape(name)
        pattern = rf"(?<![\w/.-])(?P<link>(?:in|of|from|by) )?(?:the )?{spelled}(?:['’]s)?(?![\w/-]|\.\w)"
        replaced = re.sub(pattern, lambda match: "" if match["link"] else "it", bare, flags=re.I)
        if replaced != bare:
            found.add(name)
            bare = " ".join(replaced.split())
    return (bare if plain_words(bare) else text), frozenset(found)


def leans(question: str) -> bool:
    """Whether a question says too little by itself: a few words, or a word that points back."""
    own = plain_words(question)
    return len(own) <= 2 or (len(own) <= 5 and bool(_TAKES_UP.search(question)))


def _shortened(text: str) -> str:
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} {text[-half:]}"
