"""How new words are drawn from what a model expects."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def generate(model: nn.Module, count: int, longest: int, temperature: float, draw: torch.Generator) -> Tensor:
    """Draw `count` rows of ids, (count, longest), letter by letter from what the model expects.

    At temperature 0 nothing is drawn: the likeliest letter is taken, and all rows are the same.
    """
    model.eval()
    rows = torch.zeros(count, 1, dtype=torch.long, device=draw.device)
    with torch.inference_mode():
        for _ in range(longest):
            logits = model(rows)[:, -1]  # (count, V)
            if temperature == 0:
                chosen = logits.argmax(-1, keepdim=True)
            else:
                chosen = torch.multinomial((logits / temperature).softmax(-1), 1, generator=draw)
            ended = (rows[:, -1:] == 0) & (rows.size(1) > 1)  # a finished word stays finished
            rows = torch.cat([rows, chosen.masked_fill(ended, 0)], dim=1)
    model.train()
    return rows[:, 1:]
