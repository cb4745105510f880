"""Batches of text to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from exercises.nanogpt.train import Knobs


def get_batch(data: Tensor, knobs: Knobs, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random stretches of the text and the same ones shifted by one: inputs, targets, each (B, T)."""
    starts = torch.randint(len(data) - knobs.block_size, (knobs.batch_size,), generator=generator)
    window = starts[:, None] + torch.arange(knobs.block_size + 1)  # (B, T + 1) places in the text
    batch = data[window.to(data.device)].long()
    return batch[:, :-1].contiguous(), batch[:, 1:].contiguous()
