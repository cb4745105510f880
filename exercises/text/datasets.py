"""Text to train on, and where it comes from.

Always there, with no network: `python-docs` (the topics of Python's own help), `lessons` (this
project's lessons), `first-names` (the US census, from the package `names`). Downloaded once and
checked by hash: `tinyshakespeare`, `names`. Anything else is a path to her own file.
"""

from __future__ import annotations

import hashlib
import http.client
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exercises.errors import DataError
from exercises.runs.files import expanded, replace
from exercises.text.readers import read_text

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = "python-docs"  # always there
MOST_CHARACTERS = 20_000_000  # of her own file; more would not be read once in any run here


@dataclass(frozen=True)
class Text:
    """A text to learn from, LF line ends; `note` says what was done to it, if anything."""

    name: str
    text: str
    source: str
    note: str = ""

    @property
    def lines(self) -> list[str]:
        """Its lines without blanks around, empty ones left out: for word lists."""
        return [line.strip() for line in self.text.splitlines() if line.strip()]


@dataclass(frozen=True)
class Download:
    """A file on the web, known by its hash."""

    url: str
    sha256: str
    size: int


DOWNLOADS = {
    "tinyshakespeare": Download(
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        1_115_394,
    ),
    "names": Download(
        "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        228_145,
    ),
}


def load_text(name: str, home: Path) -> Text:
    """The text called `name`, or the file at that path.

    home: where downloads are kept (`home/data`). Raises DataError that says what to do.
    """
    if name in _PACKAGED:
        return _PACKAGED[name]()
    if name in DOWNLOADS:
        path = fetch(name, home)
        return Text(name, path.read_text(encoding="utf-8"), DOWNLOADS[name].url)
    path = _path(name)
    text, note = read_text(path, MOST_CHARACTERS)
    return Text(path.name, text, str(path), note)


def check_named(name: str, home: Path) -> None:
    """Refuse a text that a page, a model or another program may not name.

    They may name the named ones and files in her home or this project, links followed; a path to elsewhere is
    for the command line, where she types it herself. Raises DataError.
    """
    if name in _PACKAGED or name in DOWNLOADS:
        return
    path = (ROOT / _path(name)).resolve()
    if not any(path.is_relative_to(folder.resolve()) for folder in (home, ROOT)):
        raise DataError(
            f"{name} lies outside your home folder and this project, so it is not read. Add it under "
            "“Your documents” and choose it there, or run it at the command line with --set text=PATH."
        )


def _path(name: str) -> Path:
    path = expanded(name)
    try:
        there = bool(name.strip()) and path.exists()
    except OSError:  # a name that cannot be one, a folder that may not be looked into: reading it says so
        there = True
    if not there:
        known = ", ".join((*_PACKAGED, *DOWNLOADS))
        raise DataError(f"There is no text and no file {name[:200]!r}. Give one of: {known}, or a path.")
    return path


def available(home: Path) -> dict[str, bool]:
    """The named texts, and whether each is on this machine already."""
    here = {name: (home / "data" / f"{name}.txt").exists() for name in DOWNLOADS}
    return {**dict.fromkeys(_PACKAGED, True), **here}


def fetch(name: str, home: Path) -> Path:
    """The local copy of a download, fetched on first use. Raises DataError when that fails."""
    path = home / "data" / f"{name}.txt"
    if path.exists() and _sha256(path) == DOWNLOADS[name].sha256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    _download(name, partial)
    if _sha256(partial) != DOWNLOADS[name].sha256:
        partial.unlink()
        raise DataError(
            f"{DOWNLOADS[name].url} did not send the expected file (its hash differs). Try again later, "
            f"or put the right file at {path}."
        )
    replace(partial, path)
    return path


def _download(name: str, partial: Path) -> None:
    """Fetch into `partial`, going on from what an earlier attempt left there."""
    entry = DOWNLOADS[name]
    have = partial.stat().st_size if partial.exists() else 0
    if have >= entry.size:
        have = 0
    request = urllib.request.Request(entry.url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            mode = "ab" if have and answer.status == 206 else "wb"
            with partial.open(mode) as file:
                while block := answer.read(1 << 16):
                    file.write(block)
        if partial.stat().st_size < entry.size:
            raise OSError("it broke off; what came is kept, and the next attempt goes on from there")
    except (OSError, http.client.HTTPException) as error:
        packaged = " or ".join(f"text={other}" for other in _PACKAGED)
        raise DataError(
            f"{name} has to be downloaded once from {entry.url}, and that failed ({error}). Without a "
            f"network use {packaged}, or a path to a file of yours, or save that address as "
            f"{partial.with_suffix('.txt')}."
        ) from error


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _python_docs() -> Text:
    from pydoc_data.topics import topics

    text = "\n\n".join(dict.fromkeys(topics[name].strip() for name in sorted(topics)))
    return Text("python-docs", text, "Python's own help topics, on every machine that has Python")


def _lessons() -> Text:
    paths = sorted((ROOT / "knowledge" / "lessons").rglob("*.md"))
    if not paths:
        raise DataError("The lessons are not where they should be. Use text=python-docs.")
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return Text("lessons", "\n\n".join(texts), "this project's own lessons")


def _first_names() -> Text:
    import names

    folder = Path(names.__file__).parent
    found: set[str] = set()
    for part in ("female", "male"):
        rows = (folder / f"dist.{part}.first").read_text(encoding="utf-8").split("\n")
        found.update(row.split()[0].lower() for row in rows if row.strip())
    return Text("first-names", "\n".join(sorted(found)) + "\n", "US census, from the package names")


_PACKAGED: dict[str, Callable[[], Text]] = {
    "python-docs": _python_docs,
    "lessons": _lessons,
    "first-names": _first_names,
}
