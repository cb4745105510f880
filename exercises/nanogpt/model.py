"""A GPT, top to bottom as in the lecture: attention, feed-forward, block, the whole.

Letters in shapes: B sequences in a batch, T tokens in a sequence, C channels (n_embd),
H heads, S tokens that can be looked at (T, or more with a cache).
After nanoGPT by Andrej Karpathy (MIT), in our own words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from exercises.nanogpt.sampling import SamplingParams, next_token


@dataclass(frozen=True)
class Shape:
    """How large the model is, and which of its parts are switched on."""

    vocab_size: int
    block_size: int = 64  # tokens that it can look back on
    n_layer: int = 4
    n_head: int = 4
    n_embd: int = 128
    dropout: float = 0.0
    norm: bool = True  # LayerNorm before each part of a block
    residual: bool = True  # each part adds to its input instead of replacing it
    position: str = "learned"  # or "none": then a token does not know where it stands
    fused: bool = True  # attention in one kernel; off: spelled out, the same numbers


class KVCache:
    """The keys and values of one layer for the tokens read so far, so that none is computed twice."""

    def __init__(self, shape: Shape, batch: int, like: Tensor) -> None:
        size = (batch, shape.n_head, shape.block_size, shape.n_embd // shape.n_head)
        self.keys = torch.empty(size, device=like.device, dtype=like.dtype)
        self.values = torch.empty_like(self.keys)
        self.length = 0
        self.left: Tensor | None = None  # for models that look at embeddings further left

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add T new tokens; returns all S keys and values, each (B, H, S, head)."""
        end = self.length + k.size(2)
        self.keys[:, :, self.length : end] = k
        self.values[:, :, self.length : end] = v
        self.length = end
        return self.keys[:, :, :end], self.values[:, :, :end]


class CausalSelfAttention(nn.Module):
    """Every token asks the tokens before it, and takes a mixture of what they offer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.n_head = shape.n_head
        self.fused = shape.fused
        self.dropout = shape.dropout
        self.query_key_value = nn.Linear(
            shape.n_embd, 3 * shape.n_embd, bias=False
        )  # the three in one product
        self.project = nn.Linear(shape.n_embd, shape.n_embd, bias=False)

    def forward(self, x: Tensor, cache: KVCache | None = None) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        B, T, C = x.shape
        # what each token looks for, what it is found by, what it gives: (B, T, C) each
        q, k, v = self.query_key_value(x).split(C, dim=2)
        # heads side by side: (B, T, C) -> (B, H, T, head)
        q = q.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        k = k.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        v = v.view(B, T, self.n_head, C // self.n_head).transpose(1, 2)
        if cache is not None:
            k, v = cache.append(k, v)  # (B, H, S, head)

        if self.fused:
            y = self.attend_fused(q, k, v)
        else:
            # how well each query fits each key; without the root, long vectors would make softmax pick one
            scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))  # (B, H, T, S)
            mask = self.causal_mask(T, k.size(2), x.device)
            scores = scores.masked_fill(~mask, float("-inf"))  # exp(-inf) = 0: the future weighs nothing
            weights = F.softmax(scores, dim=-1)  # each row sums to 1
            weights = F.dropout(weights, self.dropout, self.training)
            y = weights @ v  # (B, H, T, S) @ (B, H, S, head) -> (B, H, T, head)

        y = y.transpose(1, 2).reshape(B, T, C)  # heads back into one vector a token
        return F.dropout(self.project(y), self.dropout, self.training)

    def attend_fused(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Scores, mask, softmax and mixture in one kernel that never writes the (T, S) table out."""
        T, S = q.size(2), k.size(2)
        drop = self.dropout if self.training else 0.0
        if T == S:
            return F.scaled_dot_product_attention(q, k, v, dropout_p=drop, is_causal=True)
        # with a cache: one new token may see everything; several need the mask's lower rows
        mask = None if T == 1 else self.causal_mask(T, S, q.device)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=drop)

    @staticmethod
    def causal_mask(T: int, S: int, device: torch.device) -> Tensor:
        """True where the query may look, (T, S): query i stands at S - T + i and sees what is not later."""
        return torch.ones(T, S, dtype=torch.bool, device=device).tril(S - T)


class FeedForward(nn.Module):
    """Each token thinks for itself about what it gathered."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.widen = nn.Linear(shape.n_embd, 4 * shape.n_embd, bias=False)
        self.project = nn.Linear(4 * shape.n_embd, shape.n_embd, bias=False)
        self.dropout = shape.dropout

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        x = F.gelu(self.widen(x))  # (B, T, 4C)
        return F.dropout(self.project(x), self.dropout, self.training)


class Block(nn.Module):
    """Gather from others, then think: attention, then feed-forward."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.residual = shape.residual
        self.norm_1 = nn.LayerNorm(shape.n_embd, bias=False) if shape.norm else nn.Identity()
        self.attention = CausalSelfAttention(shape)
        self.norm_2 = nn.LayerNorm(shape.n_embd, bias=False) if shape.norm else nn.Identity()
        self.feed_forward = FeedForward(shape)

    def forward(self, x: Tensor, cache: KVCache | None = None) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        gathered = self.attention(self.norm_1(x), cache)
        x = x + gathered if self.residual else gathered
        thought: Tensor = self.feed_forward(self.norm_2(x))
        return x + thought if self.residual else thought


class GPT(nn.Module):
    """Tokens in, for each position a score for every token that could come next."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.token_embedding = nn.Embedding(shape.vocab_size, shape.n_embd)
        self.position_embedding = nn.Embedding(shape.block_size, shape.n_embd)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.n_layer))
        self.norm = nn.LayerNorm(shape.n_embd, bias=False) if shape.norm else nn.Identity()
        self.head = nn.Linear(shape.n_embd, shape.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight  # reading and writing a token share one table
        self.apply(self._start)
        for name, weight in self.named_parameters():
            if name.endswith("project.weight"):  # 2 * n_layer of them add up in the residual stream
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * shape.n_layer))

    def _start(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)

    def forward(
        self, tokens: Tensor, targets: Tensor | None = None, caches: list[KVCache] | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """tokens (B, T) -> logits (B, T, vocab_size), and with targets (B, T) the mean loss in nats."""
        x = self.embed(tokens, caches)  # (B, T, C)
        x = F.dropout(x, self.shape.dropout, self.training)
        for layer, block in enumerate(self.blocks):
            x = block(x, caches[layer] if caches else None)
        logits = self.head(self.norm(x))
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))
        return logits, loss

    def embed(self, tokens: Tensor, caches: list[KVCache] | None) -> Tensor:
        """What each token is, plus where it stands: (B, T) -> (B, T, C)."""
        x: Tensor = self.token_embedding(tokens)  # (B, T, C)
        if self.shape.position == "none":
            return x
        before = caches[0].length if caches else 0  # tokens that the cache has read already
        places = torch.arange(before, before + tokens.size(1), device=tokens.device)
        where: Tensor = self.position_embedding(places)  # (T, C), the same for every sequence
        return x + where

    def parameter_count(self) -> int:
        """Numbers to learn; the table of positions counts only where it is used."""
        unused = 0 if self.shape.position == "learned" else self.position_embedding.weight.numel()
        return sum(weight.numel() for weight in self.parameters()) - unused

    @torch.inference_mode()
    def generate(
        self, tokens: Tensor, count: int, taste: SamplingParams | None = None, cached: bool = True
    ) -> Iterator[Tensor]:
        """Yield `count` further tokens, one (B, 1) at a time.

        With the cache a step reads one token; when the window is full its oldest token drops out,
        every position shifts, and the whole window has to be read again.
        """
        window = self.shape.block_size
        caches = (
            [KVCache(self.shape, tokens.size(0), self.head.weight) for _ in self.blocks] if cached else None
        )
        unread = tokens[:, -window:]
        for _ in range(count):
            room = caches is not None and caches[0].length + unread.size(1) <= window
            logits, _ = self(unread if room else tokens[:, -window:], caches=caches if room else None)
            token = next_token(logits[:, -1], taste or SamplingParams())  # (B, 1)
            tokens = torch.cat((tokens, token), dim=1)
            unread = token if room else tokens
            yield token


def parameter_count(shape: Shape) -> int:
    """The same count by arithmetic: 12 C² a layer, the two tables, and the norms."""
    norms = (2 * shape.n_layer + 1) * shape.n_embd if shape.norm else 0
    places = shape.block_size if shape.position == "learned" else 0
    return 12 * shape.n_layer * shape.n_embd**2 + (shape.vocab_size + places) * shape.n_embd + norms


def training_flops(shape: Shape) -> float:
    """Operations to train on one token, forward and backward.

    6 for every weight in a product (2 forward, 4 backward) and 12 * n_layer * C * T for attention's
    two products (PaLM, Chowdhery and others 2022, appendix B).
    """
    weights = 12 * shape.n_layer * shape.n_embd**2 + shape.vocab_size * shape.n_embd
    return 6.0 * weights + 12.0 * shape.n_layer * shape.n_embd * shape.block_size
