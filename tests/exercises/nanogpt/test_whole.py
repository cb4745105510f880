"""The step that is compiled as a whole gives what the plain step gives, also across a checkpoint."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from exercises.failures import cause
from exercises.knobs import parse
from exercises.nanogpt.train import Knobs, estimate_loss, train_step
from exercises.nanogpt.trainer import Trainer
from exercises.runs import checkpoints, launch
from exercises.runs.store import log
from tests.exercises.conftest import TINY

compiler = pytest.mark.skipif(not shutil.which("g++"), reason="compiling needs a C++ compiler")


def trainer(home: Path, **change: object) -> Trainer:
    settings = {**TINY, "dropout": 0.0, "precision": "float32", **change}
    return Trainer(parse(Knobs, settings), home, "cpu", lambda line: None)


def numbers(one: Trainer, steps: int) -> list[float]:
    """Losses and lengths of gradients, one after the other."""
    return [part.item() for _ in range(steps) for part in train_step(one, 1e-2)]


@compiler
def test_a_compiled_step_gives_the_numbers_of_a_plain_one_and_a_checkpoint_fits_both(
    home: Path, tmp_path: Path
) -> None:
    # both optimizers, two batches an update, and gradients that are longer than the clip
    change = {"recipe": "modern", "accumulate": 2, "clip": 0.5}
    plain, compiled = trainer(home, **change), trainer(home, compile=True, **change)
    assert numbers(compiled, 4) == pytest.approx(numbers(plain, 4), abs=1e-4)
    checkpoints.save(tmp_path, {**compiled.state(), "step": 4})
    assert estimate_loss(compiled, compiled.val_data) == pytest.approx(
        estimate_loss(plain, plain.val_data), abs=1e-4
    )
    assert len(compiled.sample(4)) == len(plain.sample(4))  # looks with and without cache do not disturb
    expected = numbers(compiled, 3)
    again = trainer(home, compile=True, **change)
    again.restore(checkpoints.load(tmp_path))
    assert numbers(again, 3) == expected
    without = trainer(home, **change)
    without.restore(checkpoints.load(tmp_path))
    assert numbers(without, 3) == pytest.approx(expected, abs=1e-4)


def test_without_a_compiler_a_run_says_so_and_names_the_way_out(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", str(tmp_path / "no such compiler"))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "nothing compiled before"))
    run = launch.wait_over(launch.start(home, "nanogpt", {**TINY, "steps": 3, "compile": True}, "cpu"))
    known = cause(run.error, log(run.folder))
    assert known and known.id == "no-compiler", log(run.folder)
    assert "compile=false" in known.way_out
