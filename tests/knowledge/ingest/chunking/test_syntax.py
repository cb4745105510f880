"""Parsing from several threads at once."""

from __future__ import annotations

import ast
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from knowledge.ingest.chunking import python as split_python
from knowledge.ingest.chunking import syntax


def test_threads_that_parse_at_once_do_not_disturb_each_other() -> None:
    text = Path(split_python.__file__).read_text(encoding="utf-8")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # as often as it can be: the fault is a race
    try:
        with ThreadPoolExecutor(4) as threads:
            trees = list(threads.map(lambda _: syntax.parse(text), range(60)))
    finally:
        sys.setswitchinterval(before)
    assert {len(tree.body) for tree in trees} == {len(ast.parse(text).body)}
