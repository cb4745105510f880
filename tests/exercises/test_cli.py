"""The command line: what it prints, last lines, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from exercises import catalog
from exercises.runs.store import read_run


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "exercises", *arguments]
    return subprocess.run(command, cwd=catalog.ROOT, capture_output=True, encoding="utf-8", check=False)


def test_list_is_readable_by_a_program_without_loading_torch() -> None:
    entries = json.loads(call("list", "--json").stdout)
    nanogpt = next(one for one in entries if one["id"] == "nanogpt")
    heads = next(one for one in nanogpt["knobs"] if one["name"] == "n_head")
    assert heads["type"] == "int" and heads["default"] == 4 and heads["concept"] == "multi-head-attention"
    code = "import sys; from exercises.catalog import exercises; exercises(); print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=catalog.ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_run_prints_metrics_and_the_folder_last(home: Path) -> None:
    knobs = ["steps=12", "n_head=2", "n_layer=1", "n_embd=16", "eval_every=6", "sample_tokens=10"]
    sets = [part for one in knobs for part in ("--set", one)]
    done = call("run", "nanogpt", *sets, "--device", "cpu", "--home", str(home))
    lines = done.stdout.strip().splitlines()
    assert done.returncode == 0, done.stderr
    lines = [line for line in lines if not line.startswith("waiting for")]  # said of a slow start too
    assert lines[0].startswith("--- sample at step 0") or lines[0].startswith("step 0 | time")
    assert any("val_loss" in line and "train_loss" in line for line in lines)
    run = read_run(Path(lines[-1]))
    assert run.state == "finished" and run.knobs["n_head"] == 2
    listed = [json.loads(line) for line in call("runs", "--json", "--home", str(home)).stdout.splitlines()]
    assert [one["id"] for one in listed] == [run.id]


def test_errors_go_to_standard_error_without_a_traceback(home: Path) -> None:
    for arguments, words in (
        (("run", "nanogtp"), "Did you mean nanogpt"),
        (("run", "nanogpt", "--set", "n_head"), "Write --set NAME=VALUE"),
        (("run", "nanogpt", "--set", "steps=-5"), "between 1 and"),
        (("run", "nanogpt", "--preset", "huge"), "There is no preset 'huge'"),
        (("run", "nanogpt", "--device", "tpu"), "no device called 'tpu'"),
        (("stop", "20200101"), "names no run"),
        (("verify", "nonsense"), "No experiment is called nonsense"),
    ):
        done = call(*arguments, *(() if arguments[0] == "verify" else ("--home", str(home))))
        assert done.returncode == 2 and words in done.stderr and "Traceback" not in done.stderr, done.stderr


def test_a_run_that_fails_says_why_and_exits_with_two(home: Path) -> None:
    done = call("run", "nanogpt", "--set", "text=/nowhere", "--home", str(home))
    assert done.returncode == 2 and "no file '/nowhere'" in done.stderr
    assert read_run(Path(done.stdout.strip().splitlines()[-1])).state == "failed"
