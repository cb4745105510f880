"""Which repositories, where they are, and the commits at which everything here was checked."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exercises.errors import ExerciseError


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


def repository(name_or_url: str) -> Repository:
    """One of the known repositories by name, or any git address. Raises UpstreamError."""
    known = {name.lower(): one for name, one in REPOSITORIES.items()}
    if name_or_url.lower() in known:
        return known[name_or_url.lower()]
    if _ADDRESS.match(name_or_url):
        last = re.split(r"[/:]", name_or_url.rstrip("/"))[-1].removesuffix(".git")
        name = re.sub(r"[^\w.-]", "-", last).strip(".-")
        if name:
            return Repository(name, name_or_url)
    raise UpstreamError(
        f"{name_or_url!r} is neither a git address nor one of: {', '.join(REPOSITORIES)}. "
        "An address looks like https://github.com/someone/project."
    )
