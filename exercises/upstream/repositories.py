"""Which repositories, where they are, and the commits at which everything here was checked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exercises.errors import ExerciseError
from exercises.names import LONGEST, is_plain, is_reserved


class UpstreamError(ExerciseError):
    """A repository that cannot be cloned, is not there, or cannot be run as asked."""


@dataclass(frozen=True)
class Repository:
    """One repository. `commit` is empty where it is not pinned; `needs` are files that its runs rest on."""

    name: str
    url: str
    commit: str = ""
    needs: tuple[str, ...] = ()
    about: str = ""


_HOME = "https://github.com/karpathy"

REPOSITORIES = {
    one.name: one
    for one in (
        Repository(
            "micrograd", f"{_HOME}/micrograd", "c911406e5ace8742e5841a7e0df113ecb5d54685",
            ("demo.ipynb", "micrograd/engine.py"), "Numbers that know their gradient, and a small network of them",
        ),
        Repository(
            "makemore", f"{_HOME}/makemore", "988aa59e4d8fefa526d06f3b453ad116258398d4",
            ("makemore.py", "names.txt"), "Six models that invent names, from pairs of letters to a transformer",
        ),
        Repository(
            "nanoGPT", f"{_HOME}/nanoGPT", "3adf61e154c3fe3fca428ad6bc3818b27a3b8291",
            ("train.py", "model.py", "sample.py"), "A GPT to train, fine-tune and sample; nanochat follows it",
        ),
        Repository(
            "minbpe", f"{_HOME}/minbpe", "1acefe89412b20245db5a22d2a02001e547dc602",
            ("train.py", "tests/taylorswift.txt"), "Byte pair encoding, from the bare method to GPT-4's tokenizer",
        ),
        Repository(
            "nn-zero-to-hero", f"{_HOME}/nn-zero-to-hero", "73c3fcc741f0ec104ca850b1fb0df90e7e8d4cde", (),
            "The notebooks of the lectures on micrograd and makemore",
        ),
        Repository(
            "ng-video-lecture", f"{_HOME}/ng-video-lecture", "52201428ed7b46804849dea0b3ccf0de9df1a5c3", (),
            "The code written in the GPT lecture: bigram.py, then gpt.py",
        ),
    )
}  # fmt: skip
_ADDRESS = re.compile(r"^(?:https?|ssh|git|file)://\S+$|^[\w.-]+@[\w.-]+:\S+$")
OURS = frozenset({
    "app.py", "bench", "docs", "documents", "exercises", "knowledge", "lessons", "tests", "transcripts", "tutor",
})  # fmt: skip
"""Names that something of ours is cited or kept under: a clone of that name would be taken for it."""


def repository(name_or_url: str, called: str = "") -> Repository:
    """One of the known repositories by name, or any git address, to be kept as `called`.

    Raises UpstreamError for what is neither, and for a name that is taken; then it suggests another.
    """
    known = {name.lower(): one for name, one in REPOSITORIES.items()}
    known |= {_plain(one.url): one for one in REPOSITORIES.values()}
    if not called and (found := known.get(_plain(name_or_url))):
        return found
    if _ADDRESS.match(name_or_url) and not name_or_url.startswith("-"):
        parts = [
            re.sub(r"[^\w.-]", "-", part).strip(".-") for part in re.split(r"[/:]+", name_or_url.rstrip("/"))
        ]
        name = called or parts[-1].removesuffix(".git").strip(".-")
        if name:
            _refuse_taken(name, f"{parts[-2] or 'their'}-{name}" if len(parts) > 2 else f"their-{name}")
            return Repository(name, name_or_url)
    raise UpstreamError(
        f"{name_or_url[:200]!r} is neither a git address nor one of: {', '.join(REPOSITORIES)}. "
        "An address looks like https://github.com/someone/project."
    )


def is_taken(name: str) -> bool:
    """Whether a folder of clones may not hold another repository under this name: it would pass for ours,
    for one of Karpathy's, or cannot be on every system.
    """
    low = name.lower()
    known = any(low == one.lower() for one in REPOSITORIES)
    return known or not is_usable(name)


def is_usable(name: str) -> bool:
    """Whether a clone may have this name, whosever it is."""
    low = name.lower()
    good = (
        is_plain(name) and not is_reserved(name) and not name.startswith((".", "-")) and len(name) <= LONGEST
    )
    return good and low not in OURS and not low.endswith(".partial")


def _refuse_taken(name: str, other: str) -> None:
    if not is_taken(name):
        return
    if is_taken(other):
        other = "their-project"
    raise UpstreamError(
        f"A clone cannot be called {name[:60]!r}: that name is taken by the tutor, by one of Karpathy's "
        f"repositories, or by Windows. Give it another name, for instance {other[:60]!r}."
    )


def _plain(address: str) -> str:
    """An address without what makes no difference."""
    return address.strip().lower().rstrip("/").removesuffix(".git").replace("http://", "https://")
