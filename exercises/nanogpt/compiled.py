"""A training step compiled as a whole, for processors: what `compile` does on a CPU.

`torch.compile(model)` alone leaves Python and autograd between the kernels, and the optimizer outside. Here the
compiler sees forward and backward as one program, and clipping with AdamW as another. What it then joins:
GELU, LayerNorm and their gradients with what stands beside them; the length of the gradient, the clipping and
the four tables of AdamW in one pass over memory. Numbers come and go once instead of at every operation.
The products of matrices, two thirds of a step, stay as they are.

It pays late: on two cores a step of 42 ms became one of 36, and the compiler took half a minute the first time,
four seconds afterwards (it keeps its work). A GPU has `torch.compile(model)` instead.
"""

from __future__ import annotations

import math
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value

from exercises.nanogpt.data import get_batch

if TYPE_CHECKING:
    from exercises.nanogpt.trainer import Trainer

Tables = dict[str, Tensor]  # by the name of the weight: the weights, or their gradients, or AdamW's averages

# kernels called from C++ instead of Python; elsewhere this is not tried
OPTIONS: dict[str, Any] = {"cpp_wrapper": True} if sys.platform == "linux" else {}


class CompiledStep:
    """`train.train_step` with the same numbers, in two compiled programs.

    The averages live in the optimizer's own state, so a checkpoint goes on with `compile` or without it.
    """

    def __init__(self, trainer: Trainer) -> None:
        _quote_library_folder()
        self.trainer = trainer
        named = dict(trainer.model.named_parameters())
        self.weights: Tables = {name: weight.detach() for name, weight in named.items()}  # the same memory
        self.adamw = trainer.optimizers[-1]
        pull = {one: group["weight_decay"] for group in self.adamw.param_groups for one in group["params"]}
        self.decay = {name: pull[weight] for name, weight in named.items() if weight in pull}
        self.stepped = {name: named[name] for name in self.decay}
        self.others = {name: weight for name, weight in named.items() if name not in self.decay}
        self.differentiate: Any = torch.compile(
            self._differentiate, fullgraph=True, dynamic=False, options=OPTIONS
        )
        self.clip_and_step: Any = torch.compile(
            self._clip_and_step, fullgraph=True, dynamic=False, options=OPTIONS
        )

    @torch.no_grad()
    def __call__(self, rate: float) -> tuple[Tensor, Tensor]:
        """One update at a rate that `Trainer.set_rate` takes; the loss and the gradient's length before clipping."""
        trainer = self.trainer
        trainer.set_rate(rate)
        total = torch.zeros(())
        gradients: Tables = {}
        for _ in range(trainer.knobs.accumulate):
            inputs, targets = get_batch(trainer.data, trainer.knobs, trainer.generator)
            with trainer.precision():
                new, loss = self.differentiate(self.weights, inputs, targets)
            gradients = {name: gradients[name] + one for name, one in new.items()} if gradients else new
            total += loss
        averages, squares = self._averages()
        length, scale = self.clip_and_step(self.weights, gradients, averages, squares, self._numbers())
        for name, weight in self.others.items():
            weight.grad = gradients[name] * scale
        for optimizer in trainer.optimizers[:-1]:  # Muon's own products are worth no compiling
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return total, length

    def _differentiate(self, weights: Tables, inputs: Tensor, targets: Tensor) -> tuple[Tables, Tensor]:
        """The gradient of every weight, and the loss, for (B, T) inputs and targets."""

        def loss(weights: Tables) -> Tensor:
            value: Tensor = functional_call(self.trainer.model, weights, (inputs, targets))[1]
            return value / self.trainer.knobs.accumulate

        gradients, value = grad_and_value(loss)(weights)
        return gradients, value

    def _clip_and_step(
        self, weights: Tables, gradients: Tables, averages: Tables, squares: Tables, numbers: Tensor
    ) -> tuple[Tensor, Tensor]:
        """AdamW (Loshchilov and Hutter 2019) with the gradient clipped; its length and what it was scaled by."""
        rate, seen, seen_squared = numbers.unbind()  # see `_numbers`
        length = torch.stack([one.square().sum() for one in gradients.values()]).sum().sqrt()
        scale = ((self.trainer.knobs.clip or math.inf) / (length + 1e-6)).clamp(max=1.0)
        beta1, beta2 = self.adamw.defaults["betas"]
        for name, decay in self.decay.items():
            gradient = gradients[name] * scale
            average = torch.lerp(averages[name], gradient, 1 - beta1)
            square = squares[name] * beta2 + gradient.square() * (1 - beta2)
            # both averages began at zero; dividing by the share that was seen so far makes up for that
            step = average / seen / ((square / seen_squared).sqrt() + self.adamw.defaults["eps"])
            weights[name].mul_(1 - rate * decay).sub_(rate * step)
            averages[name].copy_(average)
            squares[name].copy_(square)
        return length, scale

    def _averages(self) -> tuple[Tables, Tables]:
        """AdamW's two averages as they lie in its state, which a restored checkpoint replaces."""
        state = self.adamw.state
        for weight in self.stepped.values():
            if weight not in state:
                zeros = torch.zeros_like(weight)
                state[weight] = {"step": torch.tensor(0.0), "exp_avg": zeros, "exp_avg_sq": zeros.clone()}
        averages = {name: state[weight]["exp_avg"] for name, weight in self.stepped.items()}
        squares = {name: state[weight]["exp_avg_sq"] for name, weight in self.stepped.items()}
        return averages, squares

    def _numbers(self) -> Tensor:
        """The rate, and the shares of the averages' full weight that this step will have seen: (3,)."""
        steps = [self.adamw.state[weight]["step"] for weight in self.stepped.values()]
        torch._foreach_add_(steps, 1)
        beta1, beta2 = self.adamw.defaults["betas"]
        done = steps[0].item()
        # a tensor, since the compiler would build numbers into the program and begin anew at each change
        return torch.tensor([self.adamw.param_groups[0]["lr"], 1 - beta1**done, 1 - beta2**done])


def _quote_library_folder() -> None:
    """torch 2.13 gives the linker the folder of its libraries as it is, and a space in the path would end it."""
    from torch.utils import cpp_extension

    if sys.platform != "win32":  # there torch quotes it
        cpp_extension.TORCH_LIB_PATH = shlex.quote(str(Path(torch.__file__).parent / "lib"))
