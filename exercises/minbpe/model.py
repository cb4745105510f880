"""Byte pair encoding: how text becomes the numbers that a language model reads.

Read from top to bottom. The method is one sentence: start from bytes, find the pair of neighbors that occurs
most often, give it a number of its own, and do that again and again. `count_pairs` and `merge` are those
steps as one would write them first, and what the tests measure everything else by. The tokenizers use
`fast.py`, which makes the very same merges without counting everything anew for each.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self

import regex

from exercises.errors import DataError
from exercises.minbpe.fast import MergeLearner, Pair, apply_merges

Watch = Callable[[int, Pair, int], None]  # the new id, the pair behind it, how often it occurred

BYTES = 256  # ids 0 to 255 are the bytes themselves

MOST_KNOWN = 200_000  # chunks whose tokens are remembered

# How GPT-2 and GPT-4 cut text before merging, so that no token reaches from a word into the next (published
# by OpenAI with tiktoken): contractions, words with the blank before them, numbers, punctuation, blanks.
GPT2_SPLIT = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
GPT4_SPLIT = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*"""
    r"""|\s*[\r\n]|\s+(?!\S)|\s+"""
)


def count_pairs(ids: Sequence[int]) -> dict[Pair, int]:
    """How often each pair of neighbors occurs, in order of first occurrence.

    >>> count_pairs([1, 2, 3, 1, 2])
    {(1, 2): 2, (2, 3): 1, (3, 1): 1}
    """
    counts: dict[Pair, int] = {}
    for pair in zip(ids, ids[1:]):  # noqa: B905, RUF007 - the second is one shorter
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def merge(ids: Sequence[int], pair: Pair, new: int) -> list[int]:
    """Write `new` for every occurrence of `pair`, from left to right.

    >>> merge([1, 2, 3, 1, 2], (1, 2), 4)
    [4, 3, 4]
    """
    merged: list[int] = []
    i = 0
    while i < len(ids):
        if i + 1 < len(ids) and (ids[i], ids[i + 1]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


class BasicTokenizer:
    """Byte pair encoding of a text as one long row of bytes.

    `merges` maps a pair to its id, in the order in which they were learned; `vocabulary[i]` is what token i
    stands for, in bytes (which need not be whole characters).
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Back to the bytes."""
        self.merges: dict[Pair, int] = {}
        self.vocabulary = [bytes([byte]) for byte in range(BYTES)]

    def split(self, text: str) -> list[str]:
        """The chunks within which pairs may merge: here the whole text."""
        return [text]

    def train(self, text: str, vocab_size: int, watch: Watch | None = None) -> None:
        """Learn merges until the vocabulary has `vocab_size` tokens, or no pair is left.

        `watch` is told of every merge. Raises DataError below 256, the number of bytes.
        """
        if vocab_size < BYTES:
            raise DataError(f"vocab_size is {vocab_size}; the bytes alone are {BYTES}. Give {BYTES} or more.")
        self.forget()
        learner = self.learner(text)
        while len(self.vocabulary) < vocab_size and (found := learner.best()):
            pair, count = found
            new = self.add_merge(pair)
            learner.merge(pair, new)
            if watch:
                watch(new, pair, count)

    def learner(self, text: str, give_up: Callable[[], bool] = lambda: False) -> MergeLearner:
        """What finds the merges of a text, one after the other; see MergeLearner for `give_up`."""
        return MergeLearner((chunk.encode("utf-8") for chunk in self.split(text)), give_up)

    def add_merge(self, pair: Pair) -> int:
        """Give a pair the next id."""
        new = len(self.vocabulary)
        self.merges[pair] = new
        self.vocabulary.append(self.vocabulary[pair[0]] + self.vocabulary[pair[1]])
        return new

    def encode(self, text: str) -> list[int]:
        """A text's token ids."""
        return apply_merges(text.encode("utf-8"), self.merges)

    def decode(self, ids: Iterable[int]) -> str:
        """The text behind token ids; what is no valid UTF-8 shows as the replacement character.

        Raises DataError for an id that is not in the vocabulary.
        """
        return b"".join(self.decode_single_token_bytes(token) for token in ids).decode(
            "utf-8", errors="replace"
        )

    def decode_single_token_bytes(self, token: int) -> bytes:
        """What one token stands for."""
        if 0 <= token < len(self.vocabulary):
            return self.vocabulary[token]
        raise DataError(f"There is no token {token}; ids run from 0 to {len(self.vocabulary) - 1}.")

    def settings(self) -> dict[str, Any]:
        """What besides the merges makes this tokenizer."""
        return {}

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Self:
        """A tokenizer with these settings that has learned nothing."""
        return cls()

    def to_json(self) -> dict[str, Any]:
        """All that `load` needs."""
        merges = [list(pair) for pair in self.merges]
        return {"format": "byte pair encoding 1", **self.settings(), "merges": merges}

    def save(self, path: Path) -> None:
        """Write what was learned as JSON, `path` being the file."""
        path.write_text(json.dumps(self.to_json(), ensure_ascii=False), encoding="utf-8", newline="\n")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises DataError when the file is missing or something else."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != "byte pair encoding 1":
                raise ValueError(f"format {data['format']!r}")
            tokenizer = cls.from_settings(data)
            for first, second in data["merges"]:
                if not 0 <= min(first, second) <= max(first, second) < len(tokenizer.vocabulary):
                    raise ValueError(f"merge {first} {second} comes before its parts")
                tokenizer.add_merge((first, second))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} holds no tokenizer that was saved here: {error}") from error
        return tokenizer


class RegexTokenizer(BasicTokenizer):
    """Byte pair encoding within chunks that a pattern cuts, and special tokens that no text can forge.

    `special` maps a special token's text to its id, which lies above those of the vocabulary.
    """

    def __init__(self, pattern: str = GPT4_SPLIT, special: dict[str, int] | None = None) -> None:
        self.pattern = regex.compile(pattern)
        self.special = dict(special or {})
        super().__init__()

    def forget(self) -> None:
        """Back to the bytes."""
        super().forget()
        self._known: dict[str, tuple[int, ...]] = {}  # chunk -> ids: most words come again

    def add_merge(self, pair: Pair) -> int:
        """Give a pair the next id."""
        self._known.clear()
        return super().add_merge(pair)

    def split(self, text: str) -> list[str]:
        """The chunks within which pairs may merge."""
        return [match.group() for match in self.pattern.finditer(text)]

    def encode(self, text: str, allowed_special: Collection[str] | None = None) -> list[int]:
        """A text's token ids, with the special tokens that the caller allows.

        By default a text that holds a special token is refused (DataError): it may come from a stranger, and
        special tokens mark where documents and turns end. Allow some by name, or none with `()`: then
        they are spelled out like any other text.
        """
        present = [token for token in self.special if token in text]
        if allowed_special is None and present:
            raise DataError(
                f"The text holds the special token {present[0]!r}. Allow it with allowed_special, or pass () "
                "to read it as plain text."
            )
        allowed = [token for token in present if token in (allowed_special or ())]
        if not allowed:
            return self.encode_ordinary(text)
        ids: list[int] = []
        longest_first = sorted(allowed, key=len, reverse=True)
        for part in regex.split("(" + "|".join(map(regex.escape, longest_first)) + ")", text):
            ids += [self.special[part]] if part in allowed else self.encode_ordinary(part)
        return ids

    def encode_ordinary(self, text: str) -> list[int]:
        """A text's token ids, special tokens read as plain text."""
        chunks = self.pattern.findall(text)
        known, merges = self._known, self.merges
        for chunk in set(chunks).difference(known):
            known[chunk] = tuple(apply_merges(chunk.encode("utf-8"), merges))
        ids = list(chain.from_iterable(map(known.__getitem__, chunks)))
        if len(known) > MOST_KNOWN:
            known.clear()
        return ids

    def decode_single_token_bytes(self, token: int) -> bytes:
        """What one token stands for; a special one, its text."""
        for text, number in self.special.items():
            if number == token:
                return text.encode("utf-8")
        return super().decode_single_token_bytes(token)

    def settings(self) -> dict[str, Any]:
        """What besides the merges makes this tokenizer."""
        return {"pattern": self.pattern.pattern, "special": self.special}

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Self:
        """A tokenizer with these settings that has learned nothing."""
        return cls(settings["pattern"], settings["special"])
