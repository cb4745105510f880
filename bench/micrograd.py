"""The micrograd demo beside upstream's: the same network, points and losses, in one run.

    python -m bench.micrograd FOLDER [--steps 100]

FOLDER is a clone of karpathy/micrograd. Both sides start from the same weights (drawn from the same random
numbers), learn the same 100 half-moon points, and must arrive at the same losses; then times are compared.
Each side runs in a process of its own, so that its peak memory is its own too.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.machine import machine, peak_memory_mb
from exercises.micrograd.shapes import moons

SEED, ALPHA = 1337, 1e-4


def ours(steps: int) -> list[float]:
    """The demo on our engine."""
    from exercises.micrograd.model import MLP, hinge_loss, l2_penalty

    points, labels = moons(100, 0.1, SEED)
    model = MLP([2, 16, 16, 1], "relu", random.Random(SEED))
    losses = []
    for step in range(steps):
        loss = hinge_loss([model(point)[0] for point in points], labels)
        loss = loss + l2_penalty(model.parameters(), ALPHA)
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= (1.0 - 0.9 * step / 100) * parameter.grad
        losses.append(loss.data)
    return losses


def theirs(steps: int, folder: Path) -> list[float]:
    """The demo on upstream's engine, step for step what its notebook does."""
    sys.path.insert(0, str(folder))
    from micrograd.engine import Value  # type: ignore[import-not-found]
    from micrograd.nn import MLP  # type: ignore[import-not-found]

    points, labels = moons(100, 0.1, SEED)
    random.seed(SEED)
    model = MLP(2, [16, 16, 1])
    losses = []
    for step in range(steps):
        scores = [model([Value(x), Value(y)]) for x, y in points]
        margins = [(1 + -label * score).relu() for label, score in zip(labels, scores, strict=True)]
        data_loss = sum(margins) * (1.0 / len(margins))
        loss: Any = data_loss + ALPHA * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for parameter in model.parameters():
            parameter.data -= (1.0 - 0.9 * step / 100) * parameter.grad
        losses.append(float(loss.data))
    return losses


def side(name: str, steps: int, folder: Path) -> dict[str, Any]:
    """Run one side in this process."""
    sys.setrecursionlimit(100_000)  # upstream walks its graph by recursion
    began, processor = time.perf_counter(), time.process_time()
    losses = ours(steps) if name == "ours" else theirs(steps, folder)
    seconds = time.perf_counter() - began
    return {
        "losses": losses,
        "seconds": seconds,
        "processor": time.process_time() - processor,
        "peak_mb": peak_memory_mb(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a clone of karpathy/micrograd")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--side", choices=("ours", "theirs"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(side(given.side, given.steps, given.folder)))
        return
    print(machine(), flush=True)
    results = {}
    for name in ("ours", "theirs"):
        command = [sys.executable, "-m", "bench.micrograd", str(given.folder)]
        command += ["--steps", str(given.steps), "--side", name]
        results[name] = json.loads(subprocess.check_output(command, encoding="utf-8"))
    a, b = results["ours"], results["theirs"]
    gap = max(abs(x - y) for x, y in zip(a["losses"], b["losses"], strict=True))
    print(f"{given.steps} steps, 100 points, 337 parameters")
    for name, one in (("ours", a), ("upstream", b)):
        print(
            f"{name:9} {one['seconds']:8.2f} s ({one['processor']:.2f} s of processor)   "
            f"first loss {one['losses'][0]:.15f}   "
            f"last {one['losses'][-1]:.15f}   peak {one['peak_mb']:.0f} MB"
        )
    print(f"greatest difference of a loss: {gap:.1e}")
    print(
        f"ours is {b['seconds'] / a['seconds']:.1f} times as fast, "
        f"{b['processor'] / a['processor']:.1f} times in processor time"
    )
    if gap > 1e-9:
        sys.exit("The losses differ.")


if __name__ == "__main__":
    main()
