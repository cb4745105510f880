"""Looking inside functions, on the tiny inputs that every exercise offers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from exercises import catalog
from exercises.catalog import exercises
from exercises.errors import ExerciseError
from exercises.trace import _inputs, as_text, look_inside, trace, traceable, traceable_at


def test_attention_shows_each_line_with_the_shapes_it_made() -> None:
    found = trace("nanogpt", "CausalSelfAttention")
    assert found.path == "exercises/nanogpt/model.py" and found.symbol == "CausalSelfAttention.forward"
    source = (catalog.ROOT / found.path).read_text(encoding="utf-8").splitlines()
    made = {}
    for line in found.lines:
        assert line.source.split("\n")[0] == source[line.number - 1]
        made.update({value.name: value.shape for value in line.values})
    assert made["scores"] == made["weights"] == (1, 2, 4, 4) and made["mask"] == (4, 4)
    assert made["q"] == (1, 2, 4, 4) and made["returned"] == (1, 4, 8)
    assert "scores: (1, 2, 4, 4) float32" in as_text(found)


@pytest.mark.parametrize("name", list(exercises()))
def test_everything_that_an_exercise_offers_can_be_traced(name: str) -> None:
    offered = traceable(name)
    assert offered == sorted(_inputs(name))
    for symbol in offered:
        found = trace(name, symbol)
        assert found.symbol.startswith(symbol) and any(line.values for line in found.lines), symbol


def test_an_app_looks_inside_through_a_child() -> None:
    assert look_inside("nanogpt", "FeedForward") == trace("nanogpt", "FeedForward")
    with pytest.raises(ExerciseError, match="Did you mean"):
        look_inside("nanogpt", "FedForward")


def test_what_cannot_be_traced_is_named_on_standard_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "exercises", "trace", "nanogpt", "Nothing"],
        cwd=catalog.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        done.returncode == 2
        and "no tiny input for 'Nothing'" in done.stderr
        and "Traceback" not in done.stderr
    )
    shown = [sys.executable, "-m", "exercises", "trace", "nanogpt", "Smear", "--json"]
    assert json.loads(subprocess.run(shown, cwd=catalog.ROOT, capture_output=True, check=True).stdout)[
        "lines"
    ]


def test_lines_of_our_code_lead_to_what_can_be_run_on_them() -> None:
    path = "exercises/nanogpt/model.py"
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    start = lines.index("class FeedForward(nn.Module):") + 1
    assert traceable_at(path, start, start + 12) == ["FeedForward"]
    assert traceable_at(path, start + 4, start + 5) == ["FeedForward"]
    assert {"Block", "GPT", "CausalSelfAttention"} <= set(traceable_at(path, 1, len(lines)))
    assert traceable_at("nanoGPT/model.py", 1, 300) == []
    assert traceable_at("exercises/runs/writer.py", 1, 300) == []
