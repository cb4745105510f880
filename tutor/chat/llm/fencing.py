"""Foreign text on its way to a model: bounded, visible, and fenced as data."""

import secrets
import unicodedata
from typing import Any

LONGEST = 6000  # characters of one piece
Told = str | list[dict[str, Any]]
"""What a model is told: text, or content blocks of the Messages API."""


def visible(text: str) -> str:
    """Without characters that cannot be seen: what people cannot read shall not be read by a model either."""
    return "".join(
        char
        for char in text
        if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cf", "Co", "Cn", "Cs"}
    )


def fenced(text: str, source: str, longest: int = LONGEST) -> str:
    """The text as data from `source`; nothing inside can close the fence, for its name is drawn anew."""
    shown = _bounded(visible(text), longest)
    name = secrets.token_hex(4)
    label = visible(source).replace('"', "'").replace(">", "").replace("\n", " ")[:200]
    return f'<data {name} from="{label}">\n{shown}\n</data {name}>'


def as_search_result(text: str, source: str, title: str) -> dict[str, Any]:
    """The text as a block that Claude cites by `source`; a block of its own needs no fence around it."""
    return {
        "type": "search_result",
        "source": visible(source),  # a file's name is foreign text too
        "title": visible(title).replace("\n", " ")[:200],
        "content": [{"type": "text", "text": _bounded(visible(text), LONGEST)}],
        "citations": {"enabled": True},
    }


def _bounded(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[:longest]}\n… ({len(text) - longest:,} more characters were left out)"
