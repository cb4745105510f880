"""What has been learned since GPT-2, in the same shape: rotary positions, smeared embeddings, Muon.

Each part is small; together they reach nanoGPT's loss in an eighth of its time on a CPU.
Tried at this size and left out, since they changed nothing beyond noise: normalized queries and
keys, squared ReLU, a table of its own for the head.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from exercises.nanogpt.model import GPT, CausalSelfAttention, KVCache, Shape

SMEAR = 3  # tokens before this one that flow into its embedding


def rotation(T: int, head: int) -> Tensor:
    """How the places 0 … T - 1 turn: complex numbers of length one, (T, head / 2).

    RoPE (Su and others 2021): each pair of numbers in a query or key is a hand of a clock, the first
    pair turning fast, the last slowly.
    """
    speeds = 10000.0 ** -(torch.arange(0, head, 2) / head)  # (head / 2,)
    angles = torch.outer(torch.arange(T), speeds)
    return torch.polar(torch.ones_like(angles), angles)


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """Turn each pair of (B, T, H, head) by its place; the angle between two then tells their distance."""
    pairs = torch.view_as_complex(x.float().view(*x.shape[:-1], -1, 2))  # (B, T, H, head / 2)
    turned = pairs * turns[:, None]  # multiplying complex numbers adds their angles
    return torch.view_as_real(turned).flatten(-2).to(x.dtype)


class ModernAttention(CausalSelfAttention):
    """Attention whose queries and keys are turned by their place, so that order needs no table."""

    turns: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        turns = rotation(shape.block_size, shape.n_embd // shape.n_head)
        self.register_buffer("turns", turns, persistent=False)

    def forward(self, x: Tensor, cache: KVCache | None = None) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        B, T, C = x.shape
        start = cache.length if cache else 0
        qk, v = self.query_key_value(x).split((2 * C, C), dim=2)
        # queries and keys are turned together, as 2 H heads: (B, T, 2 H, head)
        qk = rotate(qk.view(B, T, 2 * self.n_head, -1), self.turns[start : start + T])
        q, k = qk.transpose(1, 2).chunk(2, dim=1)  # (B, H, T, head) each
        v = v.view(B, T, self.n_head, -1).transpose(1, 2)
        if cache is not None:
            k, v = cache.append(k, v)
        y = self.attend_fused(q, k, v).transpose(1, 2).reshape(B, T, C)
        return F.dropout(self.project(y), self.dropout, self.training)


class Smear(nn.Module):
    """Mix into each token's embedding a learned share of the three before it.

    What a letter means hangs on its neighbors; attention would need a layer to find them.
    """

    def __init__(self, n_embd: int) -> None:
        super().__init__()
        self.share = nn.Parameter(torch.zeros(SMEAR, n_embd))  # by channel; it begins with none

    def forward(self, x: Tensor, before: Tensor | None) -> Tensor:
        """(B, T, C) -> (B, T, C); `before` (B, SMEAR, C) are the embeddings left of x, if any."""
        T = x.size(1)
        long = F.pad(x, (0, 0, SMEAR, 0)) if before is None else torch.cat((before, x), dim=1)
        for back in range(1, SMEAR + 1):
            x = x + self.share[back - 1] * long[:, SMEAR - back : SMEAR - back + T]
        return x


class ModernGPT(GPT):
    """The same GPT with the modern parts put in; it is trained with Muon and AdamW together."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        del self.position_embedding  # rotation tells places
        self.smear = Smear(shape.n_embd)
        for block in self.blocks:
            modern = ModernAttention(shape)
            modern.load_state_dict(block.get_submodule("attention").state_dict())
            block.attention = modern
        nn.init.normal_(self.token_embedding.weight, std=0.1)
        for name, weight in self.named_parameters():
            if name.endswith("project.weight"):
                nn.init.zeros_(weight)  # every block begins by adding nothing, and finds out what to add

    def embed(self, tokens: Tensor, caches: list[KVCache] | None) -> Tensor:
        """(B, T) -> (B, T, C): what each token is, with a share of the three before it."""
        x: Tensor = self.token_embedding(tokens)
        before = None
        if caches:
            left = caches[0].left
            before = x.new_zeros(x.size(0), SMEAR, x.size(2)) if left is None else left
            caches[0].left = torch.cat((before, x), dim=1)[:, -SMEAR:]
        smeared: Tensor = self.smear(x, before)
        return smeared

    def parameter_count(self) -> int:
        """Numbers to learn."""
        return sum(weight.numel() for weight in self.parameters())

    def matrices(self) -> list[nn.Parameter]:
        """The weights that Muon steps: every matrix inside the blocks."""
        return [weight for weight in self.blocks.parameters() if weight.dim() == 2]


# What each round multiplies by: for singular values from 0.01 to 1 every round is the best polynomial for
# what the one before leaves (after Polar Express, Amsel and others 2025). They end between 0.73 and 1.27.
ROUNDS = ((8.0934, -23.6204, 17.4462), (3.6366, -2.7219, 0.5365), (2.6613, -1.9772, 0.4526))


def orthogonalize(G: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """Nearly the closest matrix that only turns: the singular values of (…, n, m) are pushed towards 1.

    Newton-Schulz rounds: products alone, no decomposition, so bfloat16 will do. n must not exceed m.
    """
    X: Tensor = (G / (G.norm(dim=(-2, -1), keepdim=True) + 1e-7)).to(dtype)  # singular values lie below 1
    for a, b, c in ROUNDS:
        A = X @ X.mT  # (…, n, n)
        X = a * X + (b * A + c * A @ A) @ X  # each singular value s becomes a s + b s³ + c s⁵
    return X.to(G.dtype)


class Muon(torch.optim.Optimizer):
    """Momentum whose step is orthogonalized: every direction of a matrix moves equally far.

    Plain gradients are long in few directions and short in the many that still have to be learned.
    After Keller Jordan and others (2024). Matrices of one size are stepped together, in one product.
    """

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        lr: float,
        dtype: torch.dtype = torch.float32,
        momentum: float = 0.85,
    ) -> None:
        super().__init__(list(matrices), {"lr": lr, "momentum": momentum})
        self.dtype = dtype  # of the products

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every matrix by `lr` along its orthogonalized momentum."""
        for group in self.param_groups:
            sizes: dict[tuple[int, int], list[tuple[Tensor, Tensor]]] = {}
            for weight in group["params"]:
                for part, direction in self._directions(weight, group["momentum"]):
                    flat = direction if direction.size(0) <= direction.size(1) else direction.mT
                    sizes.setdefault((flat.size(0), flat.size(1)), []).append((part, flat))
            for (n, m), members in sizes.items():
                turned = orthogonalize(torch.stack([flat for _, flat in members]), self.dtype)
                for (part, _), step in zip(members, turned, strict=True):
                    tall = part.size(0) > part.size(1)
                    scale = math.sqrt(m / n) if tall else 1.0  # tall matrices write into more numbers
                    part.add_(step.mT if tall else step, alpha=-group["lr"] * scale)

    def _directions(self, weight: nn.Parameter, momentum: float) -> list[tuple[Tensor, Tensor]]:
        """Views of a matrix with Nesterov's momentum for each; query, key and value count as three."""
        if weight.grad is None:
            return []
        state = self.state[weight]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(weight)
        average = state["momentum"].lerp_(weight.grad, 1 - momentum)
        ahead = weight.grad.lerp(average, momentum)
        count = 3 if weight.size(0) == 3 * weight.size(1) else 1
        return list(zip(weight.chunk(count), ahead.chunk(count), strict=True))
