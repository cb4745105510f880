"""The modern parts against what they claim: SVD for Muon, distances for rotation."""

from __future__ import annotations

import torch

from exercises.nanogpt.model import GPT, Shape
from exercises.nanogpt.modern import ModernGPT, Muon, Smear, orthogonalize, rotate, rotation

SHAPE = Shape(vocab_size=17, block_size=12, n_layer=2, n_head=2, n_embd=32)


def test_orthogonalizing_keeps_the_directions_and_evens_out_their_lengths() -> None:
    G = torch.randn(3, 32, 64, generator=torch.Generator().manual_seed(0))
    U, S, Vh = torch.linalg.svd(G, full_matrices=False)
    found = U.mT @ orthogonalize(G) @ Vh.mT  # diagonal, were it exact
    lengths = torch.diagonal(found, dim1=-2, dim2=-1)
    assert (found - torch.diag_embed(lengths)).abs().max() < 1e-4
    assert S.max() / S.min() > 5
    assert lengths.min() > 0.72 and lengths.max() < 1.28


def test_turned_queries_and_keys_feel_their_distance_alone() -> None:
    q, k = torch.randn(2, 1, 1, 1, 8)
    turns = rotation(10, 8)
    scores = rotate(q.expand(1, 10, 1, 8), turns)[0, :, 0] @ rotate(k.expand(1, 10, 1, 8), turns)[0, :, 0].mT
    for distance in range(10):
        along = torch.diagonal(scores, offset=distance)
        torch.testing.assert_close(along, along[:1].expand_as(along), atol=1e-5, rtol=1e-4)


def test_smear_adds_shares_of_the_three_before() -> None:
    smear = Smear(4)
    torch.nn.init.constant_(smear.share, 0.5)
    x = torch.zeros(1, 6, 4)
    x[0, 1] = 1.0
    assert smear(x, None)[0, :, 0].tolist() == [0, 1, 0.5, 0.5, 0.5, 0]


def test_muon_moves_every_matrix_of_the_blocks_and_nothing_else() -> None:
    torch.manual_seed(0)
    gpt = ModernGPT(SHAPE)
    for weight in gpt.matrices():
        torch.nn.init.normal_(weight, std=0.1)  # a projection of zeros lets no gradient through
    before = {name: weight.clone() for name, weight in gpt.named_parameters()}
    muon = Muon(gpt.matrices(), lr=0.1)
    tokens = torch.randint(17, (4, 12))
    gpt(tokens, tokens)[1].backward()
    muon.step()
    moved = {name for name, weight in gpt.named_parameters() if not torch.equal(weight, before[name])}
    assert moved == {name for name in before if name.startswith("blocks") and before[name].dim() == 2}
    widen = "blocks.0.feed_forward.widen.weight"
    step = before[widen] - dict(gpt.named_parameters())[widen]
    lengths = torch.linalg.svdvals(step / (0.1 * 2))  # lr * sqrt(128 / 32)
    assert 0.72 < lengths.max() < 1.28


def test_the_modern_model_learns_faster_than_the_classic_one() -> None:
    torch.manual_seed(0)
    text = torch.randint(17, (40,)).repeat(20)
    windows = text.unfold(0, 13, 1)
    last = []
    for gpt in (GPT(SHAPE), ModernGPT(SHAPE)):
        matrices = gpt.matrices() if isinstance(gpt, ModernGPT) else []
        rest = [weight for weight in gpt.parameters() if not any(weight is one for one in matrices)]
        optimizers = [torch.optim.AdamW(rest, lr=1e-3), *([Muon(matrices, 0.02)] if matrices else [])]
        for step in range(30):
            batch = windows[step * 8 : step * 8 + 8]
            loss = gpt(batch[:, :-1], batch[:, 1:])[1]
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
                optimizer.zero_grad()
        last.append(loss.item())
    assert last[1] < last[0] - 0.1
