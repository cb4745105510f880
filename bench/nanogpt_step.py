"""A training step of nanoGPT's CPU configuration, the original's and ours, side by side.

    python -m bench.nanogpt_step ../upstream/nanoGPT [--text tinyshakespeare.txt] [--steps 100]

Same weights, same batches, same rates, so the losses must agree; blocks of steps take turns, so that
other work on the machine slows both.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch

from bench.nanogpt_upstream import UpstreamBatches, UpstreamStep, load, memory_mb, peak_flops, twins
from exercises.nanogpt.learner import Learner
from exercises.nanogpt.model import Shape, training_flops
from exercises.nanogpt.train import Knobs, train_step

BLOCK = 5  # steps between two turns


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("upstream", type=Path, help="a clone of nanoGPT")
    parser.add_argument("--text", default="python-docs", help="a named text or a file")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    knobs = Knobs(text=options.text, steps=options.steps, warmup=0, decay="none")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        learner = Learner(knobs, Path(folder), "cpu", print)
        theirs, ours = twins(load(options.upstream), learner.model.shape)
        learner.model.load_state_dict(ours.state_dict())
        upstream = UpstreamStep(theirs, UpstreamBatches(learner.data, Path(folder), 64, 12))
        learner.generator.manual_seed(1337)
        compare(learner, upstream, options.steps)


def compare(learner: Learner, upstream: UpstreamStep, steps: int) -> None:
    """Take turns, then print times, the difference of losses, and the share of this machine's peak."""
    times: dict[str, list[float]] = {"theirs": [], "ours": []}
    worst = 0.0
    for _ in range(steps // BLOCK):
        losses: dict[str, list[float]] = {"theirs": [], "ours": []}
        for name in times:
            began = time.perf_counter()
            for _ in range(BLOCK):
                loss = upstream(1e-3) if name == "theirs" else train_step(learner, 1e-3)[0].item()
                losses[name].append(loss)
            times[name].append((time.perf_counter() - began) / BLOCK)
        pairs = zip(losses["theirs"], losses["ours"], strict=True)
        worst = max(worst, *(abs(one - other) for one, other in pairs))
    theirs, ours = (statistics.median(times[name]) for name in times)
    fastest, ours_fastest = min(times["theirs"]), min(times["ours"])
    shape: Shape = learner.model.shape
    reached = training_flops(shape) * 12 * 64 / ours_fastest
    print(f"nanoGPT   {theirs * 1000:7.2f} ms a step, median of blocks (fastest {fastest * 1000:.2f})")
    print(f"ours      {ours * 1000:7.2f} ms a step, median of blocks (fastest {ours_fastest * 1000:.2f})")
    print(f"ratio     {theirs / ours:.2f} (fastest {fastest / ours_fastest:.2f})")
    print(f"losses    differ by at most {worst:.1e} over {steps} steps")
    print(
        f"peak      {reached / peak_flops():.0%} of this machine's float32 peak, {memory_mb():.0f} MB held at most"
    )


if __name__ == "__main__":
    main()
