"""Text from outside, written into addresses and Markdown so that it stays what it is.

A path, a name or a message may hold anything: `#`, `%20`, `[`, a picture's address. Each form has one function here
(words for a shell are in `exercises/shell.py`), and nothing else writes such text into an address or into Markdown.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from urllib.parse import quote

from sqlalchemy.engine import URL

JOINER = "\u2060"  # takes no room and never breaks a line
# Streamlit and its parser look for these after escapes are undone: `:name`, `://`, `www.`, `a@b`. The colon of a
# Windows drive stays whole, so that a path can be copied.
_LATE = re.compile(r"(?<=:)(?=[^\s\\])|(?<=www)(?=\.)|(?<=\w@)(?=\w)", re.IGNORECASE)
_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


def as_markdown(text: str) -> str:
    """Markdown that shows `text` as it is: no link, picture, icon, color, HTML or maths in it takes effect."""
    shown = _SIGN.sub(r"\\\g<0>", _LATE.sub(JOINER, text))
    shown = _INDENT.sub(lambda found: "\u00a0" * len(found[0].expandtabs(4)), shown)
    return shown.replace("\r\n", "\n").replace("\n", "  \n")


def as_code(text: object) -> str:
    """`text`, such as a path, as code within a line of Markdown."""
    line = " ".join(str(text).splitlines())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    room = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{fence}{room}{line}{room}{fence}"


def without_pictures(text: str) -> str:
    """Markdown whose pictures are links: to show one is to fetch it, from wherever its address says."""
    return text.replace("![", f"!{JOINER}[")


def as_link(label: str, address: str) -> str:
    """A link in Markdown: `label` is Markdown already; whatever in the address could end the link is encoded."""
    return f"[{label}]({quote(address, safe=':/?#@!$&*+,;=%~')})"


def as_part(text: str) -> str:
    """`text` as one part of an address, between two slashes."""
    return quote(text, safe="", errors="surrogateescape")


def in_editor(file: PurePath, line: int | None = None) -> str:
    """The address that opens a file, or a folder, in VS Code: `vscode://file/C:/a%20b/model.py:12`."""
    place = quote(file.as_posix(), safe="/:", errors="surrogateescape")
    rooted = place if place.startswith("/") else f"/{place}"
    return f"vscode://file{rooted}{f':{line}' if line else ''}"


def file_database(file: PurePath) -> URL:
    """The SQLAlchemy URL of an SQLite file: built from parts, nothing in the path is read as an address."""
    return URL.create("sqlite", database=str(file))
