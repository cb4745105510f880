import math

import pytest
import torch
from torch import nn

from exercises.makemore import model as models
from exercises.makemore.data import build_examples, split_words
from exercises.makemore.sampling import generate
from exercises.makemore.train import estimate_loss, loss_of

LETTERS = "abcdefghij"
V = len(LETTERS) + 1
WORDS = ["abba", "cab", "faded", "hi", "a", "gigi", "jade", "bead", "chief", "ice"] * 3


def make(name: str) -> nn.Module:
    torch.manual_seed(0)
    made: dict[str, nn.Module] = {
        "counts": models.BigramCounts(V),
        "bigram": models.BigramNet(V),
        "mlp": models.MLP(V, 3, 8, 16),
        "mlp with BatchNorm": models.MLP(V, 3, 8, 16, batch_norm=True),
        "wavenet": models.WaveNet(V, 8, 16),
        "rnn": models.RNN(V, 8, 16),
        "gru": models.GRU(V, 8, 16),
        "lstm": models.LSTM(V, 8, 16),
        "transformer": models.Transformer(V, 12, 16, 2, 4),
    }
    return made[name].eval()


NAMES = ["counts", "bigram", "mlp", "mlp with BatchNorm", "wavenet", "rnn", "gru", "lstm", "transformer"]


@pytest.mark.parametrize("name", NAMES)
def test_no_model_sees_the_letters_that_come_later(name: str) -> None:
    x, _ = build_examples(["abcdef", "abcdhi"], LETTERS)
    out = make(name)(x)
    assert out.shape == (2, 7, V)
    torch.testing.assert_close(out[0, :5], out[1, :5])
    if name not in ("counts", "bigram"):
        assert not torch.allclose(out[0, 6], out[1, 6])


@pytest.mark.parametrize("name", NAMES)
def test_padding_does_not_change_a_words_loss(name: str) -> None:
    model = make(name)
    alone = loss_of(model, *build_examples(["cab"], LETTERS))
    x, y = build_examples(["cab", "abcdefghij"], LETTERS)
    torch.testing.assert_close(loss_of(model, x[:1], y[:1]), alone)


def test_counts_are_the_frequencies_of_pairs() -> None:
    table = models.BigramCounts(V, smoothing=1e-9)
    x, y = build_examples(WORDS, LETTERS)
    table.count(x, y)
    pairs = [pair for word in WORDS for pair in zip("." + word, word + ".", strict=True)]
    total = -sum(math.log(pairs.count(p) / sum(q[0] == p[0] for q in pairs)) for p in pairs) / len(pairs)
    assert loss_of(table, x, y).item() == pytest.approx(total, abs=1e-5)


def test_smoothing_leaves_no_pair_impossible() -> None:
    table = models.BigramCounts(V, smoothing=1.0)
    table.count(*build_examples(WORDS, LETTERS))
    rare = table(torch.tensor([[LETTERS.index("j") + 1]])).exp()
    assert rare.min() > 0 and rare.sum().item() == pytest.approx(1)


def test_the_learned_table_comes_to_what_counting_gives() -> None:
    x, y = build_examples(WORDS, LETTERS)
    table = models.BigramCounts(V, smoothing=1e-9)
    table.count(x, y)
    net = models.BigramNet(V)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.3)
    for _ in range(300):
        optimizer.zero_grad()
        loss_of(net, x, y).backward()
        optimizer.step()
    assert loss_of(net, x, y).item() == pytest.approx(loss_of(table, x, y).item(), abs=0.01)


def test_batch_norm_is_torchs() -> None:
    torch.manual_seed(1)
    ours, theirs = models.BatchNorm(5), nn.BatchNorm1d(5)
    for _ in range(4):
        x = torch.randn(32, 5) * 3 + 2
        torch.testing.assert_close(ours(x), theirs(x))
    x = torch.randn(7, 5)
    torch.testing.assert_close(ours.mean, theirs.running_mean)
    # torch keeps the unbiased variance for use, we the one it normalized with: 32/31 apart for a batch of 32
    theirs.running_var = ours.variance.clone()
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def test_the_rnn_is_torchs() -> None:
    torch.manual_seed(2)
    ours, theirs = models.RNN(V, 4, 6), nn.RNN(4, 6, batch_first=True)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(ours.cell.weight[:, :4])
        theirs.weight_hh_l0.copy_(ours.cell.weight[:, 4:])
        theirs.bias_ih_l0.copy_(ours.cell.bias)
        theirs.bias_hh_l0.zero_()
    x, _ = build_examples(["abcd"], LETTERS)
    torch.testing.assert_close(ours(x), ours.output(theirs(ours.embedding(x))[0]))


def test_the_lstm_is_torchs() -> None:
    torch.manual_seed(3)
    ours, theirs = models.LSTM(V, 4, 6), nn.LSTM(4, 6, batch_first=True)
    keep, write, show, new = ours.gates.weight.chunk(4)
    bias_keep, bias_write, bias_show, bias_new = ours.gates.bias.chunk(4)
    with torch.no_grad():  # torch's order is write, keep, new, show
        weight = torch.cat([write, keep, new, show])
        theirs.weight_ih_l0.copy_(weight[:, :4])
        theirs.weight_hh_l0.copy_(weight[:, 4:])
        theirs.bias_ih_l0.copy_(torch.cat([bias_write, bias_keep, bias_new, bias_show]))
        theirs.bias_hh_l0.zero_()
    x, _ = build_examples(["abcd"], LETTERS)
    torch.testing.assert_close(ours(x), ours.output(theirs(ours.embedding(x))[0]))


def test_a_gru_that_never_writes_keeps_its_memory() -> None:
    gru = models.GRU(V, 4, 6)
    with torch.no_grad():
        gru.gates.bias[6:] = -1e4  # the update gate, shut
    memory = torch.randn(2, 6)
    torch.testing.assert_close(gru.step(torch.randn(2, 4), memory), memory)


def test_wavenet_looks_back_on_eight_letters_and_no_more() -> None:
    x, _ = build_examples(["abcdefghij", "jbcdefghij"], LETTERS)
    out = make("wavenet")(x)
    assert not torch.allclose(out[0, 8], out[1, 8])
    torch.testing.assert_close(out[0, 9], out[1, 9])


def test_words_are_split_once_and_for_all() -> None:
    found = [f"word{n}" for n in range(100)]
    train, held_out = split_words(found, seed=3)
    assert (len(train), len(held_out)) == (90, 10)
    assert sorted(train + held_out) == sorted(found)
    assert split_words(found, seed=3) == (train, held_out) != split_words(found, seed=4)


def test_drawn_words_follow_the_table() -> None:
    table = models.BigramCounts(V, smoothing=1e-9)
    table.count(*build_examples(["ab", "ab", "ab", "ac"], LETTERS))
    draw = torch.Generator().manual_seed(0)
    rows = generate(table, 4000, 4, 1.0, draw)
    ends = (rows[:, 1] == 2).float().mean().item()
    assert ends == pytest.approx(0.75, abs=0.03)
    cold = generate(table, 200, 4, 0.05, draw)
    assert (cold[:, 1] == 2).all() and (cold[:, 2:] == 0).all()


def test_at_temperature_zero_the_likeliest_letter_is_taken() -> None:
    table = models.BigramCounts(V, smoothing=1e-9)
    table.count(*build_examples(["ab", "ab", "ac"], LETTERS))
    rows = generate(table, 5, 4, 0.0, torch.Generator().manual_seed(0))
    assert rows.tolist() == [[1, 2, 0, 0]] * 5


def test_the_transformer_is_torchs() -> None:
    torch.manual_seed(4)
    ours = models.Transformer(V, 12, 16, 2, 4).eval()

    def gelu(x: torch.Tensor) -> torch.Tensor:
        return nn.functional.gelu(x, approximate="tanh")

    layer = nn.TransformerEncoderLayer(16, 4, 64, 0.0, gelu, batch_first=True, norm_first=True)
    theirs = nn.TransformerEncoder(layer, 2, ours.norm, enable_nested_tensor=False).eval()
    names = {
        "self_attn.in_proj_": "query_key_value.",
        "self_attn.out_proj.": "project.",
        "linear1.": "widen.",
        "linear2.": "narrow.",
        "norm1.": "norm_1.",
        "norm2.": "norm_2.",
    }
    for block, other in zip(ours.blocks, theirs.layers, strict=True):
        state = block.state_dict()
        for their_name, our_name in names.items():
            for part in ("weight", "bias"):
                other.get_parameter(their_name + part).data.copy_(state[our_name + part])
    x, _ = build_examples(["abcdefg", "jih"], LETTERS)
    mask = nn.Transformer.generate_square_subsequent_mask(x.size(1))
    h = ours.embedding(x) + ours.position(torch.arange(x.size(1)))
    torch.testing.assert_close(ours(x), ours.output(theirs(h, mask=mask)), atol=1e-5, rtol=1e-5)


def test_estimating_leaves_the_model_as_it_was() -> None:
    model = models.MLP(V, 3, 4, 8, batch_norm=True)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    estimate_loss(model, *build_examples(WORDS, LETTERS))
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
