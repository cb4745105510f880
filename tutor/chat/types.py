"""What an answer is, and how it arrives: plain frozen values, the same whoever wrote it."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

KnobValue = str | int | float | bool


@dataclass(frozen=True)
class Citation:
    """Exact lines that an answer stands on: `[number]` in its text.

    `text` is the lines as they stand on disk with LF, `sha256` is of that text in UTF-8. Lines are 1-based
    and inclusive; in a notebook they are None and `cell` is 0-based. `url` is empty where the lines have no
    address.
    """

    number: int
    passage_id: str
    path: str
    start: int | None
    end: int | None
    cell: int | None
    sha256: str
    text: str
    title: str
    url: str = ""

    @property
    def holds(self) -> bool:
        """Whether text and hash belong together."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest() == self.sha256


@dataclass(frozen=True)
class RunProposal:
    """A run that would show what was said; it starts only when she confirms it."""

    exercise: str
    knobs: Mapping[str, KnobValue]
    experiment: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Answer:
    """A finished answer: Markdown with `[1]` marks, what it cites, and what can be done next.

    `kind` names what was answered (explain, why, code, run, compare, check, verdict, greeting, unknown …),
    `concept` the concept that it was about, `asked` the concept whose check question the answer ended with:
    follow-ups need all three. `notice` is said beside the answer (answered from words alone, a model
    failed). `model` is empty for the built-in tutor.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    abstained: bool = False
    suggestions: tuple[str, ...] = ()
    run: RunProposal | None = None
    concept: str | None = None
    kind: str = ""
    asked: str | None = None
    notice: str = ""
    model: str = ""
    stopped: bool = False
    usage: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data, without the text: that has a column of its own."""
        data = asdict(self)
        del data["text"]
        return data


def answer_from_json(text: str, data: Mapping[str, Any]) -> Answer:
    """The answer as it was stored; keys that this version does not know are passed over."""
    known = {name: data[name] for name in Answer.__dataclass_fields__ if name in data and name != "text"}
    known["citations"] = tuple(Citation(**citation) for citation in data.get("citations", ()))
    known["suggestions"] = tuple(data.get("suggestions", ()))
    run = data.get("run")
    known["run"] = RunProposal(**run) if run else None
    return Answer(text=text, **known)


@dataclass(frozen=True)
class Turn:
    """One message of a conversation as the tutor sees it; `answer` is there on the tutor's own."""

    role: Literal["learner", "tutor"]
    text: str
    answer: Answer | None = None


@dataclass(frozen=True)
class Status:
    """What is being done just now, in a few words."""

    text: str


@dataclass(frozen=True)
class Delta:
    """The next piece of the answer's text."""

    text: str


@dataclass(frozen=True)
class Done:
    """The whole answer; its text is what the deltas added up to, or their correction."""

    answer: Answer


Event = Status | Delta | Done


class Tutor(Protocol):
    """Whoever answers: built in or backed by a model. The page cannot tell which."""

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """Answer `question` after `history` (oldest first, without the question); the last event is Done."""
        ...
