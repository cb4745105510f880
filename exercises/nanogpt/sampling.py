"""From scores to the next token: temperature, top-k, top-p."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class SamplingParams:
    """How to choose: the defaults draw from the model's own probabilities."""

    temperature: float = (
        1.0  # below 1 bolder about the likely, above 1 more adventurous, 0 always the likeliest
    )
    top_k: int = 0  # only the k likeliest tokens; 0: all
    top_p: float = 1.0  # only the likeliest tokens that together have this probability
    generator: torch.Generator | None = None


def next_token(logits: Tensor, taste: SamplingParams) -> Tensor:
    """Draw one token a row: logits (B, vocab) -> (B, 1)."""
    if taste.temperature == 0:
        return logits.argmax(dim=-1, keepdim=True)
    logits = logits.float() / taste.temperature
    if taste.top_k > 0:
        kth = logits.topk(min(taste.top_k, logits.size(-1))).values[
            :, -1:
        ]  # (B, 1) the weakest that may stay
        logits = logits.masked_fill(logits < kth, float("-inf"))
    if taste.top_p < 1:
        logits = keep_top_p(logits, taste.top_p)
    probabilities = F.softmax(logits, dim=-1)  # (B, vocab)
    return torch.multinomial(probabilities, 1, generator=taste.generator)


def keep_top_p(logits: Tensor, p: float) -> Tensor:
    """Drop what lies beyond the likeliest tokens that together reach probability p (at least one stays)."""
    ranked, order = logits.sort(dim=-1, descending=True)
    probabilities = F.softmax(ranked, dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities  # probability of everything likelier
    ranked = ranked.masked_fill(before >= p, float("-inf"))
    ranked[:, 0] = logits.max(dim=-1).values
    return torch.empty_like(logits).scatter_(-1, order, ranked)
