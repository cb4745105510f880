"""Words as examples to learn from: which are held out, and what is to be guessed at each place."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor

IGNORED = -1  # the target at padding


def split_words(found: Sequence[str], seed: int) -> tuple[list[str], list[str]]:
    """Nine tenths to learn from and one tenth to judge by, drawn at random and the same for a seed.

    >>> [len(part) for part in split_words([f"w{n}" for n in range(20)], seed=1)]
    [18, 2]
    """
    shuffled = random.Random(seed).sample(list(found), len(found))
    held_out = max(1, len(shuffled) // 10)
    return shuffled[held_out:], shuffled[:held_out]


def build_examples(words: Sequence[str], letters: str) -> tuple[Tensor, Tensor]:
    """Inputs and targets, (words, longest + 1) ids each: the target at a place is the next letter.

    Letters count from 1, the edge is 0; behind a word targets are -1, which the loss leaves out.

    >>> x, y = build_examples(["ab", "b"], "ab")
    >>> x.tolist(), y.tolist()
    ([[0, 1, 2], [0, 2, 0]], [[1, 2, 0], [2, 0, -1]])
    """
    ids = {letter: place for place, letter in enumerate(letters, 1)}
    longest = max(map(len, words))
    x = torch.zeros(len(words), longest + 1, dtype=torch.long)
    y = torch.full((len(words), longest + 1), IGNORED)
    for row, word in enumerate(words):
        spelled = torch.tensor([ids[letter] for letter in word])
        x[row, 1 : len(word) + 1] = spelled
        y[row, : len(word)] = spelled
        y[row, len(word)] = 0
    return x, y
