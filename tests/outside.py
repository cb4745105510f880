"""What generated cases share: how many, and a picture of all that lies around a home."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st


def cases(count: int) -> Callable[[Any], Any]:
    """So many cases, the same in every run; with CASES in the environment so many times more, drawn anew."""
    more = int(os.environ.get("CASES", "0"))
    return settings(
        max_examples=count * max(1, more),
        derandomize=not more,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def picture(folder: Path, without: Path) -> dict[str, str]:
    """Every file, folder and link below `folder`, with what is in it; `without` is left out."""
    seen = {}
    for where, folders, files in os.walk(folder):
        folders[:] = [one for one in folders if Path(where, one) != without]
        for name in (*folders, *files):
            path = Path(where, name)
            if path.is_symlink():
                seen[str(path)] = f"-> {path.readlink()}"
            else:
                seen[str(path)] = (
                    hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
                )
    return seen


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("../../outside"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", ".", "..", "../outside", "../../outside", "/etc", "C:\\Windows", "\\\\server\\share", "a/b", "CON", "nul.txt",
         "link", "x" * 300, "a\0b", "~", "~root", "%2e%2e%2foutside", "-rf", "\ud800", "..\\outside", "runs", "trash"]
    ),
)  # fmt: skip
"""Names as an address, a form or a tool may give them."""
