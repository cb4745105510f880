"""Drawing the next token: what temperature, top-k and top-p leave in the hat."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from exercises.nanogpt.sampling import SamplingParams, keep_top_p, next_token

LOGITS = torch.log(torch.tensor([[0.5, 0.3, 0.15, 0.05]]))


def shares(taste: SamplingParams, draws: int = 20_000) -> Tensor:
    """How often each token is drawn."""
    drawn = next_token(LOGITS.expand(draws, -1), taste).view(-1)
    return torch.bincount(drawn, minlength=4) / draws


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_defaults_draw_from_the_models_own_probabilities() -> None:
    assert shares(SamplingParams(generator=generator())).tolist() == pytest.approx(
        [0.5, 0.3, 0.15, 0.05], abs=0.01
    )


def test_temperature_zero_always_takes_the_likeliest() -> None:
    assert shares(SamplingParams(temperature=0)).tolist() == [1, 0, 0, 0]


def test_temperature_two_takes_square_roots_of_probabilities() -> None:
    roots = torch.tensor([0.5, 0.3, 0.15, 0.05]).sqrt()
    expected = (roots / roots.sum()).tolist()
    assert shares(SamplingParams(temperature=2, generator=generator())).tolist() == pytest.approx(
        expected, abs=0.01
    )


def test_top_k_keeps_the_k_likeliest() -> None:
    expected = [0.625, 0.375, 0, 0]
    assert shares(SamplingParams(top_k=2, generator=generator())).tolist() == pytest.approx(
        expected, abs=0.01
    )


@pytest.mark.parametrize(("p", "kept"), [(0.4, 1), (0.5, 1), (0.51, 2), (0.9, 3), (0.99, 4), (0.001, 1)])
def test_top_p_keeps_the_likeliest_that_together_reach_p(p: float, kept: int) -> None:
    assert torch.isfinite(keep_top_p(LOGITS, p)).tolist() == [[True] * kept + [False] * (4 - kept)]


def test_top_p_works_row_by_row_whatever_the_order() -> None:
    logits = torch.cat((LOGITS, LOGITS.flip(-1)))
    assert torch.isfinite(keep_top_p(logits, 0.7)).tolist() == [
        [True, True, False, False],
        [False, False, True, True],
    ]
