"""Sentences that name code which nothing cited shows: they stay, and say so."""

import builtins
import keyword
import re
from collections.abc import Sequence

from tutor.chat.types import Citation

NOT_CHECKED = " (not checked)"
FENCED = re.compile(r"(^\s*```.*?^\s*```\s*$)", re.DOTALL | re.MULTILINE)
SENTENCE = re.compile(r"(?:`[^`\n]+`|[^.!?\n`]|[.!?](?=[^\s*_)\]]|[ \t]+[a-z]))+(?:[.!?]+|$)", re.MULTILINE)
"""Up to its full stop or the end of its line; a dot inside `0.8` or `a.b` ends nothing."""
QUOTED = re.compile(r"`([A-Za-z_]\w*(?:\.\w+)*)(?:\(\))?`")
SHAPED = re.compile(r"\b(?:[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+|[a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b")
"""CausalSelfAttention, estimate_loss: nobody writes prose like that."""
NAMES = {
    "PyTorch",
    "NumPy",
    "OpenAI",
    "DeepMind",
    "GitHub",
    "ChatGPT",
    "LangChain",
    "TensorFlow",
    "JavaScript",
}
EVERYDAY = frozenset({*dir(builtins), *keyword.kwlist, "self", *NAMES})


def mark_unsupported(
    text: str, citations: Sequence[Citation], symbols: frozenset[str], seen: str = ""
) -> str:
    """The text with "(not checked)" in sentences that name a symbol which nothing cited shows.

    `symbols` are the names of the course's code; other names count when they look like code. `seen` is what
    tools told besides passages: knobs and metrics of her runs.
    """
    shown = "\n".join([*(each.text for each in citations), seen])
    parts = FENCED.split(text)
    for number in range(0, len(parts), 2):
        parts[number] = SENTENCE.sub(lambda match: _checked(match[0], shown, symbols), parts[number])
    return "".join(parts)


def _checked(sentence: str, shown: str, symbols: frozenset[str]) -> str:
    quoted = [name for name in QUOTED.findall(sentence) if _is_code(name, symbols)]
    prose = re.sub(r"`[^`\n]*`|\]\([^)]*\)|\S+[/\\]\S+", " ", sentence)
    names = [name.split(".")[-1] for name in [*quoted, *SHAPED.findall(prose)]]
    if all(name in EVERYDAY or re.search(rf"\b{re.escape(name)}\b", shown) for name in names):
        return sentence
    body = sentence.rstrip(".!?: \t*_")
    return f"{body}{NOT_CHECKED}{sentence[len(body) :]}"


def _is_code(name: str, symbols: frozenset[str]) -> bool:
    return name.split(".")[-1] in symbols or "." in name or bool(SHAPED.fullmatch(name))
