"""What the nanoGPT benchmarks share: the original's model, its weights put into ours, this machine's peak."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from exercises.nanogpt.model import GPT, Shape


def load(folder: Path) -> ModuleType:
    """nanoGPT's model.py from a clone, as it is."""
    spec = importlib.util.spec_from_file_location("upstream_model", folder / "model.py")
    if spec is None or spec.loader is None or not (folder / "model.py").exists():
        raise SystemExit(f"{folder} is no clone of nanoGPT: model.py is missing there.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def twins(upstream: ModuleType, shape: Shape) -> tuple[Any, GPT]:
    """The original's model and ours, of one shape and with the same weights."""
    config = upstream.GPTConfig(
        block_size=shape.block_size,
        vocab_size=shape.vocab_size,
        n_layer=shape.n_layer,
        n_head=shape.n_head,
        n_embd=shape.n_embd,
        dropout=0.0,
        bias=False,
    )
    theirs, ours = upstream.GPT(config), GPT(shape)
    names = {
        "transformer.wte": "token_embedding",
        "transformer.wpe": "position_embedding",
        "transformer.h.": "blocks.",
        "transformer.ln_f": "norm",
        "lm_head": "head",
        "ln_1": "norm_1",
        "ln_2": "norm_2",
        "attn.c_attn": "attention.query_key_value",
        "attn.c_proj": "attention.project",
        "mlp.c_fc": "feed_forward.widen",
        "mlp.c_proj": "feed_forward.project",
    }
    state = {}
    for name, weight in theirs.state_dict().items():
        for old, new in names.items():
            name = name.replace(old, new)
        state[name] = weight.clone()
    ours.load_state_dict(state)
    return theirs, ours


class UpstreamBatches:
    """nanoGPT's get_batch: the file is opened anew for every batch, so that memory is given back."""

    def __init__(self, data: Tensor, folder: Path, block_size: int, batch_size: int) -> None:
        self.path = folder / "train.bin"
        data.numpy().astype(np.uint16).tofile(self.path)
        self.block_size, self.batch_size = block_size, batch_size

    def __call__(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Inputs and targets, (B, T) each."""
        data = np.memmap(self.path, dtype=np.uint16, mode="r")
        ix = torch.randint(len(data) - self.block_size, (self.batch_size,), generator=generator)
        x = torch.stack([torch.from_numpy((data[i : i + self.block_size]).astype(np.int64)) for i in ix])
        y = torch.stack(
            [torch.from_numpy((data[i + 1 : i + 1 + self.block_size]).astype(np.int64)) for i in ix]
        )
        return x, y


class UpstreamStep:
    """One iteration of nanoGPT's train.py on a CPU, line by line what it does there."""

    def __init__(self, model: Any, batches: UpstreamBatches) -> None:
        self.model, self.batches = model, batches
        self.optimizer = model.configure_optimizers(1e-1, 1e-3, (0.9, 0.99), "cpu")
        self.generator = torch.Generator().manual_seed(1337)

    def __call__(self, rate: float) -> float:
        """The loss of the step."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        x, y = self.batches(self.generator)
        _, loss = self.model(x, y)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return float(loss.item())


def peak_flops(threads: int, size: int = 1024, seconds: float = 1.0) -> float:
    """The most float32 operations a second that a matrix product reaches here."""
    torch.set_num_threads(threads)
    a, b = torch.randn(size, size), torch.randn(size, size)
    best, until = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        a @ b
        best = max(best, 2 * size**3 / (time.perf_counter() - began))
    return best
