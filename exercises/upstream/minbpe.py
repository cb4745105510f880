"""Upstream's minbpe as it is: `train.py`, two tokenizers of 512 tokens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exercises.knobs import words
from exercises.runs.writer import RunWriter
from exercises.upstream import lines, process

MERGES = 512  # 256 for each of the two tokenizers


@dataclass(frozen=True)
class Knobs:
    """Nothing to turn: train.py takes no flags."""

    workspace: str = words("", "the folder of clones", "byte-pair-encoding")


def commands(knobs: Knobs, folder: Path, output: Path, device: str) -> list[process.Command]:
    """train.py in the clone's folder, where it also writes what it learned."""
    return [process.Command(("-u", "train.py"), folder)]


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """Run train.py unmodified; the tokenizers appear in the clone's `models` folder, where it writes them."""
    clone = process.require("minbpe", Path(knobs.workspace))
    [command] = commands(knobs, clone.folder, run.folder, device)
    process.show(run, clone, [command.typed])
    process.record(process.follow(command, run), lines.Minbpe(), run)
    vocabulary = clone.folder / "models" / "regex.vocab"
    if not run.should_stop() and vocabulary.is_file():
        learned = vocabulary.read_text(encoding="utf-8").splitlines()
        run.sample(MERGES, "\n".join(learned[256:276]))
