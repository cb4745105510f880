"""Writing 255 tokens with the 10.65M model: nanoGPT's generate, and ours with a KV cache.

    python -m bench.nanogpt_generate ../upstream/nanoGPT

Same weights and random numbers, so the tokens must be the same. The fastest of some rounds counts.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from bench.machine import machine, peak_memory_mb
from bench.nanogpt_upstream import load, twins
from exercises.nanogpt.model import Shape

SHAPES = {
    "10.65M": Shape(vocab_size=65, block_size=256, n_layer=6, n_head=6, n_embd=384),
    "0.80M": Shape(vocab_size=65, block_size=64, n_layer=4, n_head=4, n_embd=128),
}


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("upstream", type=Path, help="a clone of nanoGPT")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(machine())
    upstream = load(options.upstream)
    for name, shape in SHAPES.items():
        torch.manual_seed(0)
        theirs, ours = twins(upstream, shape)
        theirs.eval()
        ours.eval()
        count, start = shape.block_size - 1, torch.zeros(1, 1, dtype=torch.long)

        def generate(theirs: object = theirs, count: int = count, start: Tensor = start) -> Tensor:
            return theirs.generate(start, count)[0, 1:]  # type: ignore[attr-defined, no-any-return]

        results = {"nanoGPT": timed(generate, options.rounds)}
        for label, cached in (("ours, with cache", True), ("ours, without", False)):
            results[label] = timed(
                lambda ours=ours, count=count, start=start, cached=cached: torch.cat(
                    list(ours.generate(start, count, cached=cached)), dim=1
                )[0],
                options.rounds,
            )
        report(name, count, results)
    print(f"{peak_memory_mb():.0f} MB held at most")


def timed(write: Callable[[], Tensor], rounds: int) -> tuple[float, Tensor]:
    """Seconds of the fastest round, and the tokens."""
    best = float("inf")
    for _ in range(rounds):
        torch.manual_seed(1)
        began = time.perf_counter()
        tokens = write()
        best = min(best, time.perf_counter() - began)
    return best, tokens


def report(name: str, count: int, results: dict[str, tuple[float, Tensor]]) -> None:
    """Tokens a second of each, against the original."""
    theirs, expected = results["nanoGPT"]
    print(f"{name} parameters, {count} tokens")
    for label, (seconds, tokens) in results.items():
        same = int((tokens == expected).sum())
        print(
            f"  {label:<17} {count / seconds:8.0f} tokens/s   {theirs / seconds:5.2f} times   "
            f"{same} of {count} tokens the same"
        )


if __name__ == "__main__":
    main()
