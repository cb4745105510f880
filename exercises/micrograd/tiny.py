"""Tiny inputs on which each part of the network can be watched at work."""

from __future__ import annotations

import random
from collections.abc import Callable

from exercises.micrograd import graph, model, train
from exercises.micrograd.model import Value


def inputs() -> dict[str, Callable[[], object]]:
    """Symbol -> a call that runs it once: two or three numbers, a network of three neurons."""
    rng = random.Random(0)
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    net = model.MLP([2, 2, 1], "tanh", rng)
    knobs = train.Knobs(points=10, layers=1, width=2)
    return {
        "Value.__add__": lambda: a + b,
        "Value.__mul__": lambda: a * b,
        "Value.__pow__": lambda: a**2,
        "Value.exp": lambda: a.exp(),
        "Value.log": lambda: a.log(),
        "Value.tanh": lambda: a.tanh(),
        "Value.relu": lambda: b.relu(),
        "Value.backward": lambda: (a * b + 10.0).tanh().backward(),
        "topological_order": lambda: model.topological_order(a * b + a),
        "weighted_sum": lambda: model.weighted_sum([a, b], [0.5, 1.5], Value(1.0)),
        "Neuron": lambda: model.Neuron(2, "relu", rng)([1.0, -2.0]),
        "Layer": lambda: model.Layer(2, 3, "relu", rng)([1.0, -2.0]),
        "MLP": lambda: net([1.0, -2.0]),
        "MLP.zero_grad": lambda: net.zero_grad(),
        "hinge_loss": lambda: model.hinge_loss([Value(2.5), Value(0.4)], [1, 1]),
        "cross_entropy_loss": lambda: model.cross_entropy_loss([[Value(1.0), Value(3.0)]], [1]),
        "l2_penalty": lambda: model.l2_penalty([a, b], 0.01),
        "draw_graph": lambda: graph.draw_graph(a * b, "dot"),
        "train_step": lambda: train.train_step(train.Trainer(knobs), 0),
        "accuracy": lambda: train.accuracy([net([0.0, 1.0]), net([1.0, 0.0])], [1, -1]),
        "decision_boundary": lambda: train.decision_boundary(net, [(0.0, 0.0), (1.0, 1.0)], 3),
    }
