"""The one door to Python's parser: safe to use from several threads."""

from __future__ import annotations

import ast
import threading

TRIES = 10
_turn = threading.Lock()


def parse(text: str) -> ast.Module:
    """The syntax tree of a text. Raises what `ast.parse` raises for a text that is no Python.

    Until 3.11.9 and 3.12.3, Python counts the depth of all threads' trees in one place: a thread that parses
    beside another may fail with "AST constructor recursion depth mismatch" (CPython issue 106905). Ours wait
    for one another; after somebody else's, the same text is tried again.
    """
    with _turn:
        for _ in range(TRIES):
            try:
                return ast.parse(text)
            except SystemError:
                continue
        return ast.parse(text)
