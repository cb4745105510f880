"""Every lesson is true: examples in the cards compute what they say, and everything they name is there."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LESSONS = ROOT / "knowledge" / "lessons"
CARDS = sorted((LESSONS / "concepts").glob("*.md"))
FENCE = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def examples(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return "\n".join(block for block in FENCE.findall(text) if ">>>" in block)


@pytest.mark.parametrize("path", [path for path in CARDS if examples(path)], ids=lambda path: path.stem)
def test_a_cards_example_computes_what_it_says(path: Path) -> None:
    test = doctest.DocTestParser().get_doctest(examples(path), {}, path.stem, str(path), 0)
    said: list[str] = []
    results = doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert results.failed == 0, "".join(said)


def test_there_is_a_worked_example_in_most_cards() -> None:
    assert len(CARDS) >= 90
    assert sum(
        bool(re.search(r"\d", path.read_text(encoding="utf-8").split("---", 2)[2])) for path in CARDS
    ) == len(CARDS)


@pytest.mark.parametrize("room", ["knowledge", "tutor"])
def test_everything_that_lessons_name_is_there(room: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", room, "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
