from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from exercises import knobs as knob_tools
from exercises.errors import DataError, KnobError
from exercises.makemore.train import EXERCISE, MODELS, Knobs, look, train_step
from exercises.makemore.trainer import Trainer
from exercises.runs import launch
from exercises.runs.store import log, metrics, samples
from tests.exercises.conftest import until


def trainer(tmp_path: Path, **knobs: object) -> Trainer:
    return Trainer(
        Knobs(**{"steps": 20, "hidden": 16, "n_embd": 8, "n_layer": 1, **knobs}),
        tmp_path,
        "cpu",
        lambda line: None,
    )  # type: ignore[arg-type]


@pytest.mark.parametrize("model", MODELS)
def test_every_model_learns(model: str, tmp_path: Path) -> None:
    one = trainer(tmp_path, model=model, lr=0.02, batch_size=64)
    before = look(one)["val_loss"]
    for step in range(20):
        train_step(one, step)
    assert look(one)["val_loss"] < before - 0.2


@pytest.mark.parametrize("model", MODELS)
def test_a_resumed_run_has_the_losses_of_an_unbroken_one(model: str, tmp_path: Path) -> None:
    from exercises.runs import checkpoints

    whole = trainer(tmp_path, model=model)
    losses = [train_step(whole, step)["train_loss"] for step in range(8)]
    first = trainer(tmp_path, model=model)
    for step in range(4):
        train_step(first, step)
    checkpoints.save(tmp_path, {**first.state(), "step": 4})
    torch.manual_seed(99)
    second = trainer(tmp_path, model=model)
    second.restore(checkpoints.load(tmp_path))
    assert [train_step(second, step)["train_loss"] for step in range(4, 8)] == losses[4:]


def test_counting_reads_every_word_once_and_then_rests(tmp_path: Path) -> None:
    one = trainer(tmp_path, model="counts", batch_size=1000)
    assert one.counts is not None
    for step in range(10):
        train_step(one, step)
    assert one.counts.counts[0].sum().item() == len(one.x)


def test_a_sample_marks_words_that_are_in_the_list(tmp_path: Path) -> None:
    (tmp_path / "two words.txt").write_text("\n".join(f"ab{'c' * n}" for n in range(30)), encoding="utf-8")
    one = trainer(
        tmp_path, model="counts", text=str(tmp_path / "two words.txt"), smoothing=1e-6, batch_size=64
    )
    train_step(one, 0)
    assert "(in the list)" in one.sample(1)


def test_a_list_that_is_too_short_is_said(tmp_path: Path) -> None:
    (tmp_path / "few.txt").write_text("anna\nbo\n", encoding="utf-8")
    with pytest.raises(DataError, match="one word a line"):
        trainer(tmp_path, text=str(tmp_path / "few.txt"))


def test_heads_have_to_divide_the_channels(tmp_path: Path) -> None:
    with pytest.raises(KnobError, match="does not divide"):
        trainer(tmp_path, model="transformer", n_embd=10, n_head=4)


def test_weights_that_start_far_too_large_leave_neurons_stuck(tmp_path: Path) -> None:
    healthy, loud = trainer(tmp_path), trainer(tmp_path, init_scale=50.0)
    assert healthy.stuck()["saturated"] < 0.1
    assert (
        loud.stuck()["saturated"]
        > 0.8
        > trainer(tmp_path, init_scale=50.0, batch_norm=True).stuck()["dead_units"]
    )


def test_fewer_words_are_fewer(tmp_path: Path) -> None:
    one = trainer(tmp_path, word_count=50)
    assert len(one.words) == 50 and one.words == trainer(tmp_path, word_count=50).words


def test_a_run_paused_and_resumed_equals_an_unbroken_one(home: Path) -> None:
    given = {"hidden": 16, "n_embd": 8, "steps": 600, "eval_every": 100, "sample_every": 200}
    whole = until(launch.start(home, "makemore", given, "cpu"), lambda run: not run.active)
    assert whole.state == "finished", log(whole.folder)
    broken = until(launch.start(home, "makemore", given, "cpu"), lambda run: run.step >= 20)
    launch.request_pause(broken)
    paused = until(broken, lambda run: not run.active)
    assert paused.state == "paused" and paused.step < 600
    ended = until(launch.resume(paused), lambda run: not run.active)
    clock = ("time", "memory_mb", "tokens_per_second")
    rows = [
        [{k: v for k, v in row.items() if k not in clock} for row in metrics(run.folder)]
        for run in (whole, ended)
    ]
    assert rows[0] == rows[1]
    assert samples(ended.folder) == samples(whole.folder)
    assert {"val_loss", "train_loss", "dead_units", "new_words", "distinct_words"} <= rows[0][-1].keys()


def test_every_preset_is_valid() -> None:
    for preset in EXERCISE.presets.values():
        assert preset.items() <= asdict(knob_tools.parse(Knobs, preset)).items()
