"""Train a GPT on text, character by character: knobs, loss, one step, the loop.

    python -m exercises.nanogpt.train --steps 200 --n_head 2

prints as it goes. torch is imported where it is used: the catalog reads `Knobs` without it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exercises.catalog import Exercise
from exercises.errors import ExerciseError, KnobError
from exercises.knobs import choice, from_command_line, knob, switch, words

if TYPE_CHECKING:
    from torch import Tensor

    from exercises.nanogpt.trainer import Trainer
    from exercises.runs.writer import RunWriter


@dataclass(frozen=True)
class Knobs:
    """What can be turned. The defaults train on a laptop's CPU in about a minute."""

    # the text
    text: str = words(
        "python-docs", "what to learn from: a named text or a path to your own file", "pretraining"
    )
    characters: int = knob(0, 0, 20_000_000, "use only the first so many characters; 0: all", "overfitting")
    # the model
    n_layer: int = knob(4, 1, 48, "blocks one after the other", "transformer-block")
    n_head: int = knob(4, 1, 64, "attention heads in a block; must divide n_embd", "multi-head-attention")
    n_embd: int = knob(128, 8, 4096, "numbers that describe a token inside the model", "embedding")
    block_size: int = knob(64, 2, 4096, "tokens that it can look back on", "context-window")
    dropout: float = knob(0.0, 0.0, 0.9, "share of numbers silenced at random while training", "dropout")
    norm: bool = switch(True, "normalize before each part of a block", "layer-normalization")
    residual: bool = switch(
        True, "let each part add to its input instead of replacing it", "residual-connection"
    )
    position: str = choice(
        "learned", ("learned", "none"), "how a token knows where it is", "positional-encoding"
    )
    fused: bool = switch(True, "attention in one kernel instead of spelled out", "flash-attention")
    recipe: str = choice(
        "classic", ("classic", "modern"), "nanoGPT's model, or a modern one", "modern-recipe"
    )
    # the training
    steps: int = knob(800, 1, 1_000_000, "updates of the weights", "training-step")
    batch_size: int = knob(12, 1, 1024, "sequences in one batch", "mini-batch")
    accumulate: int = knob(
        1, 1, 256, "batches whose gradients are added before an update", "gradient-accumulation"
    )
    lr: float = knob(3e-3, 1e-6, 10.0, "learning rate: how far an update goes", "learning-rate")
    muon_lr: float = knob(
        0.02, 1e-6, 1.0, "the modern recipe's rate for the blocks' matrices", "modern-recipe"
    )
    warmup: int = knob(50, 0, 10_000, "steps in which the learning rate rises from 0", "learning-rate-warmup")
    decay: str = choice(
        "cosine", ("cosine", "linear", "none"), "how the rate falls", "learning-rate-schedule"
    )
    weight_decay: float = knob(0.1, 0.0, 1.0, "pull of the weights towards zero", "adamw")
    beta2: float = knob(0.99, 0.5, 0.9999, "memory of AdamW for squared gradients", "adamw")
    clip: float = knob(1.0, 0.0, 1000.0, "longest gradient that is let through; 0: any", "gradient-clipping")
    precision: str = choice(
        "auto", ("auto", "float32", "bfloat16"), "number format of products", "mixed-precision"
    )
    compile: bool = switch(
        False, "let a compiler join small operations first; pays in long runs", "kernel-fusion"
    )
    start_from: str = words("", "the id of a run whose checkpoint to fine-tune", "fine-tuning")
    seed: int = knob(1337, 0, 2**31 - 1, "start of all random numbers", "weight-initialization")
    # what is looked at
    eval_every: int = knob(
        100, 1, 1_000_000, "steps between two looks at the validation loss", "train-validation-split"
    )
    eval_batches: int = knob(20, 1, 1000, "batches in such a look", "train-validation-split")
    sample_every: int = knob(250, 1, 1_000_000, "steps between two samples", "sampling")
    sample_tokens: int = knob(200, 0, 10_000, "tokens in a sample", "sampling")
    prompt: str = words("", "how samples begin; empty: a line end", "sampling")
    temperature: float = knob(0.8, 0.0, 5.0, "below 1 safer, above 1 wilder", "sampling")
    top_k: int = knob(0, 0, 100_000, "choose among the k likeliest only; 0: all", "top-k-top-p")
    top_p: float = knob(
        1.0, 0.01, 1.0, "choose among the likeliest that hold this probability", "top-k-top-p"
    )
    kv_cache: bool = switch(True, "keep keys and values instead of computing them again", "kv-cache")

    def __post_init__(self) -> None:
        if self.n_embd % self.n_head:
            fits = [n for n in range(1, 65) if self.n_embd % n == 0]
            nearest = min(fits, key=lambda n: abs(n - self.n_head))
            raise KnobError(
                f"n_head {self.n_head} does not divide n_embd {self.n_embd}. Try n_head {nearest}."
            )


def learning_rate(step: int, knobs: Knobs) -> float:
    """The rate at a step: up a ramp, then down to a tenth (cosine) or to zero (linear)."""
    if step < knobs.warmup:
        return knobs.lr * (step + 1) / (knobs.warmup + 1)
    done = (step - knobs.warmup) / max(1, knobs.steps - knobs.warmup)  # 0 to 1
    if knobs.decay == "cosine":
        return knobs.lr * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * done)))
    return knobs.lr * (1 - done) if knobs.decay == "linear" else knobs.lr


def train_step(trainer: Trainer, rate: float) -> tuple[Tensor, Tensor]:
    """One update: forward, backward, clip, step. Returns loss and gradient length before clipping."""
    import torch

    from exercises.nanogpt.data import get_batch

    if trainer.whole_step:  # the same numbers from compiled programs
        return trainer.whole_step(rate)
    knobs = trainer.knobs
    trainer.set_rate(rate)
    total = torch.zeros((), device=trainer.data.device)
    for _ in range(knobs.accumulate):
        inputs, targets = get_batch(trainer.data, knobs, trainer.generator)
        with trainer.precision():
            _, loss = trainer.forward(inputs, targets)
        loss = loss / knobs.accumulate  # gradients add up; their mean is wanted
        loss.backward()
        total += loss.detach()
    length = torch.nn.utils.clip_grad_norm_(trainer.model.parameters(), knobs.clip or math.inf)
    trainer.update()
    return total, length


def estimate_loss(trainer: Trainer, data: Tensor) -> float:
    """Mean loss in nats over the same `eval_batches` batches each time, without learning."""
    import torch

    from exercises.nanogpt.data import get_batch

    trainer.model.eval()
    generator = torch.Generator().manual_seed(trainer.knobs.seed + 1)
    losses = torch.zeros(trainer.knobs.eval_batches)
    with torch.no_grad(), trainer.precision():
        for i in range(len(losses)):
            losses[i] = trainer.forward(*get_batch(data, trainer.knobs, generator))[1].item()
    trainer.model.train()
    return losses.mean().item()


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """The run: see `RunWriter` for how it can be stopped, paused, killed and resumed."""
    from exercises.nanogpt.trainer import Trainer

    trainer = Trainer(knobs, run.home, device, run.log)
    first, state = run.restore(device)
    if state:
        trainer.restore(state)
    every = max(1, knobs.steps // 250)  # often enough for a curve that moves
    clock, counted = time.perf_counter(), first
    for step in range(first, knobs.steps):
        if not run.proceed(step, trainer.state):
            return
        val_loss = None
        if step % knobs.eval_every == 0:
            val_loss = estimate_loss(trainer, trainer.val_data)
        if step % knobs.sample_every == 0:
            run.sample(step, trainer.sample(step))
        rate = learning_rate(step, knobs)
        loss, length = train_step(trainer, rate)
        if step % every and val_loss is None:
            continue
        seconds = time.perf_counter() - clock
        speed = (step + 1 - counted) * knobs.accumulate * knobs.batch_size * knobs.block_size / seconds
        clock, counted = time.perf_counter(), step + 1
        run.metric(
            step,
            train_loss=loss.item(),
            val_loss=val_loss,
            lr=rate,
            grad_norm=length.item(),
            tokens_per_second=speed,
        )
        if not math.isfinite(loss.item()):
            raise ExerciseError(f"The loss was no number any more at step {step}. Lower lr, or raise warmup.")
    finish(trainer, run)


def finish(trainer: Trainer, run: RunWriter) -> None:
    """The last look: validation loss, a sample, how fast it writes, and the checkpoint."""
    from exercises.nanogpt.samples import last_words

    steps = trainer.knobs.steps
    run.sample(steps, trainer.sample(steps))
    run.metric(steps, val_loss=estimate_loss(trainer, trainer.val_data), **last_words(trainer))
    run.checkpoint(steps, trainer.state())


def main() -> None:
    """Train here and now, for reading along: knobs as flags, lines on the screen."""
    from exercises.console import run_here

    run_here(EXERCISE, from_command_line(Knobs, __doc__ or ""))


def _work(knobs: Knobs) -> float:
    """Operations of a whole run, by arithmetic alone: see `model.training_flops`."""
    weights = 12 * knobs.n_layer * knobs.n_embd**2
    per_token = 6.0 * weights + 12.0 * knobs.n_layer * knobs.n_embd * knobs.block_size
    return per_token * knobs.block_size * knobs.batch_size * knobs.accumulate * knobs.steps


def _memory(knobs: Knobs) -> float:
    """Bytes, roughly: 16 a weight (itself, gradient, two averages), 20 numbers a channel, token and layer."""
    weights = 12.0 * knobs.n_layer * knobs.n_embd**2
    tokens = knobs.batch_size * knobs.block_size
    tables = 0.0 if knobs.fused else 3.0 * tokens * knobs.block_size * knobs.n_head * knobs.n_layer
    return 16 * weights + 4 * (20.0 * tokens * knobs.n_embd * knobs.n_layer + tables)


EXERCISE = Exercise(
    id="nanogpt",
    title="A GPT on text",
    week=3,
    concept="gpt-architecture",
    summary="The model behind ChatGPT, small: it reads a text and learns to go on from any beginning.",
    module="exercises.nanogpt.train",
    knobs=Knobs,
    presets={
        "default": {},
        "quick": {
            "steps": 200,
            "n_layer": 2,
            "n_head": 2,
            "n_embd": 64,
            "eval_every": 50,
            "sample_every": 100,
        },
        "modern": {
            "recipe": "modern",
            "steps": 190,
            "lr": 0.1,
            "muon_lr": 0.06,
            "beta2": 0.95,
            "weight_decay": 0.0,
            "clip": 0.0,
            "warmup": 10,
            "decay": "linear",
            "eval_every": 50,
            "sample_every": 100,
        },
        "shakespeare": {
            "text": "tinyshakespeare",
            "steps": 2000,
            "lr": 1e-3,
            "warmup": 100,
            "eval_every": 250,
        },
        "shakespeare-10M": {
            "text": "tinyshakespeare",
            "n_layer": 6,
            "n_head": 6,
            "n_embd": 384,
            "block_size": 256,
            "batch_size": 64,
            "dropout": 0.2,
            "steps": 5000,
            "lr": 1e-3,
            "warmup": 100,
            "eval_every": 250,
            "eval_batches": 50,
        },
        "gpt2-124M": {
            "n_layer": 12,
            "n_head": 12,
            "n_embd": 768,
            "block_size": 1024,
            "batch_size": 12,
            "accumulate": 40,
            "steps": 600_000,
            "lr": 6e-4,
            "warmup": 2000,
        },
    },
    work=_work,
    memory=_memory,
)

if __name__ == "__main__":
    main()
