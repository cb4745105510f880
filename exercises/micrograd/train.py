"""Train a small network to tell two kinds of points apart: knobs, loss, one step, the loop.

    python -m exercises.micrograd.train --shape circles --steps 50

prints as it goes. Everything is a plain Python number; there is no torch here.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from exercises.catalog import Exercise
from exercises.errors import ExerciseError
from exercises.knobs import choice, from_command_line, knob, switch
from exercises.micrograd.model import MLP, Activation, Value, cross_entropy_loss, hinge_loss, l2_penalty
from exercises.micrograd.shapes import SHAPES, Point

if TYPE_CHECKING:
    from exercises.runs.writer import RunWriter

GRID = 24  # places along each side of a picture of the decision boundary


@dataclass(frozen=True)
class Knobs:
    """What can be turned. The defaults are the lecture's demo and take a few seconds."""

    # the data
    shape: str = choice("moons", tuple(SHAPES), "how the two kinds of points lie", "decision-boundary")
    points: int = knob(100, 10, 5000, "points to learn from; as many again to judge by", "overfitting")
    noise: float = knob(0.1, 0.0, 2.0, "how far points stray from their curve", "overfitting")
    # the network
    layers: int = knob(
        2, 0, 12, "hidden layers; with 0 the boundary is a straight line", "multilayer-perceptron"
    )
    width: int = knob(16, 1, 128, "neurons in a hidden layer", "neuron")
    activation: str = choice(
        "relu", ("relu", "tanh", "linear"), "how a neuron bends its sum", "activation-function"
    )
    # the training
    loss: str = choice("hinge", ("hinge", "cross-entropy"), "what counts as wrong", "loss-function")
    steps: int = knob(100, 1, 100_000, "updates of the weights", "gradient-descent")
    lr: float = knob(1.0, 1e-5, 1000.0, "learning rate: how far an update goes", "learning-rate")
    decay: bool = switch(True, "let the rate fall to a tenth over the run", "learning-rate-schedule")
    batch_size: int = knob(0, 0, 5000, "points looked at in one step; 0: all", "mini-batch")
    l2: float = knob(1e-4, 0.0, 1.0, "how much large weights cost", "weight-regularization")
    zero_grad: bool = switch(True, "forget the old gradients before each step", "zero-grad")
    seed: int = knob(1337, 0, 2**31 - 1, "start of all random numbers", "weight-initialization")
    # what is looked at
    eval_every: int = knob(
        5, 1, 100_000, "steps between two looks at points never seen", "train-validation-split"
    )
    frame_every: int = knob(10, 1, 100_000, "steps between two pictures of the boundary", "decision-boundary")


@dataclass
class Trainer:
    """A network in training, its points, and the pictures taken so far."""

    knobs: Knobs
    model: MLP = field(init=False)
    frames: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        knobs = self.knobs
        make = SHAPES[knobs.shape]
        self.points, self.labels = make(knobs.points, knobs.noise, knobs.seed)
        self.val_points, self.val_labels = make(knobs.points, knobs.noise, knobs.seed + 1)
        outputs = 1 if knobs.loss == "hinge" else 2
        sizes = [2, *[knobs.width] * knobs.layers, outputs]
        activation = cast("Activation", knobs.activation)
        self.model = MLP(sizes, activation, random.Random(knobs.seed))

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds. Gradients too: without zeroing they carry over."""
        parameters = self.model.parameters()
        return {
            "weights": [p.data for p in parameters],
            "gradients": [p.grad for p in parameters],
            "frames": self.frames,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint of this very run."""
        rows = zip(self.model.parameters(), state["weights"], state["gradients"], strict=True)
        for parameter, data, grad in rows:
            parameter.data, parameter.grad = data, grad
        self.frames = state["frames"]


def total_loss(rows: Sequence[Sequence[Value]], labels: Sequence[int], knobs: Knobs) -> Value:
    """How wrong the outputs are: hinge on one score per point, cross-entropy on one score per kind."""
    if knobs.loss == "hinge":
        return hinge_loss([row[0] for row in rows], labels)
    return cross_entropy_loss(rows, [1 if label > 0 else 0 for label in labels])


def accuracy(rows: Sequence[Sequence[Value]], labels: Sequence[int]) -> float:
    """The share of points on the right side of the boundary, 0 to 1."""
    right = [(verdict(row) > 0) == (label > 0) for row, label in zip(rows, labels, strict=True)]
    return sum(right) / len(right)


def verdict(row: Sequence[Value]) -> float:
    """Above zero for the kind labelled 1, below for -1; zero is the decision boundary."""
    return row[0].data if len(row) == 1 else row[1].data - row[0].data


def learning_rate(step: int, knobs: Knobs) -> float:
    """The rate at a step: it falls on a line to a tenth, or stays."""
    return knobs.lr * (1.0 - 0.9 * step / knobs.steps) if knobs.decay else knobs.lr


def get_batch(trainer: Trainer, step: int) -> tuple[list[Point], list[int]]:
    """All points, or as many as a batch takes, drawn anew for each step."""
    size = trainer.knobs.batch_size
    if not 0 < size < len(trainer.points):
        return trainer.points, trainer.labels
    rng = random.Random(
        trainer.knobs.seed * 1_000_003 + step
    )  # of the step alone: a resumed run draws the same
    chosen = rng.sample(range(len(trainer.points)), size)
    return [trainer.points[i] for i in chosen], [trainer.labels[i] for i in chosen]


def train_step(trainer: Trainer, step: int) -> dict[str, float]:
    """One update: forward, loss, zero, backward, and a small move of every weight against its gradient."""
    knobs, model = trainer.knobs, trainer.model
    points, labels = get_batch(trainer, step)
    rows = [model(point) for point in points]
    loss = total_loss(rows, labels, knobs) + l2_penalty(model.parameters(), knobs.l2)
    if knobs.zero_grad:
        model.zero_grad()
    loss.backward()
    rate = learning_rate(step, knobs)
    squares = 0.0
    for parameter in model.parameters():
        parameter.data -= rate * parameter.grad
        squares += parameter.grad * parameter.grad
    return {
        "train_loss": loss.data,
        "accuracy": accuracy(rows, labels),
        "lr": rate,
        "grad_norm": math.sqrt(squares),
    }


def evaluate(trainer: Trainer) -> dict[str, float]:
    """Loss and accuracy on points never learned from, and the share of hidden neurons that are stuck.

    A neuron is stuck when it answers every point alike: a ReLU always at 0, a tanh always at one end.
    """
    model = trainer.model
    hidden: list[list[list[Value]]] = [[] for _ in model.layers]
    for point in trainer.val_points:
        outputs: list[Value] | Point = point
        for values, layer in zip(hidden, model.layers, strict=True):
            outputs = layer(outputs)
            values.append(outputs)
    rows = hidden.pop()
    units = [column for values in hidden for column in zip(*values, strict=True)]
    stuck = sum(all(v.data == 0 for v in unit) or all(abs(v.data) > 0.999 for v in unit) for unit in units)
    bent = units and trainer.knobs.activation != "linear"
    measured = {
        "val_loss": total_loss(rows, trainer.val_labels, trainer.knobs).data,
        "val_accuracy": accuracy(rows, trainer.val_labels),
    }
    return {**measured, "dead_units": stuck / len(units)} if bent else measured


def decision_boundary(model: MLP, points: Sequence[Point], places: int = GRID) -> dict[str, Any]:
    """The verdict at each place of a grid around the points: `x` and `y` in the plane, `scores[row][column]`.

    Rows follow y upwards. Where the score changes its sign runs the boundary.
    """
    xs, ys = (_spread([point[axis] for point in points], places) for axis in (0, 1))
    scores = [[round(verdict(model((x, y))), 3) for x in xs] for y in ys]
    return {"x": xs, "y": ys, "scores": scores}


def _spread(values: list[float], places: int) -> list[float]:
    """Places at equal distances, from a little below the least value to a little above the greatest."""
    low, high = min(values) - 0.5, max(values) + 0.5
    return [round(low + (high - low) * i / (places - 1), 3) for i in range(places)]


def take_frame(trainer: Trainer, run: RunWriter, step: int) -> None:
    """Add a picture of the boundary to the run's artifact `boundary`."""
    picture = decision_boundary(trainer.model, trainer.points)
    trainer.frames.append({"step": step, "scores": picture["scores"]})
    placed = {name: picture[name] for name in ("x", "y")}
    run.artifact(
        "boundary", {**placed, "points": trainer.points, "labels": trainer.labels, "frames": trainer.frames}
    )


def train(knobs: Knobs, run: RunWriter, device: str) -> None:
    """The run: see `RunWriter` for how it can be stopped, paused, killed and resumed."""
    trainer = Trainer(knobs)
    first, state = run.restore()
    if state:
        trainer.restore(state)
    run.log(f"{len(trainer.model.parameters()):,} parameters, {knobs.points} points: {knobs.shape}")
    every = max(1, knobs.steps // 250)  # often enough for a curve that moves
    clock, counted = time.perf_counter(), first
    for step in range(first, knobs.steps):
        if not run.proceed(step, trainer.state):
            return
        looked = evaluate(trainer) if step % knobs.eval_every == 0 else {}
        if step % knobs.frame_every == 0:
            take_frame(trainer, run, step)
        row = train_step(trainer, step)
        if not math.isfinite(row["train_loss"]):
            run.metric(step, **row)
            raise ExerciseError(f"The loss was no number any more at step {step}. Lower lr.")
        if step % every == 0 or looked:
            speed = (step + 1 - counted) / max(1e-9, time.perf_counter() - clock)
            clock, counted = time.perf_counter(), step + 1
            run.metric(step, **row, **looked, steps_per_second=speed)
    finish(trainer, run)


def finish(trainer: Trainer, run: RunWriter) -> None:
    """The last look, the last picture, and one neuron's computation as a drawing."""
    from exercises.micrograd.graph import draw_graph

    steps, model = trainer.knobs.steps, trainer.model
    take_frame(trainer, run, steps)
    rows = [model(point) for point in trainer.points]
    run.metric(steps, accuracy=accuracy(rows, trainer.labels), **evaluate(trainer))
    model.zero_grad()
    answer = model.layers[0].neurons[0](trainer.points[0])
    answer.backward()
    run.artifact("graph", {"title": "The first neuron on the first point", "svg": draw_graph(answer)})
    run.checkpoint(steps, trainer.state())


def main() -> None:
    """Train here and now, for reading along: knobs as flags, lines on the screen."""
    from exercises.console import run_here

    run_here(EXERCISE, from_command_line(Knobs, __doc__ or ""))


def _work(knobs: Knobs) -> float:
    """Operations of a whole run: three for each weight and point, each some 100 of a core's in Python."""
    weights = 3 * knobs.width + max(0, knobs.layers - 1) * knobs.width**2
    points = min(knobs.points, knobs.batch_size or knobs.points)
    return 300.0 * weights * points * knobs.steps


EXERCISE = Exercise(
    id="micrograd",
    title="A network that learns to tell points apart",
    week=1,
    concept="autograd",
    summary="Numbers that remember how they were made, and a network of them that tells points apart.",
    module="exercises.micrograd.train",
    knobs=Knobs,
    presets={
        "default": {},
        "circles": {"shape": "circles", "lr": 0.5},
        "spiral": {
            "shape": "spiral",
            "noise": 0.03,
            "activation": "tanh",
            "steps": 500,
            "lr": 0.5,
            "frame_every": 50,
        },
    },
    primary_metric="accuracy",
    devices=("cpu",),
    work=_work,
)

if __name__ == "__main__":
    main()
