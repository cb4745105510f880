"""Generated cases: real files that somebody bent, and whether anything around a home was touched.

`MORE_CASES=20 python -m pytest …` tries twenty times as many; what is tried is the same each time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

MORE = int(os.environ.get("MORE_CASES", "1"))
# what has broken programs before, as names, addresses and numbers
NASTY = (
    "", " ", ".", "..", "../../etc/passwd", "/etc/passwd", "/dev/zero", "~nobody-here", "CON", "a\x00b", "x" * 300,
    "é" * 200, "<script>", "%00", "%2e%2e", "-1", "0", "1e309", "nan", str(10**30), "a'b\"c`d", "![i](http://x)",
    "{{7*7}}", "\u202e", "💥", "\\\\host\\share", "C:\\", "[]", "null",
)  # fmt: skip


def cases(count: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """So many cases, the same at every run."""
    known = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=count * MORE, derandomize=True, deadline=None, database=None, suppress_health_check=known
    )


def words() -> SearchStrategy[str]:
    """Names and addresses: any text, and what has broken programs before."""
    return st.one_of(st.sampled_from(NASTY), st.text(max_size=40))


def json_values() -> SearchStrategy[Any]:
    """Anything that JSON can say."""
    plain = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words()
    )
    return st.recursive(
        plain,
        lambda each: st.lists(each, max_size=4) | st.dictionaries(words(), each, max_size=4),
        max_leaves=6,
    )


@st.composite
def bent(draw: Any, whole: bytes) -> bytes:
    """A real file, cut off, with bytes changed, put in or taken out; now and then nothing of it is left."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=400))  # type: ignore[no-any-return]
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 6))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        piece = draw(st.binary(min_size=1, max_size=8))
        match draw(st.sampled_from(("change", "insert", "remove", "repeat"))):
            case "change":
                data[place : place + len(piece)] = piece
            case "insert":
                data[place:place] = piece
            case "remove":
                del data[place : place + draw(st.integers(1, 60))]
            case "repeat":
                data[place:place] = data[place : place + 40] * draw(st.integers(1, 30))
    if draw(st.integers(0, 3)) == 0:
        del data[draw(st.integers(0, len(data))) :]
    return bytes(data)


def tree(folder: Path, but: Path) -> dict[str, str]:
    """Every path below a folder with what it holds, one folder in it left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path != but and but not in path.parents:
            held = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[path.relative_to(folder).as_posix()] = f"{path.is_symlink()} {held}"
    return found


@contextmanager
def untouched(around: Path, home: Path) -> Iterator[None]:
    """Everything around a home is as it was, when this ends."""
    (around / "hers").mkdir(parents=True, exist_ok=True)
    (around / "hers" / "letter.txt").write_text("not the tutor's", encoding="utf-8")
    before = tree(around, home)
    yield
    assert tree(around, home) == before
