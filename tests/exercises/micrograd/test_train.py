"""Shapes, drawings, and the loop as a real run."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from exercises.micrograd.graph import GraphError, draw_graph
from exercises.micrograd.model import MLP, Value, add_up
from exercises.micrograd.shapes import SHAPES, circles
from exercises.micrograd.train import Knobs, Trainer, decision_boundary, train_step
from exercises.runs import launch
from exercises.runs.store import artifact, log, metrics
from tests.exercises.conftest import until

CLOCK = ("time", "memory_mb", "steps_per_second")


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_repeat_with_their_seed_and_hold_both_kinds(shape: str) -> None:
    points, labels = SHAPES[shape](101, 0.1, 7)
    assert (points, labels) == SHAPES[shape](101, 0.1, 7)
    assert points != SHAPES[shape](101, 0.1, 8)[0]
    assert len(points) == 101 and labels.count(1) == 51 and labels.count(-1) == 50


def test_circles_are_told_apart_by_their_distance() -> None:
    points, labels = circles(200, 0.0, 1)
    assert all((math.hypot(*point) > 0.8) == (label > 0) for point, label in zip(points, labels, strict=True))


@pytest.mark.parametrize("knobs", [Knobs(), Knobs(shape="circles", loss="cross-entropy", lr=0.5)])
def test_training_ends_with_every_point_on_its_side(knobs: Knobs) -> None:
    trainer = Trainer(knobs)
    rows = [train_step(trainer, step) for step in range(knobs.steps)]
    assert rows[0]["train_loss"] > 0.5 > 0.1 > rows[-1]["train_loss"]
    assert rows[-1]["accuracy"] == 1.0


def test_without_hidden_layers_the_boundary_is_a_straight_line() -> None:
    trainer = Trainer(Knobs(layers=0))
    for step in range(50):
        train_step(trainer, step)
    picture = decision_boundary(trainer.model, trainer.points)
    rows = picture["scores"]
    for row in rows:  # a plane: equal differences along a row
        steps = [after - before for before, after in itertools.pairwise(row)]
        assert max(steps) - min(steps) < 0.005


def test_forgetting_to_zero_the_gradients_changes_the_second_step_not_the_first() -> None:
    good, bad = Trainer(Knobs()), Trainer(Knobs(zero_grad=False))
    assert train_step(good, 0) == train_step(bad, 0)
    assert train_step(good, 1)["grad_norm"] != train_step(bad, 1)["grad_norm"]


def test_the_drawing_is_well_formed_and_complete() -> None:
    a, b = Value(2.0, label='<a & "b">'), Value(-3.0)
    result = (a * b + a).tanh()
    svg = ElementTree.fromstring(draw_graph(result))
    boxes = [node for node in svg.iter() if node.tag.endswith("rect")]
    lines = [node for node in svg.iter() if node.tag.endswith("path")]
    assert (len(boxes), len(lines)) == (5, 5)
    dot = draw_graph(result, "dot")
    assert dot.startswith("digraph") and dot.count("->") == 5 and '\\"b\\"' in dot


def test_boxes_of_a_drawing_do_not_overlap() -> None:
    net = MLP([2, 4, 1], "relu", random.Random(0))
    svg = ElementTree.fromstring(draw_graph(net([Value(1.0), Value(2.0)])[0]))
    places = [(float(n.get("x", 0)), float(n.get("y", 0))) for n in svg.iter() if n.tag.endswith("rect")]
    assert len(places) == len(set(places))
    for i, (x, y) in enumerate(places):
        assert not any(abs(x - u) < 148 and abs(y - v) < 44 for u, v in places[:i])


def test_a_drawing_too_large_to_read_is_refused() -> None:
    with pytest.raises(GraphError, match="single neuron"):
        draw_graph(add_up([Value(1.0) for _ in range(500)]))


def rows_of(run: Any) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k not in CLOCK} for row in metrics(run.folder)]


@pytest.mark.parametrize("extra", [{}, {"zero_grad": False, "lr": 0.01, "batch_size": 20}])
def test_paused_and_resumed_equals_unbroken(home: Path, extra: dict[str, Any]) -> None:
    knobs = {"points": 30, "width": 8, "steps": 300, "eval_every": 20, "frame_every": 50, **extra}
    whole = until(launch.start(home, "micrograd", knobs), lambda run: not run.active)
    assert whole.state == "finished", log(whole.folder)
    broken = until(launch.start(home, "micrograd", knobs), lambda run: run.step >= 20)
    launch.request_pause(broken)
    paused = until(broken, lambda run: not run.active)
    assert paused.state == "paused" and paused.step < 300
    ended = until(launch.resume(paused), lambda run: not run.active)
    assert ended.state == "finished", log(ended.folder)
    assert rows_of(ended) == rows_of(whole)
    assert artifact(ended.folder, "boundary") == artifact(whole.folder, "boundary")
    frames = artifact(whole.folder, "boundary")["frames"]
    assert [frame["step"] for frame in frames] == [0, 50, 100, 150, 200, 250, 300]
    assert artifact(whole.folder, "graph")["svg"].startswith("<svg")


def test_a_run_that_blows_up_says_where(home: Path) -> None:
    knobs = {"lr": 1000.0, "points": 20, "layers": 4, "steps": 50, "decay": False}
    run = until(launch.start(home, "micrograd", knobs), lambda run: not run.active)
    assert run.state == "failed" and "Lower lr" in run.error


def test_every_preset_is_valid() -> None:
    from exercises import knobs
    from exercises.micrograd.train import EXERCISE

    for preset in EXERCISE.presets.values():
        assert dataclasses.is_dataclass(knobs.parse(Knobs, preset))
