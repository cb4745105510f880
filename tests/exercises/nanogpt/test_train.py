"""Batches, learning rates, gradients and fine-tuning of the GPT exercise."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from exercises.errors import DataError, ExerciseError, KnobError
from exercises.knobs import parse
from exercises.nanogpt.data import get_batch
from exercises.nanogpt.model import GPT
from exercises.nanogpt.train import Knobs, estimate_loss, learning_rate, train_step
from exercises.nanogpt.trainer import Trainer, adopt
from exercises.runs import checkpoints, launch
from exercises.runs.store import log, metrics
from tests.exercises.conftest import TINY


def trainer(home: Path, **change: object) -> Trainer:
    return Trainer(parse(Knobs, {**TINY, "dropout": 0.0, **change}), home, "cpu", lambda line: None)


def test_targets_are_the_inputs_shifted_by_one() -> None:
    data = torch.arange(100, dtype=torch.int32)
    x, y = get_batch(data, Knobs(block_size=8, batch_size=512), torch.Generator().manual_seed(0))
    assert x.shape == y.shape == (512, 8)
    assert torch.equal(x + 1, y) and torch.equal(x[:, 1:], y[:, :-1])
    assert x.min() == 0 and y.max() == 99  # both ends of the text are reached


def test_the_rate_rises_to_its_peak_and_falls_to_its_end() -> None:
    knobs = Knobs(steps=100, warmup=10, lr=1.0)
    assert learning_rate(0, knobs) == pytest.approx(1 / 11)
    assert learning_rate(10, knobs) == 1.0
    assert learning_rate(55, knobs) == pytest.approx(0.1 + 0.45)
    assert learning_rate(100, knobs) == pytest.approx(0.1)
    assert learning_rate(100, Knobs(steps=100, decay="linear", lr=1.0)) == 0
    assert learning_rate(99, Knobs(steps=100, decay="none", lr=1.0)) == 1.0


def test_accumulated_batches_give_the_gradient_of_one_large_batch(home: Path) -> None:
    small, large = trainer(home, batch_size=4, accumulate=4), trainer(home, batch_size=16)
    for one in (small, large):
        one.model.load_state_dict(large.model.state_dict())
        one.update = lambda: None  # type: ignore[method-assign]  # keep the gradients to look at
        train_step(one, 0.0)
    for ours, theirs in zip(small.model.parameters(), large.model.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-6, rtol=1e-4)


def test_an_untrained_model_guesses_evenly_and_the_estimate_repeats_itself(home: Path) -> None:
    one = trainer(home, eval_batches=20)
    first = estimate_loss(one, one.val_data)
    assert first == pytest.approx(math.log(len(one.characters)), abs=0.1)
    assert estimate_loss(one, one.val_data) == first


def test_a_text_shorter_than_ten_windows_is_refused_with_numbers(home: Path) -> None:
    with pytest.raises(DataError, match=r"30 characters.*at least 100"):
        trainer(home, characters=30)


def test_heads_that_do_not_divide_the_width_are_refused_with_a_neighbor() -> None:
    with pytest.raises(KnobError, match="Try n_head 2"):
        Knobs(n_head=3)


def test_fine_tuning_begins_where_the_other_run_ended(home: Path, tmp_path: Path) -> None:
    first = launch.wait_over(launch.start(home, "nanogpt", {**TINY, "steps": 60, "lr": 0.01}, "cpu"))
    assert first.state == "finished", log(first.folder)
    tuned = trainer(home, start_from=first.id)
    assert estimate_loss(tuned, tuned.val_data) == pytest.approx(metrics(first.folder)[-1]["val_loss"])


def test_fine_tuning_on_new_characters_keeps_the_old_ones_in_place(home: Path, tmp_path: Path) -> None:
    first = launch.wait_over(launch.start(home, "nanogpt", {**TINY, "steps": 5}, "cpu"))
    saved = checkpoints.load(first.folder)
    other = tmp_path / "greek.txt"
    other.write_text("αβγ the value of an expression" * 50, encoding="utf-8")
    tuned = trainer(home, text=str(other), start_from=first.folder.as_posix())
    assert tuned.characters == saved["characters"] + "αβγ"
    rows = len(saved["characters"])
    torch.testing.assert_close(
        tuned.model.token_embedding.weight[:rows], saved["model"]["token_embedding.weight"]
    )


def test_a_checkpoint_of_another_shape_is_refused_in_words(home: Path) -> None:
    wide, narrow = trainer(home, n_embd=32), trainer(home)
    with pytest.raises(ExerciseError, match="Use the same n_layer"):
        adopt(narrow.model, wide.model.state_dict())
    with pytest.raises(ExerciseError, match="names no run"):
        trainer(home, start_from="nothing")


@pytest.mark.parametrize("change", [{"recipe": "modern"}, {"dropout": 0.2}, {"accumulate": 2}])
def test_a_restored_learner_goes_on_with_the_same_numbers(
    home: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    one = trainer(home, **change)
    for _ in range(3):
        train_step(one, 1e-2)
    checkpoints.save(tmp_path, {**one.state(), "step": 3})
    expected = [[part.item() for part in train_step(one, 1e-2)] for _ in range(3)]
    other = trainer(home, **change)
    other.restore(checkpoints.load(tmp_path))
    assert [[part.item() for part in train_step(other, 1e-2)] for _ in range(3)] == expected


def test_samples_do_not_disturb_training(home: Path) -> None:
    losses = []
    for looks in (False, True):
        one = trainer(home, dropout=0.2)
        for step in range(3):
            if looks:
                one.sample(step)
                estimate_loss(one, one.val_data)
            loss, _ = train_step(one, 1e-3)
        losses.append(loss.item())
    assert losses[0] == losses[1]


def test_bfloat16_stays_close_to_float32(home: Path) -> None:
    exact, rough = trainer(home), trainer(home, precision="bfloat16")
    for one in (exact, rough):
        one.losses = [train_step(one, 1e-2)[0].item() for _ in range(10)]  # type: ignore[attr-defined]
    assert rough.losses == pytest.approx(exact.losses, rel=0.02)  # type: ignore[attr-defined]
    assert all(weight.dtype == torch.float32 for weight in rough.model.parameters())


def test_a_prompt_of_unknown_characters_still_gives_a_sample(home: Path) -> None:
    one = trainer(home, prompt="世界", sample_tokens=5)
    assert one.sample(0).startswith("世界") and len(one.sample(0)) == 7
    assert isinstance(one.model, GPT)
