"""The tutor with a language model: an agent with tools, streamed, its citations checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.chat.citations import Citations, Link, no_link, resolved
from tutor.chat.llm.client import cites_by_itself, explain, failures
from tutor.chat.llm.prompts import bounded, fullness, human, system
from tutor.chat.llm.search_help import SearchHelp
from tutor.chat.llm.stream import Reading
from tutor.chat.llm.tools import ToolContext, tools
from tutor.chat.llm.unsupported import mark_unsupported
from tutor.chat.llm.usage import LIKELY_TOKENS, Usage, price_of, tokens_at_most
from tutor.chat.modes import teaching
from tutor.chat.rules.tutor import KnowledgeSource
from tutor.chat.types import Answer, Citation, Done, Event, Status, Turn
from tutor.errors import ModelError
from tutor.run_catalog import RunCatalog

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

FIRST_PASSAGES = 4
NEARLY_FULL = 0.8  # of what is sent along of a conversation
MOST_STEPS = 24  # model calls and tool rounds of one answer
UNCOVERED = re.compile(
    r"\b(not|n't|nothing|no)\b[^.\n]{0,60}\b(cover\w*|in (the|my) (lessons|sources|course))\b", re.IGNORECASE
)


@dataclass(frozen=True)
class AgentDeps:
    """What an agent answers with, apart from the model.

    `progress` tells her record in a few lines, `struggles` what she finds hard as she wants it remembered.
    """

    shelf: KnowledgeSource
    catalog: RunCatalog
    home: Path
    progress: Callable[[], str] = lambda: ""
    link: Link = no_link
    struggles: Callable[[], str] = lambda: ""


@dataclass(frozen=True)
class BudgetGuard:
    """What an answer may cost: asked before each call, and told what one took that came to no end.

    `expect_room` gets what was used and how many tokens more the next call sends; it raises ModelError when that
    call could pass the limit.
    """

    expect_room: Callable[[Usage, int], None]
    keep: Callable[[Usage], None]


class AgentTutor:
    """Answers with a chat model over tools. `name` is `provider:model`, for messages and prices.

    `helper` is the same model for a few words: it helps the searches where she has switched that on.
    """

    def __init__(
        self,
        model: BaseChatModel,
        name: str,
        deps: AgentDeps,
        helper: BaseChatModel | None = None,
        budget: BudgetGuard | None = None,
    ) -> None:
        self._model = model
        self.name = name
        self._with = deps
        self._helper = helper
        self._purse = budget

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        """Answer `question` after `history`. Raises ModelError when the model fails."""
        yield Status("Looking it up, with the model's help" if self._helper else "Looking it up")
        shelf, notice = self._with.shelf, self._with.shelf.notice
        by_itself = cites_by_itself(self.name)
        sources = Citations(shelf.library, self._with.link)
        reading = Reading(sources, by_itself)
        catalog = ToolContext(
            shelf.library, shelf.curriculum, self._with.catalog, sources, self._with.home, self._with.progress,
            as_blocks=by_itself,
        )  # fmt: skip
        if self._helper:
            catalog.helper = SearchHelp(
                self._helper, self.name, history, lambda more: self._expect_room(reading, catalog, more)
            )
        kept, dropped = bounded(history)
        messages = _messages(kept, dropped)
        answer = None
        try:
            found = catalog.found(question, FIRST_PASSAGES)
            content = human(question, teaching(question, history), found, self._with.struggles())
            messages.append({"role": "user", "content": content})
            self._expect_room(reading, catalog, tokens_at_most(messages))
            yield Status("Waiting for the model's first words")
            yield from self._stream(messages, catalog, reading)
            yield from reading.close()
            notice = " ".join(filter(None, [notice, _notice(reading, history, kept), _unhelped(catalog)]))
            answer = self._finished(reading, catalog, notice, fullness(history))
        except failures() as error:
            # the original holds the request and its headers
            raise ModelError(explain(error, self.name)) from None
        finally:
            if answer is None and self._purse:
                self._purse.keep(_taken(reading, catalog).plus(_estimated(reading)))
        yield Done(answer)

    def prepare(self) -> None:
        """Do once what the first answer would otherwise wait for; nothing is asked or sent."""
        shelf = self._with.shelf
        library = shelf.library
        library.search("attention", FIRST_PASSAGES)
        sources = Citations(library, self._with.link)
        catalog = ToolContext(
            library, shelf.curriculum, self._with.catalog, sources, self._with.home, self._with.progress
        )
        self._agent(catalog, by_itself=cites_by_itself(self.name))
        getattr(self._model, "_client", None)  # Claude's is made at its first use, with its TLS and libraries

    def _agent(self, catalog: ToolContext, by_itself: bool) -> Any:
        from langchain.agents import create_agent

        return create_agent(
            self._model, tools(catalog), system_prompt=system(by_itself), middleware=self._middleware()
        )

    def _stream(self, messages: list[Any], catalog: ToolContext, reading: Reading) -> Iterator[Event]:
        from langchain_core.messages import AIMessageChunk

        agent = self._agent(catalog, reading.by_itself)
        steps = agent.stream({"messages": messages}, {"recursion_limit": MOST_STEPS}, stream_mode="messages")
        added = 0
        for chunk, _ in steps:
            if isinstance(chunk, AIMessageChunk):
                added = 0
                yield from reading.feed(chunk)
            else:  # a tool has answered: after the last of them the model is called again
                added += tokens_at_most(chunk.content)
                self._expect_room(reading, catalog, added)

    def _expect_room(self, reading: Reading, catalog: ToolContext, added: int) -> None:
        if self._purse:
            self._purse.expect_room(_taken(reading, catalog), added)

    def _middleware(self) -> list[Any]:
        if not self.name.startswith("anthropic:"):
            return []
        from langchain_anthropic.middleware import AnthropicPromptCachingMiddleware

        return [AnthropicPromptCachingMiddleware(unsupported_model_behavior="ignore")]

    def _finished(self, reading: Reading, catalog: ToolContext, notice: str, used: float) -> Answer:
        text, citations = resolved(reading.text, reading.citations(), catalog.library)
        text = mark_unsupported(text, citations, _symbols(catalog), "\n".join(catalog.told))
        return Answer(
            text=text,
            citations=citations,
            abstained=bool(UNCOVERED.search(text)) and not citations,
            suggestions=tuple(dict.fromkeys(catalog.suggestions)),
            run=catalog.run,
            concept=_concept(citations, catalog),
            kind="model",
            notice=notice,
            model=self.name,
            usage={**_used(reading, catalog, self.name), "conversation_share": used},
        )


def warm(name: str) -> None:
    """Load what the first answer of a model needs, so that nobody waits for it."""
    import importlib

    modules = ["langchain.agents"]
    if name.startswith("anthropic:"):
        modules.append("langchain_anthropic.middleware")
    for module in modules:
        importlib.import_module(module)


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


def _notice(reading: Reading, history: Sequence[Turn], kept: Sequence[Turn]) -> str:
    notices = []
    if reading.stop == "refusal":
        notices.append("The model declined to answer this.")
    if reading.stop in {"max_tokens", "length"}:
        notices.append("The answer reached its length limit and breaks off.")
    dropped = len(history) - len(kept)
    if dropped:
        notices.append(
            f"This conversation is long: its first {dropped:,} messages were left out, apart from what you asked "
            "last, what it was about and what you said of yourself."
        )
    elif fullness(history) >= NEARLY_FULL:
        notices.append(
            "This conversation is nearly as long as what is sent along: soon its beginning is left out."
        )
    if not reading.text.strip() and not notices:
        notices.append("The model gave no answer.")
    return " ".join(notices)


def _used(reading: Reading, catalog: ToolContext, name: str) -> dict[str, float]:
    """What the answer took, the help for its searches included and told apart."""
    helper = catalog.helper
    return {**_taken(reading, catalog).as_dict(price_of(name)), **(helper.as_dict() if helper else {})}


def _estimated(reading: Reading) -> dict[str, int]:
    """Tokens of a call that broke off: nobody counted them, so it is what one takes and four letters a token."""
    if not reading.uncounted:
        return {}
    sent = max(LIKELY_TOKENS[0], reading.usage.context)
    return {"input_tokens": sent, "output_tokens": reading.uncounted_letters() // 4}


def _taken(reading: Reading, catalog: ToolContext) -> Usage:
    return reading.usage if catalog.helper is None else catalog.helper.added_to(reading.usage)


def _unhelped(catalog: ToolContext) -> str:
    failure = catalog.helper.failure if catalog.helper else ""
    return f"The search went on without the model's help: {failure}" if failure else ""


def _symbols(catalog: ToolContext) -> frozenset[str]:
    """The names of the course's symbols, as the cards list them."""
    references = (ref for concept in catalog.curriculum.concepts.values() for ref in concept.code)
    return frozenset(part for ref in references for part in ref.partition("::")[2].split(".") if part)


def _concept(citations: Sequence[Citation], catalog: ToolContext) -> str | None:
    """The concept of the first card that was cited: what a follow-up is about."""
    for each in citations:
        name = each.path.rsplit("/", 1)[-1].removesuffix(".md")
        if "lessons/concepts/" in each.path and name in catalog.curriculum.concepts:
            return name
    return None
