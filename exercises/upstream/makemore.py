"""Upstream's makemore as it is: `makemore.py` on its names, one model type at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exercises.knobs import choice, knob, words
from exercises.runs.writer import RunWriter
from exercises.upstream import lines, process

TYPES = ("transformer", "bigram", "mlp", "rnn", "gru", "bow")


@dataclass(frozen=True)
class Knobs:
    """The flags that matter on this machine."""

    workspace: str = words("", "the folder of clones", "language-model")
    type: str = choice("transformer", TYPES, "which of makemore's models", "language-model")
    steps: int = knob(
        501, 1, 200_000, "makemore evaluates and saves at multiples of 500 only", "training-step"
    )


def commands(knobs: Knobs, folder: Path, output: Path, device: str) -> list[process.Command]:
    """makemore.py in the clone's folder; what it saves goes below `output`."""
    arguments = (
        "-u", "makemore.py", "-i", "names.txt", "-o", str(output / "work"), "-n", "0",
        "--max-steps", str(knobs.steps), "--type", knobs.type, "--device", device,
    )  # fmt: skip
    return [process.Command(arguments, folder)]


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """Run makemore.py unmodified; model and samples go to the run folder."""
    clone = process.require("makemore", Path(knobs.workspace))
    [command] = commands(knobs, clone.folder, run.folder, device)
    process.show(run, clone, [command.typed])
    last = process.record(_samples(process.follow(command, run), run), lines.makemore, run)
    if not run.should_stop():
        run.metric(max(knobs.steps, last))


def _samples(printed: Iterator[str], run: RunWriter) -> Iterator[str]:
    """Pass lines on, keeping the blocks of samples that makemore prints between two rules."""
    step, block = 0, list[str]()
    inside = False
    for line in printed:
        row = lines.makemore(line)
        step = row.step if row else step
        if set(line) == {"-"}:
            if inside and block:
                run.sample(step, "\n".join(block))
            inside, block = not inside, []
        elif inside:
            block.append(line)
        yield line
