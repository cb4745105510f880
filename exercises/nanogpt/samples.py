"""What a finished model's writing is like, in numbers: how fast, how sensible, how varied."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from exercises.nanogpt.trainer import Trainer

REPEATS = 5  # readings of a full window; the fastest counts


def last_words(trainer: Trainer) -> dict[str, float]:
    """Figures on one long sample.

    generated_per_second: tokens written. known_words: share of its words that the text has.
    distinct_words: share of its words that are not repetitions. reading_ms, writing_ms: a token
    of a prompt, read together with its neighbors, against a token written. first_token_ms: reading a
    full window, before which nothing can be written. writing_share: of the time for reading a window
    and writing as much.
    """
    knobs = trainer.knobs
    count = max(200, knobs.sample_tokens)
    began = time.perf_counter()
    text = trainer.sample(knobs.steps + 1, count)
    writing = (time.perf_counter() - began) / count
    reading = reading_seconds(trainer)
    words = text.split()[1:-1]  # the first and the last may be cut
    return {
        "generated_per_second": 1 / writing,
        "known_words": sum(word in trainer.words for word in words) / max(1, len(words)),
        "distinct_words": len(set(words)) / max(1, len(words)),
        "reading_ms": 1000 * reading,
        "writing_ms": 1000 * writing,
        "first_token_ms": 1000 * reading * knobs.block_size,
        "writing_share": writing / (writing + reading),
    }


@torch.inference_mode()
def reading_seconds(trainer: Trainer) -> float:
    """Seconds a token when a full window is read at once."""
    window = trainer.val_data[: trainer.knobs.block_size].long()[None]
    trainer.model.eval()
    best = float("inf")
    for _ in range(REPEATS):
        began = time.perf_counter()
        trainer.model(window)[0][0, -1, 0].item()  # .item() waits for the device
        best = min(best, time.perf_counter() - began)
    trainer.model.train()
    return best / window.size(1)
