"""The GPT against torch's own transformer layers, with and without the cache."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from exercises.nanogpt.model import GPT, CausalSelfAttention, KVCache, Shape, parameter_count, training_flops
from exercises.nanogpt.modern import ModernGPT
from exercises.nanogpt.sampling import SamplingParams

SHAPE = Shape(vocab_size=17, block_size=12, n_layer=3, n_head=4, n_embd=32)


def model(shape: Shape = SHAPE, kind: type[GPT] = GPT) -> GPT:
    torch.manual_seed(1)
    made = kind(shape)
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(torch.randn_like(weight) * 0.1)  # away from the tame start, so that errors show
    return made.eval()


def tokens(length: int = 12) -> Tensor:
    return torch.randint(17, (2, length), generator=torch.Generator().manual_seed(2))


def plain_forward(gpt: GPT, ids: Tensor) -> Tensor:
    """The same network out of torch's own layers: an outside opinion on every line of ours."""
    length = ids.size(1)
    x = gpt.token_embedding.weight[ids] + gpt.position_embedding.weight[:length]
    for block in gpt.blocks:
        layer = nn.TransformerEncoderLayer(
            gpt.shape.n_embd,
            gpt.shape.n_head,
            4 * gpt.shape.n_embd,
            0.0,
            F.gelu,
            batch_first=True,
            norm_first=True,
        )
        state = {name: torch.zeros_like(value) for name, value in layer.state_dict().items()}
        ours = dict(block.named_parameters())
        state["self_attn.in_proj_weight"] = ours["attention.query_key_value.weight"]
        state["self_attn.out_proj.weight"] = ours["attention.project.weight"]
        state["linear1.weight"] = ours["feed_forward.widen.weight"]
        state["linear2.weight"] = ours["feed_forward.project.weight"]
        state["norm1.weight"], state["norm2.weight"] = ours["norm_1.weight"], ours["norm_2.weight"]
        layer.load_state_dict(state)
        x = layer.eval()(x, src_mask=nn.Transformer.generate_square_subsequent_mask(length), is_causal=True)
    x = F.layer_norm(x, (gpt.shape.n_embd,), gpt.norm.weight)
    return x @ gpt.token_embedding.weight.T


@pytest.mark.parametrize("fused", [True, False])
def test_logits_equal_those_of_torchs_own_layers(fused: bool) -> None:
    gpt = model(replace(SHAPE, fused=fused))
    with torch.no_grad():
        logits, loss = gpt(tokens(), tokens())
        expected = plain_forward(gpt, tokens())
    torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-4)
    assert loss.item() == pytest.approx(
        F.cross_entropy(expected.view(-1, 17), tokens().view(-1)).item(), abs=1e-5
    )


def test_gradients_are_the_same_spelled_out_and_fused() -> None:
    gradients = []
    for fused in (True, False):
        gpt = model(replace(SHAPE, fused=fused))
        gpt(tokens(), tokens())[1].backward()
        gradients.append([weight.grad for weight in gpt.parameters()])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", [GPT, ModernGPT])
@pytest.mark.parametrize("steps", [(12,), (1,) * 12, (5, 1, 1, 4, 1)])
def test_logits_with_a_cache_equal_those_without(kind: type[GPT], steps: tuple[int, ...]) -> None:
    gpt, ids, at, parts = model(kind=kind), tokens(), 0, []
    caches = [KVCache(gpt.shape, 2, gpt.head.weight) for _ in gpt.blocks]
    with torch.no_grad():
        for length in steps:
            parts.append(gpt(ids[:, at : at + length], caches=caches)[0])
            at += length
        torch.testing.assert_close(torch.cat(parts, dim=1), gpt(ids)[0], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", [GPT, ModernGPT])
def test_generation_is_the_same_with_and_without_the_cache_beyond_the_window(kind: type[GPT]) -> None:
    gpt, start = model(kind=kind), tokens(3)
    written = []
    for cached in (True, False):
        taste = SamplingParams(temperature=0.9, generator=torch.Generator().manual_seed(3))
        written.append(torch.cat(list(gpt.generate(start, 30, taste, cached)), dim=1))
    assert written[0].shape == (2, 30)
    assert torch.equal(*written)


@pytest.mark.parametrize("kind", [GPT, ModernGPT])
def test_a_token_never_sees_what_comes_later(kind: type[GPT]) -> None:
    gpt, ids = model(kind=kind), tokens()
    changed = ids.clone()
    changed[:, 7:] = (changed[:, 7:] + 1) % 17
    with torch.no_grad():
        torch.testing.assert_close(gpt(ids)[0][:, :7], gpt(changed)[0][:, :7], atol=1e-6, rtol=1e-5)
        assert not torch.allclose(gpt(ids)[0][:, 7:], gpt(changed)[0][:, 7:])


def test_without_positions_the_order_of_earlier_tokens_does_not_matter_in_one_block() -> None:
    for position, matters in (("none", False), ("learned", True)):
        gpt = model(replace(SHAPE, n_layer=1, position=position))
        ids = tokens(5)
        swapped = ids[:, [2, 0, 1, 3, 4]]
        with torch.no_grad():
            same = torch.allclose(gpt(ids)[0][:, -1], gpt(swapped)[0][:, -1], atol=1e-5)
        assert same is not matters


def test_switches_take_their_parts_out() -> None:
    bare = model(replace(SHAPE, norm=False, residual=False))
    assert not [module for module in bare.modules() if isinstance(module, nn.LayerNorm)]
    block, x = bare.blocks[0], torch.randn(1, 4, 32)
    torch.testing.assert_close(block(x), block.feed_forward(block.attention(x)))  # nothing is added


@pytest.mark.parametrize("change", [{}, {"position": "none"}, {"norm": False}, {"n_layer": 1, "n_embd": 64}])
def test_the_parameter_count_is_the_arithmetic_one(change: dict[str, object]) -> None:
    shape = replace(SHAPE, **change)
    assert GPT(shape).parameter_count() == parameter_count(shape)


def test_gpt2_has_its_124_million_parameters_and_known_operations() -> None:
    gpt2 = Shape(vocab_size=50257, block_size=1024, n_layer=12, n_head=12, n_embd=768)
    assert parameter_count(gpt2) == 124_337_664  # GPT-2 without its biases
    assert training_flops(gpt2) == pytest.approx(8.5e8, rel=0.02)  # 4.2e14 over 480 sequences of 1,024


def test_attention_weights_come_out_of_the_spelled_out_lines() -> None:
    attention = CausalSelfAttention(replace(SHAPE, n_head=1, fused=False))
    x = torch.randn(1, 3, 32)
    q, k, v = attention.query_key_value(x).split(32, dim=2)
    first = v[:, :1]  # the first token sees itself alone
    torch.testing.assert_close(attention(x)[:, :1], attention.project(first))
    second = torch.softmax(torch.stack([q[0, 1] @ k[0, 0], q[0, 1] @ k[0, 1]]) / 32**0.5, dim=0)
    mixed = second[0] * v[0, 0] + second[1] * v[0, 1]
    torch.testing.assert_close(attention(x)[0, 1], attention.project(mixed), atol=1e-6, rtol=1e-5)
