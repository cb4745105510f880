"""Tiny inputs on which each part of the GPT can be watched at work."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from exercises.nanogpt import data, model, modern, sampling, train
from exercises.nanogpt.model import Shape

SHAPE = Shape(vocab_size=11, block_size=4, n_layer=2, n_head=2, n_embd=8, fused=False)


def inputs() -> dict[str, Callable[[], object]]:
    """Symbol -> a call that runs it once: one sequence of four tokens, eight channels, two heads."""
    torch.manual_seed(0)
    x = torch.randn(1, 4, SHAPE.n_embd)
    tokens = torch.tensor([[1, 5, 2, 7]])
    return {
        "CausalSelfAttention": lambda: model.CausalSelfAttention(SHAPE)(x),
        "CausalSelfAttention.causal_mask": lambda: model.CausalSelfAttention.causal_mask(4, 4, x.device),
        "KVCache.append": lambda: model.KVCache(SHAPE, 1, x).append(_heads(x), _heads(x)),
        "FeedForward": lambda: model.FeedForward(SHAPE)(x),
        "Block": lambda: model.Block(SHAPE)(x),
        "GPT": lambda: model.GPT(SHAPE)(tokens, tokens),
        "GPT.embed": lambda: model.GPT(SHAPE).embed(tokens, None),
        "GPT.generate": lambda: list(model.GPT(SHAPE).generate(tokens[:, :2], 2)),
        "next_token": lambda: sampling.next_token(
            _scores(), sampling.SamplingParams(temperature=0.8, top_k=3)
        ),
        "keep_top_p": lambda: sampling.keep_top_p(_scores(), 0.8),
        "get_batch": _batch,
        "learning_rate": lambda: train.learning_rate(10, train.Knobs()),
        "ModernAttention": lambda: modern.ModernAttention(SHAPE)(x),
        "Smear": lambda: modern.Smear(SHAPE.n_embd)(x, None),
        "rotate": lambda: modern.rotate(x.view(1, 4, 2, 4), modern.rotation(4, 4)),
        "orthogonalize": lambda: modern.orthogonalize(x[0]),
    }


def _heads(x: Tensor) -> Tensor:
    return x.view(1, 4, 2, 4).transpose(1, 2)  # (B, T, C) -> (B, H, T, head)


def _scores() -> Tensor:
    return torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0]])


def _batch() -> tuple[Tensor, Tensor]:
    knobs = train.Knobs(block_size=4, batch_size=2, n_head=1)
    return data.get_batch(torch.arange(50), knobs, torch.Generator().manual_seed(0))
