"""Tiny inputs on which each model can be watched at work."""

from __future__ import annotations

from collections.abc import Callable

import torch

from exercises.makemore import data, model, sampling

LETTERS = "abc"


def inputs() -> dict[str, Callable[[], object]]:
    """Symbol -> a call that runs it once: three words of three letters, models of four channels."""
    torch.manual_seed(0)
    x, y = data.build_examples(["ab", "cab", "b"], LETTERS)
    vocabulary = len(LETTERS) + 1
    counts = model.BigramCounts(vocabulary)
    counts.count(x, y)
    return {
        "BigramCounts": lambda: counts(x),
        "BigramCounts.count": lambda: model.BigramCounts(vocabulary).count(x, y),
        "BigramNet": lambda: model.BigramNet(vocabulary)(x),
        "BatchNorm": lambda: model.BatchNorm(4)(torch.randn(6, 4)),
        "MLP": lambda: model.MLP(vocabulary, 3, 2, 4, batch_norm=True)(x),
        "WaveNet": lambda: model.WaveNet(vocabulary, 2, 4)(x),
        "RNN": lambda: model.RNN(vocabulary, 2, 4)(x),
        "RNN.step": lambda: model.RNN(vocabulary, 2, 4).step(torch.randn(1, 2), torch.zeros(1, 4)),
        "GRU.step": lambda: model.GRU(vocabulary, 2, 4).step(torch.randn(1, 2), torch.zeros(1, 4)),
        "LSTM.step": lambda: model.LSTM(vocabulary, 2, 4).step(torch.randn(1, 2), torch.zeros(1, 8)),
        "LSTM": lambda: model.LSTM(vocabulary, 2, 4)(x),
        "Transformer": lambda: model.Transformer(vocabulary, 4, 4, 1, 2)(x),
        "MLP.activations": lambda: model.MLP(vocabulary, 3, 2, 4).activations(x, model.real_places(x)),
        "contexts": lambda: model.contexts(x, 3),
        "build_examples": lambda: data.build_examples(["ab", "cab"], LETTERS),
        "generate": lambda: sampling.generate(counts, 2, 3, 1.0, torch.Generator().manual_seed(0)),
    }
