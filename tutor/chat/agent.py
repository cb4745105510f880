"""The tutor with a language model: an agent with tools, streamed, its citations checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.chat.answers import Answer, Citation, Delta, Done, Event, Status, Turn
from tutor.chat.bench import Bench
from tutor.chat.builtin import Shelf
from tutor.chat.citations import Citations, Link, no_link, resolved
from tutor.chat.marks import MarkFilter
from tutor.chat.models import explain, failures
from tutor.chat.prompts import SYSTEM, bounded, human
from tutor.chat.spending import Usage, price_of
from tutor.chat.teaching import Mode, teaching
from tutor.chat.tools import Workbench, tools
from tutor.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FIRST_PASSAGES = 4
MOST_STEPS = 24  # model calls and tool rounds of one answer
DOING = {
    "search_knowledge": "Searching the lessons and the code", "read_lines": "Reading the code",
    "list_my_runs": "Looking at your "
                    "runs", "read_run": "Reading the run", "my_progress": "Looking at your record",
}  # fmt: skip
UNCOVERED = re.compile(
    r"\b(not|n't|nothing|no)\b[^.\n]{0,60}\b(cover\w*|in (the|my) (lessons|sources|course))\b", re.IGNORECASE
)
SYMBOL = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)*)(?:\(\))?`")


@dataclass(frozen=True)
class Equipment:
    """What an agent answers with, apart from the model. `progress` tells her record in a few lines."""

    shelf: Shelf
    bench: Bench
    home: Path
    progress: Callable[[], str] = lambda: ""
    link: Link = no_link
    mode: Mode | None = None


@dataclass
class _Reading:
    """What came so far of one answer."""

    marks: MarkFilter
    sources: Citations
    text: str = ""
    usage: Usage = field(default_factory=Usage)
    stop: str = ""
    block: object = None
    beside: dict[int, None] = field(
        default_factory=dict
    )  # citations of the current block, given beside its text


class AgentTutor:
    """Answers with a chat model over tools. `name` is `provider:model`, for messages and prices."""

    def __init__(self, model: BaseChatModel, name: str, equipment: Equipment) -> None:
        self._model = model
        self.name = name
        self._with = equipment

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """Answer `question` after `history`. Raises ModelError when the model fails."""
        yield Status("Looking it up")
        shelf, notice = self._with.shelf, self._with.shelf.notice
        sources = Citations(shelf.library, self._with.link)
        bench = Workbench(
            shelf.library, shelf.curriculum, self._with.bench, sources, self._with.home, self._with.progress
        )
        kept, dropped = bounded(history)
        messages = _messages(kept, dropped)
        told = teaching(question, history, self._with.mode)
        messages.append(
            {"role": "user", "content": human(question, told, bench.found(question, FIRST_PASSAGES))}
        )
        reading = _Reading(MarkFilter(lambda: {each.number: each for each in sources.made}), sources)
        try:
            yield from self._stream(messages, bench, reading)
        except failures() as error:
            raise ModelError(
                explain(error, self.name)
            ) from None  # the original holds the request and its headers
        rest = _end_block(reading) + reading.marks.close()
        if rest:
            reading.text += rest
            yield Delta(rest)
        yield Done(
            self._finished(reading, bench, " ".join(filter(None, [notice, _notice(reading, dropped)])))
        )

    def _stream(self, messages: list[Any], bench: Workbench, reading: _Reading) -> Iterator[Event]:
        from langchain.agents import create_agent
        from langchain_core.messages import AIMessageChunk

        agent = create_agent(self._model, tools(bench), system_prompt=SYSTEM, middleware=self._middleware())
        steps = agent.stream({"messages": messages}, {"recursion_limit": MOST_STEPS}, stream_mode="messages")
        message = ""
        for chunk, _ in steps:
            if not isinstance(chunk, AIMessageChunk):
                continue
            if chunk.id and chunk.id != message:
                message = chunk.id
                if reading.text and not reading.text.endswith("\n"):
                    yield from _told(reading, _end_block(reading) + reading.marks.close() + "\n\n")
            for call in chunk.tool_call_chunks:
                if name := call.get("name"):
                    yield Status(DOING.get(name, "Working it out"))
            yield from _told(reading, _shown(reading, chunk.content))
            if chunk.usage_metadata:
                reading.usage = reading.usage.plus(chunk.usage_metadata)
            reading.stop = chunk.response_metadata.get("stop_reason") or reading.stop

    def _middleware(self) -> list[Any]:
        if not self.name.startswith("anthropic:"):
            return []
        from langchain_anthropic.middleware import AnthropicPromptCachingMiddleware

        return [AnthropicPromptCachingMiddleware(unsupported_model_behavior="ignore")]

    def _finished(self, reading: _Reading, bench: Workbench, notice: str) -> Answer:
        # the numbers shown are those of the marks: put the citations into their order before they are checked
        numbers = reading.marks.order
        shown = [
            _renumbered(each, numbers[each.number]) for each in reading.sources.made if each.number in numbers
        ]
        text, citations = resolved(reading.text, shown, bench.library)
        text = mark_unsupported(text, citations, _symbols(bench))
        return Answer(
            text=text,
            citations=citations,
            abstained=bool(UNCOVERED.search(text)) and not citations,
            suggestions=tuple(dict.fromkeys(bench.suggestions)),
            run=bench.run,
            concept=_concept(citations, bench),
            kind="model",
            notice=notice,
            model=self.name,
            usage=reading.usage.as_dict(price_of(self.name)),
        )


def _messages(kept: Sequence[Turn], dropped: str) -> list[Any]:
    messages: list[Any] = []
    if dropped:
        messages += [
            {"role": "user", "content": dropped},
            {"role": "assistant", "content": "I keep that in mind."},
        ]
    for turn in kept:
        role = "user" if turn.role == "learner" else "assistant"
        # numbers of earlier answers would be taken for passages of this one
        text = turn.text if role == "user" else re.sub(r"[ \t]*\[\d{1,3}\](?!\()", "", turn.text)
        if text.strip():
            messages.append({"role": role, "content": text})
    return messages


def _shown(reading: _Reading, content: str | Sequence[str | Mapping[str, Any]]) -> str:
    """What of a chunk is text, with the marks of citations that came beside it."""
    if isinstance(content, str):
        return reading.marks.feed(content)
    shown = ""
    for part in content:
        if isinstance(part, str):
            shown += reading.marks.feed(part)
        elif part.get("type") == "text":
            if part.get("index") != reading.block:
                shown += _end_block(reading)
                reading.block = part.get("index")
            shown += reading.marks.feed(part.get("text") or "")
            for cited in part.get("citations") or ():
                source = str(cited.get("source", ""))
                number = next(
                    (each.number for each in reading.sources.made if each.passage_id == source), None
                )
                if number is not None:
                    reading.beside[number] = None
    return shown


def _end_block(reading: _Reading) -> str:
    """The marks of a block whose citations came beside its text."""
    if not reading.beside:
        return ""
    rest = reading.marks.close()
    marks = "".join(reading.marks.cite(number) for number in reading.beside)
    reading.beside.clear()
    return rest + marks


def _told(reading: _Reading, text: str) -> Iterator[Event]:
    if text:
        reading.text += text
        yield Delta(text)


def _renumbered(citation: Citation, number: int) -> Citation:
    from dataclasses import replace

    return replace(citation, number=number)


def _notice(reading: _Reading, dropped: str) -> str:
    notices = []
    if reading.stop == "refusal":
        notices.append("The model declined to answer this.")
    if reading.stop in {"max_tokens", "length"}:
        notices.append("The answer reached its length limit and breaks off.")
    if dropped:
        notices.append("This conversation is long: its beginning was left out, apart from what you asked.")
    if not reading.text.strip() and not notices:
        notices.append("The model gave no answer.")
    return " ".join(notices)


def mark_unsupported(text: str, citations: Sequence[Citation], symbols: frozenset[str]) -> str:
    """The text with "(not checked)" in sentences that name a symbol which nothing cited shows."""
    cited = "\n".join(each.text for each in citations)
    parts = re.split(r"(^\s*```.*?^\s*```\s*$)", text, flags=re.DOTALL | re.MULTILINE)
    for number in range(0, len(parts), 2):
        parts[number] = re.sub(
            r"(?:[^.!?\n`]|`[^`\n]+`)+[.!?]",
            lambda match: _checked(match[0], cited, symbols),
            parts[number],
        )
    return "".join(parts)


def _checked(sentence: str, cited: str, symbols: frozenset[str]) -> str:
    named = [name for name in SYMBOL.findall(sentence) if name.split(".")[-1] in symbols]
    if all(re.search(rf"\b{re.escape(name.split('.')[-1])}\b", cited) for name in named):
        return sentence
    return f"{sentence[:-1]} (not checked){sentence[-1]}"


def _symbols(bench: Workbench) -> frozenset[str]:
    """The names of the course's symbols, as the cards list them."""
    references = (ref for concept in bench.curriculum.concepts.values() for ref in concept.code)
    return frozenset(part for ref in references for part in ref.partition("::")[2].split(".") if part)


def _concept(citations: Sequence[Citation], bench: Workbench) -> str | None:
    """The concept of the first card that was cited: what a follow-up is about."""
    for each in citations:
        name = each.path.rsplit("/", 1)[-1].removesuffix(".md")
        if "lessons/concepts/" in each.path and name in bench.curriculum.concepts:
            return name
    return None
