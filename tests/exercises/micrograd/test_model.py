"""Gradients against torch, and against nudging."""

from __future__ import annotations

import gc
import math
import random
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.micrograd.model import (
    MLP,
    Neuron,
    Value,
    add_up,
    cross_entropy_loss,
    hinge_loss,
    l2_penalty,
    topological_order,
    weighted_sum,
)

FORMULAS: dict[str, Callable[[Any, Any], Any]] = {
    "lecture": lambda a, b: (a * b + b**3).tanh() - a,
    "division": lambda a, b: a / b + 1.0 / a - 3.0 / (b * b),
    "plain numbers": lambda a, b: 2.0 * a - (5.0 - b) * 3.0 + a + 1.0,
    "exp and log": lambda a, b: (a.exp() + b.exp()).log() * a,
    "relu": lambda a, b: (a * b).relu() + (-a * b).relu() * 2.0,
    "used often": lambda a, b: a * a * a + a + a * b + b * b,
    "power": lambda a, b: a**2 * b**-1.0 + a**0.5,
}


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize(("x", "y"), [(1.5, 0.7), (0.3, -2.0), (4.0, 1.0)])
def test_gradients_match_torch(name: str, x: float, y: float) -> None:
    a, b = Value(x), Value(y)
    ours = FORMULAS[name](a, b)
    ours.backward()
    ta, tb = (torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (x, y))
    theirs = FORMULAS[name](ta, tb)
    theirs.backward()
    assert ours.data == pytest.approx(theirs.item(), rel=1e-12)
    assert a.grad == pytest.approx(ta.grad.item(), rel=1e-12, abs=1e-12)
    assert b.grad == pytest.approx(tb.grad.item(), rel=1e-12, abs=1e-12)


numbers = st.floats(-3, 3).filter(lambda n: abs(n) > 1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=2, max_size=5), st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_gradients_of_random_computations_match_torch(leaves: list[float], program: list[int]) -> None:
    ours: list[Any] = [Value(n) for n in leaves]
    theirs: list[Any] = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in leaves]
    for pool in (ours, theirs):
        for i, code in enumerate(program):
            left, right = pool[-1], pool[(i * 7 + code) % len(pool)]
            pool.append(
                [left + right, left * right, left.tanh(), (left - right).relu(), left * 0.5 + right][code]
            )
    ours[-1].backward()
    theirs[-1].backward()
    assert ours[-1].data == pytest.approx(theirs[-1].item(), rel=1e-9, abs=1e-9)
    for mine, other in zip(ours[: len(leaves)], theirs[: len(leaves)], strict=True):
        expected = 0.0 if other.grad is None else other.grad.item()
        assert mine.grad == pytest.approx(expected, rel=1e-9, abs=1e-9)


def torch_mlp(net: MLP, activation: str) -> tuple[Callable[[torch.Tensor], torch.Tensor], list[torch.Tensor]]:
    layers = []
    for layer in net.layers:
        w = torch.tensor([[v.data for v in n.weights] for n in layer.neurons], dtype=torch.float64)
        b = torch.tensor([n.bias.data for n in layer.neurons], dtype=torch.float64)
        layers.append((w.requires_grad_(), b.requires_grad_()))

    def forward(x: torch.Tensor) -> torch.Tensor:
        for i, (w, b) in enumerate(layers):
            x = x @ w.T + b
            if i < len(layers) - 1:
                x = x.relu() if activation == "relu" else x.tanh()
        return x

    return forward, [tensor for pair in layers for tensor in pair]


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("loss", ["hinge", "cross-entropy"])
def test_a_network_and_its_losses_match_torch(activation: Any, loss: str) -> None:
    rng = random.Random(5)
    net = MLP([2, 6, 5, 1 if loss == "hinge" else 2], activation, rng)
    points = [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(12)]
    labels = [rng.choice((-1, 1)) for _ in points]
    forward, weights = torch_mlp(net, activation)
    rows, scores = [net(p) for p in points], forward(torch.tensor(points, dtype=torch.float64))
    target = torch.tensor(labels)
    if loss == "hinge":
        ours = hinge_loss([row[0] for row in rows], labels)
        theirs = (1 - target * scores[:, 0]).relu().mean()
    else:
        ours = cross_entropy_loss(rows, [(label + 1) // 2 for label in labels])
        theirs = torch.nn.functional.cross_entropy(scores, (target + 1) // 2)
    ours = ours + l2_penalty(net.parameters(), 0.01)
    theirs = theirs + 0.01 * sum((w * w).sum() for w in weights)
    ours.backward()
    theirs.backward()
    assert ours.data == pytest.approx(theirs.item(), rel=1e-12)
    for layer, w, b in zip(net.layers, weights[::2], weights[1::2], strict=True):
        assert w.grad is not None and b.grad is not None
        for neuron, rates, rate in zip(layer.neurons, w.grad.tolist(), b.grad.tolist(), strict=True):
            assert [v.grad for v in neuron.weights] == pytest.approx(rates, rel=1e-9, abs=1e-12)
            assert neuron.bias.grad == pytest.approx(rate, rel=1e-9, abs=1e-12)


def test_cross_entropy_survives_huge_scores() -> None:
    loss = cross_entropy_loss([[Value(5000.0), Value(-5000.0)]], [1])
    loss.backward()
    assert loss.data == pytest.approx(10000.0)


def test_a_weighted_sum_is_the_same_spelled_out() -> None:
    def leaves() -> tuple[list[Value], list[Value], Value]:
        return [Value(0.5), Value(-1.5)], [Value(2.0), Value(3.0)], Value(0.25)

    weights, inputs, bias = leaves()
    fused = weighted_sum(weights, inputs, bias)
    fused.backward()
    weights_, inputs_, bias_ = leaves()
    spelled = bias_ + weights_[0] * inputs_[0] + weights_[1] * inputs_[1]
    spelled.backward()
    assert fused.data == spelled.data
    assert [v.grad for v in (*weights, *inputs, bias)] == [v.grad for v in (*weights_, *inputs_, bias_)]


def test_gradients_agree_with_nudging() -> None:
    rng = random.Random(2)
    neuron = Neuron(3, "tanh", rng)
    point = [0.5, -1.0, 2.0]
    neuron(point).backward()
    for weight in neuron.parameters():
        before, h = weight.data, 1e-6
        weight.data = before + h
        above = neuron(point).data
        weight.data = before - h
        below = neuron(point).data
        weight.data = before
        assert weight.grad == pytest.approx((above - below) / (2 * h), rel=1e-6)


def test_gradients_add_up_until_they_are_zeroed() -> None:
    net = MLP([2, 3, 1], "tanh", random.Random(0))
    net([1.0, 2.0])[0].backward()
    once = [p.grad for p in net.parameters()]
    net([1.0, 2.0])[0].backward()
    assert [p.grad for p in net.parameters()] == pytest.approx([2 * g for g in once])
    net.zero_grad()
    assert not any(p.grad for p in net.parameters())


def test_inputs_come_before_results() -> None:
    a = Value(2.0)
    b = a * 3.0
    c = b + a
    d = c * b
    order = topological_order(d)
    assert order == [b, c, d]


def test_a_chain_of_100_000_operations_is_no_problem() -> None:
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0
    del y  # freeing it must not recurse either


def test_a_graph_is_freed_without_the_garbage_collector() -> None:
    class Watched(Value):
        __slots__ = ("__weakref__",)

    gc.disable()
    try:
        middle = Watched(2.0, (Value(1.0),), (1.0,))
        watch = weakref.ref(middle)
        loss = (middle * 3.0).tanh()
        loss.backward()
        del middle, loss
        assert watch() is None
    finally:
        gc.enable()


def test_what_is_no_number_stays_visible() -> None:
    assert math.isnan(Value(math.nan).relu().data)


def test_a_sum_of_nothing_is_zero() -> None:
    assert add_up([]).data == 0
