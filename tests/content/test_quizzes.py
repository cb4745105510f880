"""Every quiz item is true: code prints what it says, and numbers come out."""

import math
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.quiz.items import (
    QUIZZES,
    WEEKS,
    Item,
    MultipleItem,
    NumberItem,
    SingleItem,
    all_items,
    load_bank,
)

ROOT = Path(__file__).parent.parent.parent


def weekly(want: type | tuple[type, ...] | None = None) -> list[object]:
    return [
        pytest.param(item, id=f"week-{week}-{item.id}")
        for week, item in all_items()
        if want is None or isinstance(item, want)
    ]


@pytest.mark.parametrize("week", WEEKS, ids=lambda week: f"week-{week}")
def test_code_prints_what_the_item_says(week: int) -> None:
    shown = [item for item in load_bank(week) if item.prints is not None]
    assert shown
    script = "\n".join(
        f"print({item.id!r}, sep='')\nexec({item.code!r}, {{}})\nprint('\\x1e', end='')" for item in shown
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = dict(part.partition("\n")[::2] for part in done.stdout.split("\x1e") if part)
    assert {name: text.strip() for name, text in printed.items()} == {
        item.id: (item.prints or "").strip() for item in shown
    }


@pytest.mark.parametrize("item", weekly(NumberItem))
def test_numbers_come_out(item: NumberItem) -> None:
    assert item.compute, "a number item says how its answer is computed"
    value = eval(
        item.compute,
        {
            "math": math,
            "__builtins__": {
                "round": round,
                "sum": sum,
                "range": range,
                "len": len,
                "min": min,
                "max": max,
                "abs": abs,
                "int": int,
            },
        },
    )
    assert value == pytest.approx(item.answer, abs=max(item.tolerance, 1e-9))


def test_no_choice_stands_for_all_the_others() -> None:
    for _, item in all_items():
        if isinstance(item, SingleItem | MultipleItem):
            for choice in item.choices:
                assert not re.match(r"(all|none|both) of (the above|these)\b", choice.text, re.I), item.id


def test_the_bank_is_large_enough() -> None:
    items = list(all_items())
    assert len(items) >= 200
    assert all(count >= 30 for count in Counter(week for week, _ in items).values())
    assert sum(item.product for _, item in items) >= len(items) / 3


def test_ids_are_unique_and_stand_first() -> None:
    ids = [item.id for _, item in all_items()]
    assert len(ids) == len(set(ids))
    for week in WEEKS:
        text = (QUIZZES / f"week-{week}.yaml").read_text(encoding="utf-8")
        assert len(re.findall(r"^- id: ", text, re.M)) == len(load_bank(week))


@pytest.mark.parametrize("item", weekly())
def test_an_item_has_its_own_words(item: Item) -> None:
    assert len(item.explain.split()) >= 5
    if isinstance(item, SingleItem | MultipleItem):
        texts = [choice.text.strip().lower() for choice in item.choices]
        assert len(texts) == len(set(texts))


def test_prompts_for_explaining_interviews_and_cases() -> None:
    prompts = [prompt for week in WEEKS for prompt in load_prompts(week)]
    assert len({prompt.id for prompt in prompts}) == len(prompts)
    kinds = Counter(prompt.kind for prompt in prompts)
    assert kinds["scoping"] >= 6
    assert kinds["prd"] >= 1
    assert len(prompts) - kinds["scoping"] - kinds["prd"] >= 40
