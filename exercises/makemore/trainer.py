"""Everything that one training holds together: words, model, optimizer, random numbers."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from exercises.errors import DataError, KnobError
from exercises.makemore import model as models
from exercises.makemore.data import IGNORED, build_examples, split_words
from exercises.makemore.sampling import generate
from exercises.runs import checkpoints
from exercises.text.datasets import load_text

if TYPE_CHECKING:
    from exercises.makemore.train import Knobs

LONGEST = 40  # letters: longer lines are no words
FEWEST = 20  # words
SHOWN = 20  # invented words a sample
JUDGED = 500  # invented words that are compared with the list
SATURATED = 0.97  # beyond this, a tanh hardly lets a gradient through


class Trainer:
    """A model in training. `x`, `y`, `val_x`, `val_y` are (words, longest + 1) ids."""

    def __init__(self, knobs: Knobs, home: Path, device: str, log: Callable[[str], None]) -> None:
        torch.manual_seed(knobs.seed)
        self.knobs, self.device = knobs, device
        self.words = self._read(home, log)
        self.letters_known = "".join(sorted({letter for word in self.words for letter in word}))
        train, held_out = split_words(self.words, knobs.seed)
        self.x, self.y = (part.to(device) for part in build_examples(train, self.letters_known))
        self.val_x, self.val_y = (part.to(device) for part in build_examples(held_out, self.letters_known))
        self.model = self._build().to(device)
        self.counts = self.model if isinstance(self.model, models.BigramCounts) else None
        self.generator = torch.Generator().manual_seed(knobs.seed)
        self.optimizer = torch.optim.AdamW(
            list(self.model.parameters()) or [torch.zeros(1)],
            lr=knobs.lr, betas=(0.9, 0.99), weight_decay=knobs.weight_decay, fused=True,
        )  # fmt: skip
        self.letters = 0  # in the last batch
        count = sum(weight.numel() for weight in self.model.parameters())
        log(
            f"{count:,} parameters, {len(self.words):,} words, {len(self.letters_known)} letters, on {device}"
        )

    def _read(self, home: Path, log: Callable[[str], None]) -> list[str]:
        loaded = load_text(self.knobs.text, home)
        lines = (line.strip() for line in loaded.text.splitlines())
        found = list(dict.fromkeys(line for line in lines if 0 < len(line) <= LONGEST))
        if self.knobs.word_count:
            found = random.Random(self.knobs.seed).sample(found, min(len(found), self.knobs.word_count))
        log(f"{loaded.name}: {len(found):,} words from {loaded.source} {loaded.note}".rstrip())
        if len(found) < FEWEST:
            raise DataError(
                f"{loaded.name} has {len(found)} lines of 1 to {LONGEST} letters; {FEWEST} are needed. "
                "Give a list with one word a line."
            )
        return found

    def _build(self) -> nn.Module:
        knobs, vocabulary = self.knobs, len(self.letters_known) + 1
        if knobs.model == "transformer" and knobs.n_embd % knobs.n_head:
            raise KnobError(
                f"n_head {knobs.n_head} does not divide n_embd {knobs.n_embd}. Change one of them."
            )
        longest = max(self.x.size(1), self.val_x.size(1))
        made: dict[str, Callable[[], nn.Module]] = {
            "counts": lambda: models.BigramCounts(vocabulary, knobs.smoothing),
            "bigram": lambda: models.BigramNet(vocabulary),
            "mlp": lambda: models.MLP(
                vocabulary, knobs.context, knobs.n_embd, knobs.hidden, knobs.batch_norm
            ),
            "wavenet": lambda: models.WaveNet(vocabulary, knobs.n_embd, knobs.hidden),
            "rnn": lambda: models.RNN(vocabulary, knobs.n_embd, knobs.hidden),
            "gru": lambda: models.GRU(vocabulary, knobs.n_embd, knobs.hidden),
            "lstm": lambda: models.LSTM(vocabulary, knobs.n_embd, knobs.hidden),
            "transformer": lambda: models.Transformer(
                vocabulary, longest, knobs.n_embd, knobs.n_layer, knobs.n_head
            ),
        }
        built = made[knobs.model]()
        with torch.no_grad():
            for weight in built.parameters():
                if weight.dim() == 2:
                    weight.mul_(knobs.init_scale)
        return built

    def batch(self) -> tuple[Tensor, Tensor]:
        """Random words, cut to the longest among them."""
        chosen = torch.randint(len(self.x), (self.knobs.batch_size,), generator=self.generator)
        return self._words(chosen)

    def uncounted(self, table: models.BigramCounts) -> tuple[Tensor, Tensor] | None:
        """The next words that the table has not read yet; None when it has read them all."""
        first = round(table.counts[models.EDGE].sum().item())  # every word begins once
        chosen = torch.arange(first, min(first + self.knobs.batch_size, len(self.x)))
        return self._words(chosen) if len(chosen) else None

    def _words(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        x, y = self.x[chosen.to(self.device)], self.y[chosen.to(self.device)]
        real = y != IGNORED
        self.letters = int(real.sum().item())
        longest = int(real.any(dim=0).sum().item())
        return x[:, :longest], y[:, :longest]

    def stuck(self) -> dict[str, float]:
        """Shares of an MLP's neurons that are stuck at one end, and of its answers; empty for other models."""
        if not isinstance(self.model, models.MLP):
            return {}
        self.model.eval()
        with torch.inference_mode():
            real = models.real_places(self.val_x)
            ends = self.model.activations(self.val_x, real).abs() > SATURATED  # (M, hidden)
        self.model.train()
        return {"dead_units": ends.all(dim=0).float().mean().item(), "saturated": ends.float().mean().item()}

    def write(self, count: int, step: int) -> list[str]:
        """Invented words; the random numbers are their own, so training is not disturbed."""
        draw = torch.Generator(self.device).manual_seed(self.knobs.seed + step)
        rows = generate(self.model, count, self.x.size(1) - 1, self.knobs.temperature, draw).tolist()
        return ["".join(self.letters_known[token - 1] for token in row[: [*row, 0].index(0)]) for row in rows]

    def sample(self, step: int) -> str:
        """Invented words, one a line; those that stand in the list are marked."""
        known = set(self.words)
        return "\n".join(
            f"{word}  (in the list)" if word in known else word for word in self.write(SHOWN, step)
        )

    def copied(self) -> dict[str, float]:
        """Of 500 invented words the shares that are new, not in the list, and that differ from each other."""
        written = self.write(JUDGED, self.knobs.steps)
        known = set(self.words)
        new = sum(word not in known for word in written)
        return {"new_words": new / JUDGED, "distinct_words": len(set(written)) / JUDGED}

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint of this very run."""
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"].cpu())
        checkpoints.restore_random_states(state)
