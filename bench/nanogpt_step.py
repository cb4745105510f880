"""A training step of nanoGPT's CPU configuration, the original's and ours, side by side.

    python -m bench.nanogpt_step ../upstream/nanoGPT [--text tinyshakespeare.txt] [--steps 100]

Same weights, same batches, same rates, so the losses must agree. Each side is a process of its own, the
original's as its README starts it on a processor (`--compile=False`), ours as a run is started here
(`exercises.runs.processes.environment`); blocks of steps take turns, so that other work on the machine slows all alike.
With --compile ours is compiled as a whole, and the original runs a second time as its own `--compile=True` has it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.machine import machine, peak_memory_mb
from exercises.runs.processes import environment

PLAIN, COMPILED, OURS = "nanoGPT", "nanoGPT compiled", "ours"
BLOCK = 5  # steps between two turns
WARM = 2  # blocks at the beginning that are not counted


def main() -> None:
    """Start both sides, let them take turns, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("upstream", type=Path, help="a clone of nanoGPT")
    parser.add_argument("--text", default="python-docs", help="a named text or a file")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--compile", action="store_true", help="with torch.compile, where there is a compiler"
    )
    parser.add_argument("--side", choices=(PLAIN, COMPILED, OURS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        serve(options)
        return
    print(machine())
    command = [sys.executable, "-m", "bench.nanogpt_step", *sys.argv[1:], "--side"]
    surroundings = {PLAIN: dict(os.environ), OURS: environment()}
    if options.compile:
        surroundings[COMPILED] = dict(os.environ)
    sides = {
        name: subprocess.Popen(
            [*command, name], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        for name, env in surroundings.items()
    }
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(options.steps // BLOCK):
        for name, side in sides.items():
            rows[name].append(turn(side))
    for side in sides.values():
        assert side.stdin is not None
        side.stdin.close()
        side.wait()
    report(rows, options.threads)


def turn(side: subprocess.Popen[str]) -> dict[str, Any]:
    """One block of steps of a side: losses, seconds by the clock, of the processor, and what `serve` adds."""
    assert side.stdin is not None and side.stdout is not None
    side.stdin.write("go\n")
    side.stdin.flush()
    for line in side.stdout:
        if line.startswith("{"):  # the original prints lines of its own
            return dict(json.loads(line))
    raise SystemExit("A side ended early.")


def serve(options: argparse.Namespace) -> None:
    """Do a block of steps for each line that comes in."""
    import torch

    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        step, flops = prepare(options, Path(folder))
        for _ in sys.stdin:
            clock, processor = time.perf_counter(), time.process_time()
            losses = [step() for _ in range(BLOCK)]
            row = {
                "losses": losses,
                "clock": (time.perf_counter() - clock) / BLOCK,
                "processor": (time.process_time() - processor) / BLOCK,
                "flops": flops,
                "memory": peak_memory_mb(),
            }
            print(json.dumps(row), flush=True)


def prepare(options: argparse.Namespace, folder: Path) -> tuple[Callable[[], float], float]:
    """A side's step, which returns its loss, and the operations of one by arithmetic."""
    import torch

    from bench.nanogpt_upstream import UpstreamBatches, UpstreamStep, load, twins
    from exercises.nanogpt.model import training_flops
    from exercises.nanogpt.train import Knobs, train_step
    from exercises.nanogpt.trainer import Trainer

    knobs = Knobs(
        text=options.text,
        steps=options.steps,
        warmup=0,
        decay="none",
        compile=options.compile and options.side == OURS,
    )
    trainer = Trainer(knobs, folder, "cpu", lambda line: None)
    torch.manual_seed(1337)
    shape = trainer.model.shape
    theirs, ours = twins(load(options.upstream), shape)
    flops = training_flops(shape) * knobs.batch_size * knobs.block_size
    if options.side != OURS:
        batches = UpstreamBatches(trainer.data, folder, knobs.block_size, knobs.batch_size)
        original = UpstreamStep(theirs, batches)
        if options.side == COMPILED:
            original.model = torch.compile(theirs)
        return lambda: original(1e-3), flops
    trainer.model.load_state_dict(ours.state_dict())
    trainer.generator.manual_seed(1337)
    return lambda: train_step(trainer, 1e-3)[0].item(), flops


def report(rows: dict[str, list[dict[str, Any]]], threads: int) -> None:
    """Times, the difference of losses, memory, and the share of this machine's peak."""
    from bench.nanogpt_upstream import peak_flops

    for what in ("clock", "processor"):
        times = {name: [row[what] * 1000 for row in blocks[WARM:]] for name, blocks in rows.items()}
        middle = {name: statistics.median(values) for name, values in times.items()}
        best = {name: min(values) for name, values in times.items()}
        print(
            f"{what:9} ours {middle[OURS]:6.2f} ms a step (fastest block {best[OURS]:.2f}), {threads} threads"
        )
        for name in rows.keys() - {OURS}:
            print(
                f"{what:9} {name} {middle[name]:6.2f} ({best[name]:.2f}): ours is "
                f"{middle[name] / middle[OURS]:.3f} times as fast ({best[name] / best[OURS]:.3f})"
            )
    losses = {name: [loss for row in blocks for loss in row["losses"]] for name, blocks in rows.items()}
    for name in rows.keys() - {OURS}:
        worst = max(abs(one - other) for one, other in zip(losses[name], losses[OURS], strict=True))
        print(f"losses    differ from {name} by at most {worst:.1e} over {len(losses[OURS])} steps")
    print(f"losses    the last one is {losses[OURS][-1]:.4f}")
    held = ", ".join(f"{name} {blocks[-1]['memory']:.0f} MB" for name, blocks in rows.items())
    print(f"memory    held at most: {held}")
    fastest = min(row["clock"] for row in rows[OURS])
    share = rows[OURS][0]["flops"] / fastest / peak_flops(threads)
    print(
        f"peak      {share:.0%} of the float32 peak that a matrix product reaches here with {threads} threads"
    )


if __name__ == "__main__":
    main()
