"""A conversation as a Markdown document that stands on its own, sources included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tutor.chat.types import Citation
from tutor.quoting import as_code, as_link

if TYPE_CHECKING:
    from tutor.chat.conversations import Conversation, Message

ENDINGS = {
    "stopped": "*Stopped here.*",
    "interrupted": "*The tutor was closed while it wrote this; here is what it had.*",
    "failed": "*The answer broke off here.*",
    "writing": "*Still being written.*",
}


def conversation_as_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    """Questions as headings, answers below them, each with its sources."""
    parts = [f"# {conversation.title}", f"Begun {conversation.created_at:%Y-%m-%d %H:%M} UTC."]
    for message in messages:
        if message.role == "learner":
            quoted = "\n".join(f"> {line}".rstrip() for line in message.text.splitlines())
            parts += ["---", "**You**", quoted]
            continue
        parts += ["**Tutor**", message.text]
        if message.state in ENDINGS:
            parts.append(ENDINGS[message.state])
        if message.answer is not None:
            if message.answer.notice:
                parts.append(f"*{message.answer.notice}*")
            if message.answer.citations:
                parts.append("Sources:\n\n" + "\n".join(_source(each) for each in message.answer.citations))
    return "\n\n".join(part for part in parts if part) + "\n"


def lines_of(citation: Citation) -> str:
    """Where the lines stand, as one would write it: `path:3-9`, or a notebook's cell."""
    if citation.cell is not None:
        return f"{citation.path}, cell {citation.cell}"
    if citation.start is None:
        return citation.path
    until = "" if citation.end == citation.start else f"-{citation.end}"
    return f"{citation.path}:{citation.start}{until}"


def _source(citation: Citation) -> str:
    where = as_code(lines_of(citation))
    link = as_link(where, citation.url) if citation.url else where
    return f"- [{citation.number}] {link} {citation.title} (sha256 {citation.sha256[:12]})"
