"""The loop of merges as a real run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exercises import knobs
from exercises.minbpe.model import RegexTokenizer
from exercises.minbpe.train import EXERCISE, Knobs
from exercises.runs import launch
from exercises.runs.store import Run, artifact, log, metrics, samples
from tests.exercises.conftest import until

CLOCK = ("time", "memory_mb", "merges_per_second")


def over(run: Run) -> bool:
    return not run.active


def rows_of(run: Run) -> list[dict[str, float]]:
    return [{k: v for k, v in row.items() if k not in CLOCK} for row in metrics(run.folder)]


def test_paused_and_resumed_equals_unbroken(home: Path) -> None:
    given = {"vocab_size": 3000, "eval_every": 30, "sample_every": 500, "text": "python-docs"}
    whole = until(launch.start(home, "minbpe", given), over)
    assert whole.state == "finished", log(whole.folder)
    broken = until(launch.start(home, "minbpe", given), lambda run: run.step >= 50)
    launch.request_pause(broken)
    paused = until(broken, over)
    assert paused.state == "paused" and 0 < paused.step < 2744
    ended = until(launch.resume(paused), over)
    assert ended.state == "finished", log(ended.folder)
    assert rows_of(ended) == rows_of(whole)
    assert samples(ended.folder) == samples(whole.folder)
    assert artifact(ended.folder, "tokenizer") == artifact(whole.folder, "tokenizer")


def test_a_run_leaves_a_tokenizer_and_a_comparison(home: Path) -> None:
    run = until(launch.start(home, "minbpe", {"vocab_size": 400, "message": "hindi"}), over)
    assert run.state == "finished", log(run.folder)
    tokenizer = RegexTokenizer.load(run.folder / "tokenizer.json")
    assert len(tokenizer.vocabulary) == 400
    rows = artifact(run.folder, "comparison")["rows"]
    assert {(row["text"], row["tokenizer"]) for row in rows} == {
        (text, name) for text in ("message", "held-out text") for name in ("own", "gpt2", "cl100k", "o200k")
    }
    ratios = [row["bytes_per_token"] for row in metrics(run.folder) if "bytes_per_token" in row]
    assert ratios == sorted(ratios) and ratios[-1] > 1.4
    assert "merge 1: " in log(run.folder)


@pytest.mark.parametrize(("tokenizer", "tokens"), [("cl100k", 121), ("o200k", 33)])
def test_a_ready_made_tokenizer_is_judged_in_one_step(home: Path, tokenizer: str, tokens: int) -> None:
    run = until(launch.start(home, "minbpe", {"tokenizer": tokenizer, "message": "hindi"}), over)
    assert run.state == "finished", log(run.folder)
    assert metrics(run.folder)[-1]["message_tokens"] == tokens


@pytest.mark.parametrize("content", ["", "x", "\n\n"])
def test_a_file_with_next_to_nothing_in_it_fails_in_words(home: Path, tmp_path: Path, content: str) -> None:
    path = tmp_path / "own text.txt"
    path.write_text(content, encoding="utf-8")
    run = until(launch.start(home, "minbpe", {"text": str(path)}, anywhere=True), over)
    assert run.state == "failed" and run.error


def test_a_short_text_ends_early_and_says_so(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.txt"
    path.write_text("the cat and the hat and the bat", encoding="utf-8")
    run = until(launch.start(home, "minbpe", {"text": str(path)}, anywhere=True), over)
    assert run.state == "finished" and "No pair is left" in log(run.folder)


def test_every_preset_is_valid() -> None:
    for preset in EXERCISE.presets.values():
        chosen: Any = knobs.parse(Knobs, preset)
        assert EXERCISE.total_steps(chosen) >= 1
