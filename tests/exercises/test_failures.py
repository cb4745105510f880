"""The table of failures: every example is recognized as its own entry, and what is no failure as none."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from exercises.failures import (
    Entry,
    Setting,
    cause,
    last_frame,
    load_table,
    looks_like_error,
    read_setting,
    recognize,
)
from exercises.failures.table import HOLE, Example, compiled

HERE = Path(__file__).parent
CARDS = Path(__file__).parents[2] / "knowledge" / "lessons" / "concepts"
TABLE = load_table()
EXAMPLES = [(entry.id, example) for entry in TABLE.values() for example in entry.examples]
OTHERS = [(entry.id, example) for entry in TABLE.values() for example in entry.not_examples]
CASES = yaml.safe_load((HERE / "failures.yaml").read_text(encoding="utf-8"))


def test_the_table_covers_the_course() -> None:
    assert len(TABLE) >= 75
    places = {place for entry in TABLE.values() for place in entry.settings}
    assert places >= {"nanoGPT", "makemore", "micrograd", "minbpe", "ng-video-lecture", "exercises", "any"}


@pytest.mark.parametrize(("id", "example"), EXAMPLES, ids=[f"{id}-{n}" for n, (id, _) in enumerate(EXAMPLES)])
def test_an_example_is_recognized_as_its_own_entry(id: str, example: Example) -> None:
    found = recognize(example.output, example.setting or None)
    assert found is not None and found.id == id
    groups = {name for pattern in TABLE[id].match.any for name in compiled(pattern).groupindex}
    holes = HOLE.findall(" ".join([found.cause, found.hint, found.way_out, *found.avoid]))
    assert not groups & set(holes), "a hole is left open"


@pytest.mark.parametrize(("id", "example"), EXAMPLES, ids=[f"{id}-{n}" for n, (id, _) in enumerate(EXAMPLES)])
def test_an_example_is_recognized_within_a_question(id: str, example: Example) -> None:
    asked = (
        f"Hi, I was following along and then this came, what now?\n\n{example.output}\n\nThanks for any help"
    )
    found = recognize(asked, example.setting or None)
    assert found is not None and (found.id == id or id in ENDS_MATTER)


ENDS_MATTER = {"empty-data", "model-undefined", "killed-by-system"}
"""Entries that look at how an output ends, which words after it hide."""


@pytest.mark.parametrize(("id", "example"), OTHERS, ids=[id for id, _ in OTHERS])
def test_a_near_neighbor_is_not_taken_for_it(id: str, example: Example) -> None:
    found = recognize(example.output, example.setting or None)
    assert found is None or found.id != id


@pytest.mark.parametrize("case", CASES["outputs"], ids=lambda case: case["id"])
def test_an_output_that_the_table_was_not_written_from_is_recognized(case: dict[str, str]) -> None:
    found = recognize(case["output"], case.get("setting"))
    assert found is not None and found.id == case["id"]


@pytest.mark.parametrize("text", CASES["nothing"], ids=lambda text: text[:40])
def test_an_ordinary_question_or_a_healthy_log_is_no_failure(text: str) -> None:
    assert recognize(text, harmless=False) is None
    assert not looks_like_error(text)


def test_there_are_enough_that_are_none() -> None:
    assert len(CASES["nothing"]) >= 40


@pytest.mark.parametrize("case", CASES["misleading"], ids=lambda case: case["id"])
def test_advice_that_was_followed_already_is_not_given_again(case: dict[str, str]) -> None:
    found = recognize(case["output"], case.get("setting"))
    assert found is not None and found.id == case["id"]
    assert not re.search(case["not"], f"{found.cause} {found.hint} {found.way_out}", re.I)


def test_what_else_the_table_names_exists() -> None:
    for entry in TABLE.values():
        assert not entry.concept or (CARDS / f"{entry.concept}.md").is_file(), entry.id


def test_a_warning_that_is_harmless_is_never_why_a_run_failed() -> None:
    log = "UserWarning: torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling."
    assert recognize(log) is not None and cause("UpstreamError: ended with exit code 1", log) is None


def test_the_setting_is_read_from_an_output() -> None:
    told = read_setting(
        "PS C:\\tutor> python train.py --device=cpu --batch-size 4\nOverriding: compile = False"
    )
    assert told == Setting("windows", frozenset({"device=cpu", "batch_size=4", "compile=false"}), "")
    assert read_setting("Should I use --device=cpu here?").given == frozenset()
    assert read_setting("/Users/ana/nanoGPT/sample.py").os == "macos"


def test_the_line_that_a_traceback_stands_on_is_ones_own() -> None:
    output = (
        'File "C:\\nanoGPT\\train.py", line 27, in <module>\n    import torch\n'
        'File "C:\\tutor\\.venv\\Lib\\site-packages\\torch\\__init__.py", line 9, in <module>\n    boom()\n'
    )
    frame = last_frame(output)
    assert frame is not None and frame.line == 27 and frame.code == "import torch"
    cell = last_frame("Cell In[3], line 2\n      1 x = 1\n----> 2 loss.backward()\n")
    assert cell is not None and (cell.path, cell.line, cell.code) == ("", 2, "loss.backward()")


@pytest.mark.parametrize("entry", ["cause", "hint", "way_out", "examples"])
def test_an_entry_that_lacks_a_part_is_refused(entry: str) -> None:
    whole = next(iter(TABLE.values())).model_dump()
    Entry(**whole)
    del whole[entry]
    with pytest.raises(ValidationError):
        Entry(**whole)


def test_an_entry_that_would_fit_everything_is_refused() -> None:
    whole = next(iter(TABLE.values())).model_dump()
    with pytest.raises(ValidationError, match="fit everything"):
        Entry(**{**whole, "match": {}})
    with pytest.raises(ValidationError):
        Entry(**{**whole, "surprise": True})


@pytest.mark.parametrize("piece", ["a", " \n", '"', "/b.c-", "Error: '", "CUDA ", 'File "x", line 3, in y\n'])
def test_an_endless_output_is_read_in_a_moment(piece: str) -> None:
    began = time.process_time()
    recognize(piece * 8000)
    assert time.process_time() - began < 3
