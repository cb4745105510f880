"""Upstream's nanoGPT as it is: prepare, train and sample character-level Shakespeare."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from exercises.errors import DataError
from exercises.knobs import knob, words
from exercises.runs.writer import RunWriter
from exercises.text import datasets
from exercises.upstream import lines, process
from exercises.upstream.repositories import UpstreamError

CONFIG = "config/train_shakespeare_char.py"
DATA = "data/shakespeare_char"
# the CPU flags of nanoGPT's README
CPU = (
    "--device=cpu", "--compile=False", "--eval_iters=20", "--log_interval=1", "--block_size=64",
    "--batch_size=12", "--n_layer=4", "--n_head=4", "--n_embd=128", "--dropout=0.0",
)  # fmt: skip


@dataclass(frozen=True)
class Knobs:
    """The flags that matter on this machine."""

    workspace: str = words("", "the folder of clones", "gpt-architecture")
    steps: int = knob(2000, 1, 100_000, "iterations; the README takes 2000 on a CPU", "training-step")
    sample_tokens: int = knob(300, 1, 5000, "characters to sample when it is trained", "sampling")


def commands(knobs: Knobs, folder: Path, output: Path, device: str) -> list[process.Command]:
    """prepare.py, train.py and sample.py in the clone's folder; checkpoints go below `output`."""
    out = f"--out_dir={output / 'out'}"
    pace = (
        f"--max_iters={knobs.steps}",
        f"--lr_decay_iters={knobs.steps}",
        f"--eval_interval={min(250, knobs.steps)}",
    )
    sample = (f"--device={device}", "--num_samples=1", f"--max_new_tokens={knobs.sample_tokens}", out)
    return [
        process.Command(("-u", f"{DATA}/prepare.py"), folder),
        process.Command(("-u", "train.py", CONFIG, *flags(device), *pace, out), folder),
        process.Command(("-u", "sample.py", *sample), folder),
    ]


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """Run prepare.py, train.py and sample.py unmodified; checkpoints go to the run folder."""
    clone = process.require("nanoGPT", Path(knobs.workspace))
    prepare, training, sampling = planned = commands(knobs, clone.folder, run.folder, device)
    process.show(run, clone, [command.typed for command in planned])
    if not _prepared(clone.folder):
        _text(clone.folder, run)
        for _ in process.follow(prepare, run):
            pass
    if run.should_stop():
        return
    process.record(process.follow(training, run), lines.nanogpt, run)
    if run.should_stop():
        return
    written = [
        line
        for line in process.follow(sampling, run)
        if not line.startswith(("Overriding", "number of", "Loading"))
    ]
    run.sample(knobs.steps, "\n".join(written).strip("-\n "))


def flags(device: str) -> tuple[str, ...]:
    """What this machine needs: the README's small model on a CPU, the config as it is on a GPU."""
    if device == "cuda":
        # torch.compile needs Triton, which Windows does not have
        return () if sys.platform != "win32" else ("--compile=False",)
    return CPU if device == "cpu" else (*CPU[1:], f"--device={device}")


def _prepared(folder: Path) -> bool:
    return all((folder / DATA / name).is_file() for name in ("train.bin", "val.bin", "meta.pkl")) and (
        (folder / DATA / "train.bin").stat().st_size > 0
    )


def _text(folder: Path, run: RunWriter) -> None:
    """See to it that input.txt is whole: a failed download of prepare.py's leaves an empty one behind."""
    file = folder / DATA / "input.txt"
    if file.exists() and file.stat().st_size == 0:
        file.unlink()
        run.log("removed an empty input.txt, as a failed download leaves it")
    if file.exists():
        return
    try:
        text = datasets.load_text("tinyshakespeare", run.home).text
    except DataError as error:
        raise UpstreamError(
            "nanoGPT needs the tinyshakespeare text, and it could not be downloaded. Connect once, "
            f"or put a text of your own at {file}."
        ) from error
    file.write_text(text, encoding="utf-8", newline="\n")
