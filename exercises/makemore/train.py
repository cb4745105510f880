"""Teach a model to invent words: knobs, loss, one step, the loop.

    python -m exercises.makemore.train --model mlp --steps 1000

prints as it goes. torch is imported where it is used: the catalog reads `Knobs` without it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exercises.catalog import Exercise
from exercises.errors import ExerciseError
from exercises.knobs import choice, from_command_line, knob, switch, words

if TYPE_CHECKING:
    from torch import Tensor, nn

    from exercises.makemore.trainer import Trainer
    from exercises.runs.writer import RunWriter

MODELS = ("counts", "bigram", "mlp", "wavenet", "rnn", "gru", "lstm", "transformer")
LOOKED_AT = 2000  # words of a split on which the loss is measured


@dataclass(frozen=True)
class Knobs:
    """What can be turned. The defaults train on a laptop's CPU in some seconds."""

    # the words
    text: str = words(
        "first-names",
        "what to learn from: a named text or a path to a file, one word a line",
        "language-model",
    )
    word_count: int = knob(0, 0, 1_000_000, "use only so many words, drawn at random; 0: all", "overfitting")
    # the model
    model: str = choice("mlp", MODELS, "how the next letter is guessed", "language-model")
    context: int = knob(3, 1, 32, "letters that the MLP looks back on", "context-window")
    n_embd: int = knob(16, 1, 512, "numbers that describe a letter", "embedding")
    hidden: int = knob(128, 1, 4096, "width of the hidden layer or of the memory", "multilayer-perceptron")
    n_layer: int = knob(4, 1, 24, "blocks of the transformer", "transformer-block")
    n_head: int = knob(4, 1, 32, "heads of the transformer; must divide n_embd", "multi-head-attention")
    batch_norm: bool = switch(False, "normalize the MLP's hidden layer over the batch", "batch-normalization")
    init_scale: float = knob(
        1.0, 0.001, 100.0, "multiplies the weights before the first step", "weight-initialization"
    )
    smoothing: float = knob(1.0, 1e-6, 1e6, "what the table of counts begins with", "smoothing")
    # the training
    steps: int = knob(1500, 1, 1_000_000, "updates of the weights", "training-step")
    batch_size: int = knob(32, 1, 4096, "words in a batch", "mini-batch")
    lr: float = knob(5e-3, 1e-6, 100.0, "learning rate: how far an update goes", "learning-rate")
    decay: bool = switch(True, "let the rate fall to a tenth over the run", "learning-rate-schedule")
    weight_decay: float = knob(0.01, 0.0, 1.0, "pull of the weights towards zero", "weight-regularization")
    seed: int = knob(1337, 0, 2**31 - 1, "start of all random numbers", "weight-initialization")
    # what is looked at
    eval_every: int = knob(100, 1, 100_000, "steps between two measurements", "train-validation-split")
    sample_every: int = knob(500, 1, 100_000, "steps between two samples", "sampling")
    temperature: float = knob(
        1.0, 0.0, 10.0, "how boldly it draws letters; 0: always the likeliest", "sampling"
    )


def loss_of(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Mean cross-entropy a letter, in nats; padding is left out."""
    from torch.nn import functional

    from exercises.makemore.data import IGNORED

    return functional.cross_entropy(model(x).flatten(0, 1), y.flatten(), ignore_index=IGNORED)


def estimate_loss(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """The loss on a whole split (at most 2,000 words of it), without learning from it."""
    import torch

    model.eval()
    with torch.inference_mode():
        loss = loss_of(model, x[:LOOKED_AT], y[:LOOKED_AT]).item()
    model.train()
    return loss


def look(trainer: Trainer) -> dict[str, float]:
    """The loss on words that were never learned from, and of an MLP how many neurons are stuck."""
    return {"val_loss": estimate_loss(trainer.model, trainer.val_x, trainer.val_y), **trainer.stuck()}


def learning_rate(step: int, knobs: Knobs) -> float:
    """The rate at a step: it falls on a line to a tenth, or stays."""
    return knobs.lr * (1.0 - 0.9 * step / knobs.steps) if knobs.decay else knobs.lr


def train_step(trainer: Trainer, step: int) -> dict[str, float]:
    """One update: a batch, its loss, backward, a move of every weight. The table of counts only counts."""
    import torch

    if trainer.counts is not None and (fresh := trainer.uncounted(trainer.counts)):
        trainer.counts.count(*fresh)
    x, y = trainer.batch()
    if trainer.counts is not None:
        with torch.inference_mode():
            return {"train_loss": loss_of(trainer.model, x, y).item()}
    rate = learning_rate(step, trainer.knobs)
    for group in trainer.optimizer.param_groups:
        group["lr"] = rate
    loss = loss_of(trainer.model, x, y)
    loss.backward()  # type: ignore[no-untyped-call]
    norm = torch.nn.utils.get_total_norm(
        [weight.grad for weight in trainer.model.parameters() if weight.grad is not None]
    )
    trainer.optimizer.step()
    trainer.optimizer.zero_grad(set_to_none=True)
    return {"train_loss": loss.item(), "lr": rate, "grad_norm": norm.item()}


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """The run: see `RunWriter` for how it can be stopped, paused, killed and resumed."""
    from exercises.makemore.trainer import Trainer

    trainer = Trainer(knobs, run.home, device, run.log)
    first, state = run.restore(device)
    if state:
        trainer.restore(state)
    every = max(1, knobs.steps // 250)  # often enough for a curve that moves
    clock, letters = time.perf_counter(), 0
    for step in range(first, knobs.steps):
        if not run.proceed(step, trainer.state):
            return
        looked = look(trainer) if step % knobs.eval_every == 0 else {}
        if step % knobs.sample_every == 0:
            run.sample(step, trainer.sample(step))
        row = train_step(trainer, step)
        letters += trainer.letters
        if step % every and not looked:
            continue
        speed = letters / max(1e-9, time.perf_counter() - clock)
        clock, letters = time.perf_counter(), 0
        run.metric(step, **row, **looked, tokens_per_second=speed)
        if not math.isfinite(row["train_loss"]):
            raise ExerciseError(f"The loss was no number any more at step {step}. Lower lr.")
    run.sample(knobs.steps, trainer.sample(knobs.steps))
    known = estimate_loss(trainer.model, trainer.x, trainer.y)
    run.metric(knobs.steps, train_loss=known, **look(trainer), **trainer.copied())
    run.checkpoint(knobs.steps, trainer.state())


def main() -> None:
    """Train here and now, for reading along: knobs as flags, lines on the screen."""
    from exercises.console import run_here

    run_here(EXERCISE, from_command_line(Knobs, __doc__ or ""))


def _work(knobs: Knobs) -> float:
    """Operations of a whole run, roughly: six a weight and letter, words of eight letters."""
    weights = {
        "transformer": 12 * knobs.n_layer * knobs.n_embd**2,
        "mlp": knobs.context * knobs.n_embd * knobs.hidden,
        "wavenet": 4 * knobs.hidden**2,
        "lstm": 4 * (knobs.n_embd + knobs.hidden) * knobs.hidden,
        "gru": 3 * (knobs.n_embd + knobs.hidden) * knobs.hidden,
        "rnn": (knobs.n_embd + knobs.hidden) * knobs.hidden,
    }.get(knobs.model, 30 * 30)
    return 6.0 * weights * knobs.batch_size * 8 * knobs.steps


EXERCISE = Exercise(
    id="makemore",
    title="More words like these",
    week=2,
    concept="language-model",
    summary="Reads a list of words letter by letter and learns to invent more of them, in eight ways.",
    module="exercises.makemore.train",
    knobs=Knobs,
    presets={
        "default": {},
        "counts": {"model": "counts", "steps": 155, "eval_every": 10, "sample_every": 155},
        "bigram": {"model": "bigram", "steps": 1000, "lr": 0.1, "weight_decay": 0.0},
        "mlp with BatchNorm": {"context": 8, "batch_norm": True},
        "wavenet": {"model": "wavenet", "steps": 1000},
        "gru": {"model": "gru", "steps": 1000},
        "lstm": {"model": "lstm", "steps": 1000},
        "transformer": {"model": "transformer", "n_embd": 64, "lr": 1e-3, "steps": 1000},
    },
    work=_work,
)

if __name__ == "__main__":
    main()
