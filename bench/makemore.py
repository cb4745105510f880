"""A step of makemore's transformer beside upstream's: the same weights, words and losses, in one run.

    python -m bench.makemore FOLDER WORDS [--steps 300]

FOLDER is a clone of karpathy/makemore, WORDS its names.txt. Both sides have upstream's sizes (4 layers, 4
heads, 64 wide, 32 words a batch), start from the same weights and learn from the same words in the same
order; steps of the two alternate, so that other work on the machine slows both. Every loss must agree.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import sys
import time
import types
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from bench.machine import machine, peak_memory_mb
from exercises.makemore.data import build_examples
from exercises.makemore.model import Transformer
from exercises.makemore.train import loss_of

LAYERS, HEADS, WIDTH, BATCH, LR = 4, 4, 64, 32, 5e-4


def upstream_module(folder: Path) -> Any:
    """Their script as a module; the tensorboard that it imports is not needed here."""
    with contextlib.suppress(ImportError):
        import torch.utils.tensorboard  # noqa: F401
    sys.modules.setdefault("torch.utils.tensorboard", types.SimpleNamespace(SummaryWriter=None))  # type: ignore[arg-type]
    module = types.ModuleType("upstream_makemore")
    sys.modules["upstream_makemore"] = module
    source = (folder / "makemore.py").read_text(encoding="utf-8")
    exec(compile(source, str(folder / "makemore.py"), "exec"), module.__dict__)
    return module


def copy_weights(ours: Transformer, theirs: nn.Module) -> None:
    """Their weights into our names for them."""
    names = {
        "transformer.wte.": "embedding.",
        "transformer.wpe.": "position.",
        "transformer.ln_f.": "norm.",
        "transformer.h.": "blocks.",
        ".ln_1.": ".norm_1.",
        ".ln_2.": ".norm_2.",
        ".attn.c_attn.": ".query_key_value.",
        ".attn.c_proj.": ".project.",
        ".mlp.c_fc.": ".widen.",
        ".mlp.c_proj.": ".narrow.",
        "lm_head.": "output.",
    }
    state: dict[str, Tensor] = {}
    for name, weight in theirs.state_dict().items():
        if name.endswith(".attn.bias"):
            continue  # their causal mask, no weight
        for old, new in names.items():
            name = name.replace(old, new)
        state[name] = weight.clone()
    ours.load_state_dict(state)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="a clone of karpathy/makemore")
    parser.add_argument("words", type=Path, help="its names.txt")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    print(machine())
    torch.set_num_threads(given.threads)
    upstream = upstream_module(given.folder)
    torch.manual_seed(3407)
    with contextlib.redirect_stdout(io.StringIO()):
        words, _ = upstream.create_datasets(str(given.words))
        sizes = upstream.ModelConfig(
            words.get_output_length(), words.get_vocab_size(), LAYERS, WIDTH, WIDTH, HEADS
        )
        theirs = upstream.Transformer(sizes)
    ours = Transformer(words.get_vocab_size(), words.get_output_length(), WIDTH, LAYERS, HEADS)
    copy_weights(ours, theirs)
    settings: dict[str, Any] = {"lr": LR, "betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.01}
    their_optimizer = torch.optim.AdamW(theirs.parameters(), **settings)
    our_optimizer = torch.optim.AdamW(ours.parameters(), fused=True, **settings)
    inputs, targets = build_examples(words.words, "".join(words.chars))
    order = torch.randint(len(words), (given.steps, BATCH), generator=torch.Generator().manual_seed(1))
    gaps, our_times, their_times = [], [], []
    for chosen in order:
        began = time.perf_counter()
        # what upstream's loader does for a batch, without its start, which it pays once
        x, y = torch.utils.data.default_collate([words[i] for i in chosen.tolist()])
        _, their_loss = theirs(x, y)
        theirs.zero_grad(set_to_none=True)
        their_loss.backward()
        their_optimizer.step()
        their_times.append(time.perf_counter() - began)
        began = time.perf_counter()
        x, y = inputs[chosen], targets[chosen]
        longest = int((y >= 0).any(dim=0).sum())
        our_loss = loss_of(ours, x[:, :longest], y[:, :longest])
        our_loss.backward()  # type: ignore[no-untyped-call]
        our_optimizer.step()
        our_optimizer.zero_grad(set_to_none=True)
        our_times.append(time.perf_counter() - began)
        gaps.append(abs(our_loss.item() - their_loss.item()))
    a, b = (statistics.median(times[10:]) * 1000 for times in (our_times, their_times))
    print(f"{sum(p.numel() for p in ours.parameters()):,} parameters, {torch.get_num_threads()} threads")
    print(f"ours     {a:6.2f} ms a step (median of {given.steps - 10})   last loss {our_loss.item():.6f}")
    print(f"upstream {b:6.2f} ms a step                     last loss {their_loss.item():.6f}")
    print(f"greatest difference of a loss: {max(gaps):.1e}; ours is {b / a:.2f} times as fast")
    print(f"memory of both together: {peak_memory_mb():.0f} MB held at most")
    if max(gaps) > 1e-3:
        sys.exit("The losses differ.")


if __name__ == "__main__":
    main()
