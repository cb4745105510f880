"""Eight models that guess the next letter of a word; each adds one idea to the one before it.

A word is a row of token ids: 0 stands before its first letter and after its last. Every model maps ids
(B, T) to logits (B, T, V): for each place, how likely each token comes next, seeing that place and what is
before it.

After the lectures: counting and its net (makemore part 1), MLP (part 2; Bengio and others, 2003), BatchNorm
(part 3; Ioffe and Szegedy, 2015), WaveNet (part 5; van den Oord and others, 2016). The recurrent ones follow
Mikolov and others, 2010, Cho and others, 2014, and Hochreiter and Schmidhuber, 1997.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EDGE = 0  # the token before the first letter and after the last


def real_places(x: Tensor) -> Tensor:
    """(B, T) bool: places that belong to a word, not to the padding behind it."""
    real = x != EDGE
    real[:, 0] = True
    return real


def contexts(x: Tensor, length: int) -> Tensor:
    """(B, T) -> (B, T, length): at each place the last `length` tokens, edges where there are none."""
    return F.pad(x, (length - 1, 0), value=EDGE).unfold(1, length, 1)


# ---- one letter back


class BigramCounts(nn.Module):
    """The simplest language model: how often does each token follow each other one?

    There is nothing to train: counting gives the best table there is (maximum likelihood).
    """

    counts: Tensor

    def __init__(self, vocabulary: int, smoothing: float = 1.0) -> None:
        super().__init__()
        self.smoothing = smoothing  # as if every pair had been seen so often: no pair is impossible
        self.register_buffer("counts", torch.zeros(vocabulary, vocabulary))

    def count(self, x: Tensor, y: Tensor) -> None:
        """Add the pairs of a batch; targets below 0 are padding."""
        real = y >= 0
        self.counts.index_put_((x[real], y[real]), torch.ones(1, device=x.device), accumulate=True)

    def forward(self, x: Tensor) -> Tensor:
        """Log-probabilities: softmax leaves them as they are."""
        smooth = self.counts + self.smoothing
        table = smooth / smooth.sum(dim=1, keepdim=True)  # each row sums to 1
        return table.log()[x]


class BigramNet(nn.Module):
    """The same table, learned: a one-hot row times a matrix picks a row of logits."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.logits = nn.Linear(vocabulary, vocabulary, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        one_hot = F.one_hot(x, self.logits.in_features).float()  # (B, T, V)
        out: Tensor = self.logits(one_hot)
        return out


# ---- a few letters back


class BatchNorm(nn.Module):
    """Shift and scale each channel to mean 0 and spread 1 over the batch, then let the net choose its own."""

    mean: Tensor
    variance: Tensor

    def __init__(self, channels: int, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.epsilon = momentum, epsilon
        self.gain = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(..., C) -> (..., C); all dimensions but the last are the batch."""
        mean, variance = self.mean, self.variance  # in use: what training has averaged
        if self.training:
            batch = tuple(range(x.dim() - 1))
            mean, variance = x.mean(batch), x.var(batch, unbiased=False)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance, self.momentum)
        return self.gain * (x - mean) / torch.sqrt(variance + self.epsilon) + self.bias


def _norm(wanted: bool, channels: int) -> nn.Module:
    return BatchNorm(channels) if wanted else nn.Identity()


class MLP(nn.Module):
    """Embed the last few letters, put the vectors side by side, one hidden layer."""

    def __init__(
        self, vocabulary: int, context: int, n_embd: int, hidden: int, batch_norm: bool = False
    ) -> None:
        super().__init__()
        self.context = context
        self.embedding = nn.Embedding(vocabulary, n_embd)
        self.hidden = nn.Linear(context * n_embd, hidden)
        self.norm = _norm(batch_norm, hidden)
        self.output = nn.Linear(hidden, vocabulary)

    def activations(self, x: Tensor, real: Tensor) -> Tensor:
        """(B, T) -> (M, hidden), M real places: what the hidden neurons answer, -1 to 1."""
        seen = self.embedding(contexts(x, self.context)[real])  # (M, context, n_embd)
        return torch.tanh(self.norm(self.hidden(seen.flatten(1))))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, T, V); padding is left out, or it would spoil the batch's averages."""
        real = real_places(x)
        return _put_back(self.output(self.activations(x, real)), real)


class WaveNet(nn.Module):
    """Join letters by twos, then the pairs by twos: eight letters meet in three small steps, not in one."""

    CONTEXT = 8

    def __init__(self, vocabulary: int, n_embd: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, n_embd)
        widths = [n_embd, hidden, hidden, hidden]
        self.joins = nn.ModuleList(nn.Linear(2 * left, right, bias=False) for left, right in pairwise(widths))
        self.norms = nn.ModuleList(BatchNorm(hidden) for _ in self.joins)
        self.output = nn.Linear(hidden, vocabulary)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        real = real_places(x)
        h = self.embedding(contexts(x, self.CONTEXT)[real])  # (M, 8, n_embd)
        for join, norm in zip(self.joins, self.norms, strict=True):
            pairs = h.view(len(h), h.size(1) // 2, -1)  # two neighbors side by side: 8 -> 4 -> 2 -> 1
            h = torch.tanh(norm(join(pairs)))
        return _put_back(self.output(h.squeeze(1)), real)


def _put_back(logits: Tensor, real: Tensor) -> Tensor:
    """(M, V) and the places they belong to -> (B, T, V), zeros at the padding."""
    out = logits.new_zeros(*real.shape, logits.size(-1))
    out[real] = logits
    return out


# ---- all letters back, in one vector that is carried along


class RNN(nn.Module):
    """Read letter by letter, keep one vector of what was read, rewrite it at each step."""

    def __init__(self, vocabulary: int, n_embd: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, n_embd)
        self.start = nn.Parameter(torch.zeros(hidden))
        self.output = nn.Linear(hidden, vocabulary)
        self.build(n_embd, hidden)

    def build(self, n_embd: int, hidden: int) -> None:
        """What one step consists of."""
        self.cell = nn.Linear(n_embd + hidden, hidden)

    def step(self, letter: Tensor, memory: Tensor) -> Tensor:
        """(B, n_embd) and (B, hidden) -> (B, hidden)."""
        return torch.tanh(self.cell(torch.cat([letter, memory], dim=1)))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, T, V). The loop cannot be run in parallel: each step needs the one before."""
        letters = self.embedding(x)  # (B, T, n_embd)
        memory = self.start.expand(len(x), -1)
        memories = []
        for t in range(x.size(1)):
            memory = self.step(letters[:, t], memory)
            memories.append(memory)
        out: Tensor = self.output(torch.stack(memories, dim=1))
        return out


class GRU(RNN):
    """An RNN with two gates: what to forget before looking, and how much to rewrite at all."""

    def build(self, n_embd: int, hidden: int) -> None:
        """Two gates and the proposal."""
        self.gates = nn.Linear(n_embd + hidden, 2 * hidden)
        self.proposal = nn.Linear(n_embd + hidden, hidden)

    def step(self, letter: Tensor, memory: Tensor) -> Tensor:
        """(B, n_embd) and (B, hidden) -> (B, hidden)."""
        reset, update = torch.sigmoid(self.gates(torch.cat([letter, memory], dim=1))).chunk(2, dim=1)
        proposed = torch.tanh(self.proposal(torch.cat([letter, reset * memory], dim=1)))
        return (1 - update) * memory + update * proposed  # a path on which nothing is squashed


class LSTM(RNN):
    """Two vectors: a protected store, and what is shown of it. Both lie side by side in `memory`."""

    def __init__(self, vocabulary: int, n_embd: int, hidden: int) -> None:
        super().__init__(vocabulary, n_embd, hidden)
        self.start = nn.Parameter(torch.zeros(2 * hidden))

    def build(self, n_embd: int, hidden: int) -> None:
        """Three gates and the proposal, in one product."""
        self.gates = nn.Linear(n_embd + hidden, 4 * hidden)

    def step(self, letter: Tensor, memory: Tensor) -> Tensor:
        """(B, n_embd) and (B, 2 hidden) -> (B, 2 hidden)."""
        shown, store = memory.chunk(2, dim=1)
        keep, write, show, new = self.gates(torch.cat([letter, shown], dim=1)).chunk(4, dim=1)
        store = torch.sigmoid(keep) * store + torch.sigmoid(write) * torch.tanh(new)
        return torch.cat([torch.sigmoid(show) * torch.tanh(store), store], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, T, V), from the shown half of each memory."""
        letters = self.embedding(x)
        memory = self.start.expand(len(x), -1)
        shown = []
        for t in range(x.size(1)):
            memory = self.step(letters[:, t], memory)
            shown.append(memory.chunk(2, dim=1)[0])
        out: Tensor = self.output(torch.stack(shown, dim=1))
        return out


# ---- all letters back, each looked at directly


class _Block(nn.Module):
    def __init__(self, n_embd: int, n_head: int) -> None:
        super().__init__()
        self.n_head = n_head
        self.norm_1, self.norm_2 = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)
        self.query_key_value = nn.Linear(n_embd, 3 * n_embd)
        self.project = nn.Linear(n_embd, n_embd)
        self.widen, self.narrow = nn.Linear(n_embd, 4 * n_embd), nn.Linear(4 * n_embd, n_embd)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        mixed = self.query_key_value(self.norm_1(x)).view(B, T, 3, self.n_head, C // self.n_head)
        q, k, v = mixed.permute(2, 0, 3, 1, 4)  # (B, H, T, head) each
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.project(y.transpose(1, 2).reshape(B, T, C))
        out: Tensor = x + self.narrow(F.gelu(self.widen(self.norm_2(x)), approximate="tanh"))
        return out


class Transformer(nn.Module):
    """Every place looks at all places before it. Spelled out in exercises/nanogpt/model.py."""

    def __init__(self, vocabulary: int, longest: int, n_embd: int, n_layer: int, n_head: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, n_embd)
        self.position = nn.Embedding(longest, n_embd)
        self.blocks = nn.Sequential(*(_Block(n_embd, n_head) for _ in range(n_layer)))
        self.norm = nn.LayerNorm(n_embd)
        self.output = nn.Linear(n_embd, vocabulary, bias=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:  # small, and smaller where residuals add up (GPT-2)
                last = name.endswith(("project.weight", "narrow.weight"))
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * n_layer) if last else 0.02)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T) -> (B, T, V)."""
        places = torch.arange(x.size(1), device=x.device)
        h = self.embedding(x) + self.position(places)  # (B, T, n_embd)
        out: Tensor = self.output(self.norm(self.blocks(h)))
        return out
