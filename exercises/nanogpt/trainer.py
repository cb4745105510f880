"""Everything that one training holds together: text, model, optimizer, random numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from exercises.errors import DataError, ExerciseError
from exercises.nanogpt.compiled import CompiledStep
from exercises.nanogpt.model import GPT, Shape
from exercises.nanogpt.modern import ModernGPT, Muon
from exercises.nanogpt.sampling import SamplingParams
from exercises.runs import checkpoints
from exercises.runs.store import find_run, runs_folder
from exercises.text.datasets import load_text

if TYPE_CHECKING:
    from exercises.nanogpt.train import Knobs


class Trainer:
    """A model in training. `data` and `val_data` are the text as token ids, (length,) each."""

    def __init__(self, knobs: Knobs, home: Path, device: str, log: Callable[[str], None]) -> None:
        torch.manual_seed(knobs.seed)
        self.knobs, self.device = knobs, device
        before = _checkpoint(home, knobs.start_from, device) if knobs.start_from else None
        text = self._read(home, log)
        self.characters = _vocabulary(text, before["characters"] if before else "")
        self.data, self.val_data = self._split(text)
        self.words = set(text.split())
        self.model = self._build()
        if before:
            adopt(self.model, before["model"])
            log(f"fine-tuning the weights of {knobs.start_from}")
        self.model.to(device)
        on_gpu = device != "cpu"  # a processor's step is compiled as a whole: see `compiled`
        self.forward: Callable[..., Any] = (
            torch.compile(self.model) if knobs.compile and on_gpu else self.model
        )
        self.generator = torch.Generator().manual_seed(knobs.seed)
        self.optimizers = self._optimizers()
        self.rates = [[group["lr"] for group in one.param_groups] for one in self.optimizers]
        self.whole_step = CompiledStep(self) if knobs.compile and not on_gpu else None
        log(f"{self.model.parameter_count():,} parameters, {len(self.characters)} characters, on {device}")

    # ---- the text

    def _read(self, home: Path, log: Callable[[str], None]) -> str:
        loaded = load_text(self.knobs.text, home)
        text = loaded.text[: self.knobs.characters or None]
        log(f"{loaded.name}: {len(text):,} characters from {loaded.source} {loaded.note}".rstrip())
        least = 10 * (self.knobs.block_size + 2)  # a tenth is kept for validation and must hold a window
        if len(text) < least:
            raise DataError(
                f"{loaded.name} has {len(text):,} characters; a context of {self.knobs.block_size} needs at "
                f"least {least:,}. Give a longer text or a smaller block_size."
            )
        return text

    def _split(self, text: str) -> tuple[Tensor, Tensor]:
        """The first nine tenths to learn from, the rest to judge by."""
        ids = {character: i for i, character in enumerate(self.characters)}
        tokens = torch.tensor([ids[character] for character in text], dtype=torch.int32, device=self.device)
        cut = len(tokens) * 9 // 10
        return tokens[:cut], tokens[cut:]

    def encode(self, text: str) -> Tensor:
        """(1, T) token ids; characters that the model has never seen are left out."""
        ids = [self.characters.index(character) for character in text if character in self.characters]
        return torch.tensor([ids or [0]], device=self.device)

    # ---- the model

    def _build(self) -> GPT:
        knobs = self.knobs
        names = (
            "block_size",
            "n_layer",
            "n_head",
            "n_embd",
            "dropout",
            "norm",
            "residual",
            "position",
            "fused",
        )
        shape = Shape(len(self.characters), **{name: getattr(knobs, name) for name in names})
        return ModernGPT(shape) if knobs.recipe == "modern" else GPT(shape)

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        """AdamW for everything, or Muon for the blocks' matrices and AdamW for the rest.

        Weight decay pulls on matrices only, not on the gains of norms.
        """
        knobs = self.knobs
        weights = list(self.model.parameters())
        optimizers: list[torch.optim.Optimizer] = []
        if isinstance(self.model, ModernGPT):
            half = knobs.precision != "float32" and (self.device == "cuda" or _has_matrix_units())
            dtype = torch.bfloat16 if half else torch.float32
            optimizers = [Muon(self.model.matrices(), knobs.muon_lr, dtype)]
            theirs = {id(weight) for weight in self.model.matrices()}
            weights = [weight for weight in weights if id(weight) not in theirs]
        groups = [
            {"params": [one for one in weights if one.dim() >= 2], "weight_decay": knobs.weight_decay},
            {"params": [one for one in weights if one.dim() < 2], "weight_decay": 0.0},
        ]
        return [*optimizers, torch.optim.AdamW(groups, lr=knobs.lr, betas=(0.9, knobs.beta2), fused=True)]

    def precision(self) -> contextlib.AbstractContextManager[Any]:
        """bfloat16 products where asked for or faster; weights stay float32."""
        wanted = self.knobs.precision
        if wanted == "bfloat16" or (wanted == "auto" and self._bfloat16_is_faster()):
            return torch.autocast(self.device, dtype=torch.bfloat16)
        return contextlib.nullcontext()

    def _bfloat16_is_faster(self) -> bool:
        """On CUDA; on a processor with matrix units and a model wide enough to pay for the conversions."""
        if self.device != "cpu":
            return self.device == "cuda"
        return self.knobs.n_embd >= 256 and _has_matrix_units()

    def set_rate(self, rate: float) -> None:
        """Scale every group's own rate to this step's."""
        for optimizer, bases in zip(self.optimizers, self.rates, strict=True):
            for group, base in zip(optimizer.param_groups, bases, strict=True):
                group["lr"] = base * rate / self.knobs.lr

    def update(self) -> None:
        """Step every optimizer and forget the gradients: they would add up otherwise."""
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    # ---- to and from disk

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "model": self.model.state_dict(),
            "optimizers": [one.state_dict() for one in self.optimizers],
            "generator": self.generator.get_state(),
            "characters": self.characters,
            "shape": asdict(self.model.shape),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint of this very run."""
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.generator.set_state(state["generator"].cpu())
        checkpoints.restore_random_states(state)

    # ---- what it writes

    def sample(self, step: int, tokens: int | None = None) -> str:
        """Text that the model writes now; its random numbers are its own, so training is not disturbed."""
        knobs = self.knobs
        generator = torch.Generator(self.device).manual_seed(knobs.seed + step)
        taste = SamplingParams(knobs.temperature, knobs.top_k, knobs.top_p, generator)
        self.model.eval()
        count = knobs.sample_tokens if tokens is None else tokens
        new = list(self.model.generate(self.encode(knobs.prompt or "\n"), count, taste, knobs.kv_cache))
        self.model.train()
        return knobs.prompt + "".join(self.characters[int(token)] for token in new)


def _has_matrix_units() -> bool:
    """Whether the processor multiplies bfloat16 matrices in hardware, several times faster than float32."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


def _vocabulary(text: str, known: str) -> str:
    """Every character once: those of an earlier model in their old order, then new ones sorted."""
    return known + "".join(sorted(set(text) - set(known)))


def _checkpoint(home: Path, name: str, device: str) -> dict[str, Any]:
    mine = Path(name).parent in (runs_folder(home), runs_folder(home.resolve()))  # as older versions kept it
    run = find_run(home, Path(name).name if mine else name)
    if run.exercise != "nanogpt":
        raise ExerciseError(f"{run.id} is a run of {run.exercise}; fine-tuning needs one of nanogpt.")
    return checkpoints.load(run.folder, device)


def adopt(model: GPT, weights: dict[str, Tensor]) -> None:
    """Take over an earlier model's weights; rows for new characters stay as they are.

    Raises ExerciseError when the shapes do not fit.
    """
    own = model.state_dict()
    for name, weight in weights.items():
        if name not in own or own[name].shape[1:] != weight.shape[1:] or len(own[name]) < len(weight):
            raise ExerciseError(
                f"The checkpoint does not fit: {name} is {tuple(weight.shape)} there. Use the same n_layer, "
                "n_head, n_embd, block_size, norm and recipe as the run that it comes from."
            )
        own[name][: len(weight)] = weight
    model.load_state_dict(own)
