"""Words as one types them into a shell: for bash and zsh, and for PowerShell.

The only place that quotes for a shell: what is shown to be typed must mean the same folder and the same values,
whatever their names hold. Nothing here is ever run; programs are started with lists of arguments.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable
from pathlib import PurePath
from typing import Literal

Shell = Literal["bash", "powershell"]
HERE: Shell = "powershell" if sys.platform == "win32" else "bash"
"""The shell of this machine."""

_BARE = re.compile(r"(?!-[^-]*[.:])[\w\-+=./:\\]+", re.ASCII)  # PowerShell splits `-a.b` and `-a:b` in two
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")  # PowerShell takes each of them for the end of a word
_PATTERN = re.compile(r"[\[\]*?`]")


def bash_word(text: str) -> str:
    """`text` as one word for bash and zsh."""
    return shlex.quote(text)


def powershell_word(text: str) -> str:
    """`text` as one word for PowerShell, nothing in it expanded."""
    return text if _BARE.fullmatch(text) else f"'{_QUOTES.sub(lambda one: one[0] * 2, text)}'"


def command(words: Iterable[str], shell: Shell = HERE) -> str:
    """A line that runs the program `words[0]` with the others as its arguments."""
    quote = bash_word if shell == "bash" else powershell_word
    return " ".join(quote(word) for word in words)


def enter(folder: PurePath | str, shell: Shell = HERE) -> str:
    """The line that makes a folder the current one."""
    if shell == "powershell" and _PATTERN.search(str(folder)):
        return f"cd -LiteralPath {powershell_word(str(folder))}"  # else `[1]` is a pattern
    return command(["cd", str(folder)], shell)
