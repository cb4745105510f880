"""A scalar that remembers how it was computed, and the networks that can be built from it.

Read from top to bottom: first a number that knows what it was computed from (`Value`), then the walk that
sends the gradient back through the computation (`Value.backward`), then neurons, layers and networks, then
the losses.

The idea in one line: every operation stores, besides its result, how fast the result changes with each
input. The chain rule multiplies these local rates along every path from the loss to a weight and adds the
paths up.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Literal

Activation = Literal["relu", "tanh", "linear"]


class Value:
    """One number in a computation: its data, its gradient, and the inputs that it came from.

    `rates[i]` is the derivative of this value with respect to `inputs[i]`, a plain number that is known as
    soon as the operation is done. Because a value points only to its inputs and never to itself, the whole
    graph is freed the moment the loss is; a closure over the result would make a cycle, and work for the
    garbage collector.
    """

    __slots__ = ("data", "grad", "inputs", "label", "operation", "rates")

    def __init__(
        self,
        data: float,
        inputs: tuple[Value, ...] = (),
        rates: tuple[float, ...] = (),
        operation: str = "",
        label: str = "",
    ) -> None:
        self.data = data
        self.grad = 0.0  # d(loss)/d(this), filled in by backward()
        self.inputs = inputs
        self.rates = rates  # d(this)/d(input), one for each input
        self.operation = operation  # what made it, for drawing
        self.label = label  # what we call it, for drawing

    # ---- operations: a result and its local rates ----

    def __add__(self, other: Value | float) -> Value:
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")
        return Value(self.data + other, (self,), (1.0,), f"+ {other:g}")

    def __mul__(self, other: Value | float) -> Value:
        if isinstance(other, Value):
            # nudge a in a*b by h and the product moves by h*b: the rate of each is the value of the other
            return Value(self.data * other.data, (self, other), (other.data, self.data), "*")
        return Value(self.data * other, (self,), (float(other),), f"* {other:g}")

    def __pow__(self, exponent: float) -> Value:
        rate = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, (self,), (rate,), f"** {exponent:g}")

    def exp(self) -> Value:
        """e to the power of this; its own rate."""
        result = math.exp(self.data)
        return Value(result, (self,), (result,), "exp")

    def log(self) -> Value:
        """The natural logarithm; ValueError at zero and below."""
        return Value(math.log(self.data), (self,), (1.0 / self.data,), "log")

    def tanh(self) -> Value:
        """Squashed into -1 … 1; the rate falls to zero at both ends (saturation)."""
        result = math.tanh(self.data)
        return Value(result, (self,), (1.0 - result * result,), "tanh")

    def relu(self) -> Value:
        """Itself above zero, else zero; the gradient passes or is shut off."""
        if self.data <= 0:
            return Value(0.0, (self,), (0.0,), "relu")
        return Value(self.data, (self,), (1.0,), "relu")

    # ---- the rest is made of the above ----

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + (-other)

    def __truediv__(self, other: Value | float) -> Value:
        return self * other**-1.0

    def __radd__(self, other: float) -> Value:
        return self + other

    def __rmul__(self, other: float) -> Value:
        return self * other

    def __rsub__(self, other: float) -> Value:
        return -self + other

    def __rtruediv__(self, other: float) -> Value:
        return self**-1.0 * other

    def __repr__(self) -> str:
        return f"Value(data={self.data:g}, grad={self.grad:g})"

    # ---- the chain rule ----

    def backward(self) -> None:
        """Fill in `grad` of everything that this value was computed from.

        Gradients add up, within one walk (a value used twice has two paths to the loss) and between walks:
        whoever wants fresh ones sets them to zero first.
        """
        self.grad = 1.0  # the loss changes one for one with itself
        for value in reversed(topological_order(self)):
            grad = value.grad
            if grad:  # a shut relu sends nothing back, nor needs to be walked through
                for source, rate in zip(value.inputs, value.rates, strict=True):
                    source.grad += rate * grad


def topological_order(root: Value) -> list[Value]:
    """Every computed value below `root`, inputs before results; what was computed from nothing stays out.

    Backward reads it from the end: a value may pass its gradient on only when everything that used it has
    added its share. The stack is a list, not recursion: a sum of 1,000 terms is deeper than Python's limit.
    """
    order: list[Value] = []
    seen = {root}
    stack = [(root, iter(root.inputs))]
    while stack:
        value, unvisited = stack[-1]
        for source in unvisited:
            if source.inputs and source not in seen:
                seen.add(source)
                stack.append((source, iter(source.inputs)))
                break
        else:  # every input is in the order already
            order.append(value)
            stack.pop()
    return order


def weighted_sum(weights: Sequence[Value], inputs: Sequence[Value | float], bias: Value) -> Value:
    """w·x + b as one operation, added up from the bias on.

    It could be spelled out as `bias + w0*x0 + w1*x1 + …`, with the same result and the same gradients. How
    big a step counts as one operation is ours to choose, as long as its rates are known; one node instead of
    2n is what makes this network fast. An input that is a plain number is a constant: it keeps no gradient.
    """
    numbers = [x.data if isinstance(x, Value) else x for x in inputs]
    total = bias.data
    for weight, number in zip(weights, numbers, strict=True):
        total += weight.data * number
    sources = [x for x in inputs if isinstance(x, Value)]
    source_rates = [w.data for w, x in zip(weights, inputs, strict=True) if isinstance(x, Value)]
    return Value(total, (bias, *weights, *sources), (1.0, *numbers, *source_rates), "w·x + b")


# ---- a network: neurons side by side in a layer, layers one after another ----


class Neuron:
    """Weighs its inputs, adds a bias, and bends the sum (without a bend, any depth of layers is one line)."""

    def __init__(self, inputs: int, activation: Activation, rng: random.Random) -> None:
        self.weights = [Value(rng.uniform(-1, 1), label=f"w{i}") for i in range(inputs)]
        self.bias = Value(0.0, label="b")
        self.activation = activation

    def __call__(self, inputs: Sequence[Value | float]) -> Value:
        total = weighted_sum(self.weights, inputs, self.bias)
        if self.activation == "linear":
            return total
        return total.relu() if self.activation == "relu" else total.tanh()

    def parameters(self) -> list[Value]:
        return [*self.weights, self.bias]


class Layer:
    """Neurons that look at the same inputs, each with its own weights."""

    def __init__(self, inputs: int, outputs: int, activation: Activation, rng: random.Random) -> None:
        self.neurons = [Neuron(inputs, activation, rng) for _ in range(outputs)]

    def __call__(self, inputs: Sequence[Value | float]) -> list[Value]:
        return [neuron(inputs) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    """A multilayer perceptron: sizes [2, 16, 16, 1] is two inputs, two hidden layers of 16, one output."""

    def __init__(self, sizes: Sequence[int], activation: Activation, rng: random.Random) -> None:
        bends: list[Activation] = [activation] * (len(sizes) - 2) + ["linear"]  # scores must reach any number
        self.layers = [
            Layer(inputs, outputs, bend, rng)
            for inputs, outputs, bend in zip(sizes[:-1], sizes[1:], bends, strict=True)
        ]

    def __call__(self, point: Sequence[Value | float]) -> list[Value]:
        scores = self.layers[0](point)
        for layer in self.layers[1:]:
            scores = layer(scores)
        return scores

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def zero_grad(self) -> None:
        """Forget the gradients of the step before; without this they pile up."""
        for parameter in self.parameters():
            parameter.grad = 0.0


# ---- losses: one number that says how wrong the network is, lower is better ----


def hinge_loss(scores: Sequence[Value], labels: Sequence[int]) -> Value:
    """The mean of max(0, 1 - label * score), labels -1 or 1: right by a margin of 1 costs nothing."""
    losses = [(score * -float(label) + 1.0).relu() for score, label in zip(scores, labels, strict=True)]
    return mean(losses)


def cross_entropy_loss(rows: Sequence[Sequence[Value]], classes: Sequence[int]) -> Value:
    """The mean of -log(probability given to the right class), in nats; a row holds one score per class.

    The probability is exp(score) over the sum of all exp(scores). Taking the greatest score from each
    first changes nothing but keeps exp() from overflowing.
    """
    losses = []
    for scores, right in zip(rows, classes, strict=True):
        greatest = max(score.data for score in scores)
        total = add_up([(score - greatest).exp() for score in scores])
        losses.append(total.log() - (scores[right] - greatest))
    return mean(losses)


def l2_penalty(parameters: Sequence[Value], strength: float) -> Value:
    """`strength` times the sum of the squares: large weights cost, so the boundary stays smooth."""
    return Value(
        strength * sum(p.data * p.data for p in parameters),
        tuple(parameters),
        tuple(2.0 * strength * p.data for p in parameters),
        "l2",
    )


def add_up(values: Sequence[Value]) -> Value:
    """The sum as one operation; each term moves it one for one."""
    return Value(sum(v.data for v in values), tuple(values), (1.0,) * len(values), "sum")


def mean(values: Sequence[Value]) -> Value:
    return add_up(values) * (1.0 / len(values))
