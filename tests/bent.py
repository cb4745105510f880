"""Generated cases: real files that somebody bent, names that broke programs, and whether anything around a home was touched.

`MORE_CASES=20 python -m pytest …` tries twenty times as many, drawn anew at each start; without it what is tried is
the same each time.
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

MORE = int(os.environ.get("MORE_CASES", "0"))
# what has broken programs before, as names, addresses and numbers
NASTY = (
    "", " ", ".", "..", "../../etc/passwd", "/etc/passwd", "/dev/zero", "~", "~root", "~nobody-here", "CON", "nul.txt",
    "a\x00b", "x" * 300, "é" * 200, "<script>", "%00", "%2e%2e", "%2e%2e%2foutside", "-1", "-rf", "0", "1e309", "nan",
    str(10**30), "a'b\"c`d", "![i](http://x)", "{{7*7}}", "\u202e", "💥", "\\\\host\\share", "C:\\", "[]", "null",
    "a/b", "../outside", "..\\outside", "../../outside", "link", "runs", "trash",
)  # fmt: skip


def cases(count: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """So many cases, the same at every run unless more are asked for."""
    known = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=count * max(1, MORE),
        derandomize=not MORE,
        deadline=None,
        database=None,
        suppress_health_check=known,
    )


def words() -> SearchStrategy[str]:
    """Names and addresses: any text, and what has broken programs before."""
    return st.one_of(st.sampled_from(NASTY), st.text(max_size=40))


def json_values() -> SearchStrategy[Any]:
    """Anything that JSON can say, and the numbers that Python's reader takes besides."""
    plain = st.none() | st.booleans() | st.integers() | st.floats() | words()
    return st.recursive(
        plain,
        lambda each: st.lists(each, max_size=4) | st.dictionaries(words(), each, max_size=4),
        max_leaves=6,
    )


def altered(whole: dict[str, Any], *others: str) -> SearchStrategy[Any]:
    """What a file may hold instead of `whole`: a value or two exchanged or put in, one missing, or something else."""
    keys = st.sampled_from(sorted({*whole, *others}))
    changed = st.dictionaries(keys, json_values(), max_size=2).map(lambda new: {**whole, **new})
    lacking = keys.map(lambda key: {name: value for name, value in whole.items() if name != key})
    return changed | lacking | json_values()


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
    """Every file, folder and link below a folder with what is in it, one folder left out."""
    found = {}
    for where, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if Path(where, one) != but]
        for path in (Path(where, name) for name in (*folders, *files)):
            if path.is_symlink():
                held = f"-> {path.readlink()}"
            elif path.is_file():
                held = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                held = "folder" if path.is_dir() else "neither file nor folder"
            found[str(path)] = held
    return found


@contextmanager
def untouched(around: Path, home: Path) -> Iterator[None]:
    """Everything around a home is as it was, when this ends."""
    (around / "hers").mkdir(parents=True, exist_ok=True)
    (around / "hers" / "letter.txt").write_text("not the tutor's", encoding="utf-8")
    before = tree(around, home)
    yield
    assert tree(around, home) == before
