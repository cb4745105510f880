"""all-MiniLM-L6-v2 in numpy: a question becomes a vector without torch, which takes seconds and 500 MB to load.

The network is a BERT encoder of six layers: embeddings, then in each layer attention and two linear layers, a sum
and a norm after either; the vector is the mean over the tokens, of unit length. The numbers are those of torch but
for rounding (a test compares them).
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from knowledge.search.lexical import Floats

_EPSILON = 1e-12
_HEADS = 12


class MiniLM:
    """The network and its tokenizer, from the folder of the model; safe to use from many threads."""

    def __init__(self, folder: Path) -> None:
        from safetensors import safe_open
        from threadpoolctl import ThreadpoolController
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        with safe_open(folder / "model.safetensors", "np") as weights:
            names = [name for name in weights.keys() if not name.endswith("position_ids")]  # noqa: SIM118
            self._weights: dict[str, Floats] = {name: weights.get_tensor(name) for name in names}
        self._layers = len({name.split(".")[2] for name in names if name.startswith("encoder.")})
        self._threads = ThreadpoolController()
        self._lock = threading.Lock()

    def lengths(self, texts: list[str]) -> list[int]:
        """Tokens of each text, the two that mark its ends counted."""
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(texts)]

    def encode(self, texts: list[str]) -> Floats:
        """Shape (texts, 384), rows of unit length."""
        # one thread: beside other work two wait for each other in a loop, and take ten times as long
        with self._lock, self._threads.limit(limits=1, user_api="blas"):
            return np.stack([self._read(self._tokenizer.encode(text).ids) for text in texts])

    def _read(self, ids: list[int]) -> Floats:
        """The vector of one text of T tokens, shape (384,)."""
        table = self._weights
        x = table["embeddings.word_embeddings.weight"][ids]  # (T, 384)
        x = x + table["embeddings.position_embeddings.weight"][: len(ids)]
        x = x + table["embeddings.token_type_embeddings.weight"][0]
        x = self._norm("embeddings", x)
        for number in range(self._layers):
            layer = f"encoder.layer.{number}"
            x = self._norm(f"{layer}.attention.output", x + self._attend(layer, x))
            wide = gelu(self._linear(f"{layer}.intermediate.dense", x))  # (T, 1536)
            x = self._norm(f"{layer}.output", x + self._linear(f"{layer}.output.dense", wide))
        mean = x.mean(axis=0)
        result: Floats = mean / np.linalg.norm(mean)
        return result

    def _attend(self, layer: str, x: Floats) -> Floats:
        length, width = x.shape

        def heads(name: str) -> Floats:
            made = self._linear(f"{layer}.attention.self.{name}", x)
            return made.reshape(length, _HEADS, width // _HEADS).swapaxes(0, 1)  # (heads, T, 32)

        scores = heads("query") @ heads("key").swapaxes(1, 2) / np.float32((width // _HEADS) ** 0.5)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ heads("value")).swapaxes(0, 1).reshape(length, width)
        return self._linear(f"{layer}.attention.output.dense", mixed)

    def _linear(self, name: str, x: Floats) -> Floats:
        # not x @ weight.T: with the large matrix first a short question takes two thirds of the time
        result: Floats = (self._weights[f"{name}.weight"] @ x.T).T + self._weights[f"{name}.bias"]
        return result

    def _norm(self, name: str, x: Floats) -> Floats:
        centered = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centered * centered).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        scale, shift = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        result: Floats = centered / spread * scale + shift
        return result


def gelu(x: Floats) -> Floats:
    """x times the share of a normal distribution that lies below x."""
    result: Floats = x * np.float32(0.5) * (1 + _erf(x * np.float32(0.5**0.5)))
    return result


_SERIES = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)


def _erf(x: Floats) -> Floats:
    """The error function to 1.5e-7, which numpy lacks: Abramowitz and Stegun, Mathematical Functions, 7.1.26."""
    t: Floats = np.reciprocal(1 + np.float32(0.3275911) * np.abs(x)).astype(np.float32)
    total: Floats = np.zeros_like(x)
    for factor in reversed(_SERIES):
        total += np.float32(factor)
        total *= t
    result: Floats = np.sign(x) * (1 - total * np.exp(-x * x))
    return result
