"""Looks at this machine: what the tutor needs, what is there, what is wrong and how to mend it."""

import importlib.metadata
import importlib.util
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from exercises.errors import ExerciseError
from exercises.upstream.repositories import Repository
from knowledge.content.curriculum import load_curriculum
from knowledge.errors import KnowledgeError
from tutor.errors import TutorError
from tutor.settings import PACKAGE, PROJECT, Settings
from tutor.store.database import open_database

OLDEST_PYTHON = (3, 11)
DISK_WRONG, DISK_THIN = 0.5, 3.0  # gigabytes free: below, nothing can be stored; below, runs soon fill it
MEMORY_WRONG, MEMORY_THIN = 1.0, 3.0  # gigabytes free: torch and the index model want about one and a half
HUB = ("github.com", 443)
State = Literal["ok", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `wrong` keeps the tutor from working; a `note` takes something away."""

    state: State
    what: str
    said: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{self.state:5}  {self.what}: {self.said}"
        return f"{line}\n       {self.mend}" if self.mend else line


def examine(settings: Settings) -> list[Finding]:
    """All checks, in the order in which one would mend them."""
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _python, _packages, _home, _memory, _device, _database, _lessons, _index, _git, _clones, _key,
        _network,
    ]  # fmt: skip
    return [finding for check in checks for finding in check(settings)]


def _python(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        yield Finding("wrong", "Python", version, "Install Python 3.11 or newer and make a new environment.")
    else:
        yield Finding("ok", "Python", f"{version} at {sys.executable}")


def _packages(settings: Settings) -> Iterator[Finding]:
    missing, other = [], []
    pinned_packages, mend = _pinned()
    for name, pinned in pinned_packages:
        try:
            there = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if there.split("+")[0] != pinned:  # +cpu, +cu128: the same version, built otherwise
            other.append(f"{name} {there} (pinned: {pinned})")
    if missing:
        yield Finding("wrong", "Packages", f"missing: {', '.join(missing)}", mend)
    if other:
        yield Finding("note", "Packages", f"other versions: {', '.join(other)}", mend)
    if not missing and not other:
        yield Finding("ok", "Packages", f"all {len(pinned_packages)} as pinned")


def _pinned() -> tuple[list[tuple[str, str]], str]:
    """The packages that are needed with their versions, and how to get them: by the project's file or the package's."""
    file = PROJECT / "requirements.txt"
    if (PROJECT / "pyproject.toml").is_file():
        lines = file.read_text(encoding="utf-8").splitlines()
        mend = "Install what is pinned: python -m pip install -r requirements.txt"
    else:
        needed = importlib.metadata.requires(PACKAGE) or []
        lines = [line for line in needed if "extra ==" not in line]
        mend = f"Install {PACKAGE} again: pip brings what it pins."
    pairs = [
        line.partition(";")[0].split("==") for line in lines if "==" in line and not line.startswith("#")
    ]
    return [(name.strip(), version.strip()) for name, version in pairs], mend


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".written-by-doctor"
        probe.write_text("ok", encoding="utf-8")
        probe.unlink()
    except OSError as error:
        yield Finding(
            "wrong", "Home", f"{home} may not be written: {error}", "Set TUTOR_HOME to a folder of yours."
        )
        return
    free = shutil.disk_usage(home).free / 2**30
    if free < DISK_WRONG:
        yield Finding("wrong", "Disk", f"{free:.1f} GB free at {home}", "Free some space, or set TUTOR_HOME.")
    elif free < DISK_THIN:
        yield Finding("note", "Disk", f"{free:.1f} GB free at {home}", "Delete old runs on the runs page.")
    else:
        yield Finding("ok", "Disk", f"{free:.0f} GB free at {home}")


def _memory(settings: Settings) -> Iterator[Finding]:
    free = psutil.virtual_memory().available / 2**30
    mend = "Close other programs; choose smaller runs."
    state: State = "wrong" if free < MEMORY_WRONG else "note" if free < MEMORY_THIN else "ok"
    yield Finding(state, "Memory", f"{free:.1f} GB free", "" if state == "ok" else mend)


def _device(settings: Settings) -> Iterator[Finding]:
    from exercises.device import choose, label

    if importlib.util.find_spec("torch") is None:
        yield Finding("wrong", "torch", "missing", "python -m pip install -r requirements.txt")
        return
    yield Finding("ok", "torch", importlib.metadata.version("torch"))
    try:
        device = choose("auto")
    except ExerciseError as error:
        yield Finding("wrong", "Device", str(error))
        return
    if device != "cuda" and shutil.which("nvidia-smi"):
        mend = "Install torch with CUDA: the README has the line, under “Set up and open”."
        yield Finding(
            "note", "Device", f"{label(device)}; there is an NVIDIA card, and torch cannot use it", mend
        )
    else:
        yield Finding("ok", "Device", label(device))


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        database = open_database(settings)
    except TutorError as error:
        yield Finding("wrong", "Database", str(error))
        return
    database.close()
    yield Finding("ok", "Database", settings.database_place)


def _lessons(settings: Settings) -> Iterator[Finding]:
    try:
        curriculum = load_curriculum(settings.lessons)
    except KnowledgeError as error:
        yield Finding("wrong", "Lessons", str(error), "Restore the folder: git checkout -- knowledge/lessons")
        return
    for problem in curriculum.problems:
        yield Finding("note", "Lessons", str(problem), "This file is left out; restore it with git checkout.")
    yield Finding("ok", "Lessons", f"{len(curriculum.concepts)} concepts in {len(curriculum.weeks)} weeks")


def _index(settings: Settings) -> Iterator[Finding]:
    from knowledge.embedding.embedder import embedder_for
    from knowledge.search.library import Library

    try:
        model = embedder_for(settings.embedding_model or None)
        model.load()
    except KnowledgeError as error:
        yield Finding("wrong", "Embedding model", str(error))
        return
    yield Finding("ok", "Embedding model", model.name)
    if not any(settings.index.glob("*")):
        yield Finding("note", "Index", "not built yet", "It is built at the first start, in a few seconds.")
        return
    try:
        Library(settings.index, model).snapshot()
    except KnowledgeError as error:
        mend = "It is built anew at the next start; nothing of yours is in it."
        yield Finding("note", "Index", str(error).split(". ")[0], mend)
    else:
        yield Finding("ok", "Index", str(settings.index))


def _git(settings: Settings) -> Iterator[Finding]:
    found = shutil.which("git")
    if found is None:
        yield Finding(
            "note", "git", "missing", "Install it from git-scm.com to clone Karpathy's repositories."
        )
    else:
        yield Finding("ok", "git", found)


def _clones(settings: Settings) -> Iterator[Finding]:
    from exercises.upstream.repositories import REPOSITORIES

    folder = settings.upstream_folder
    absent = []
    for one in REPOSITORIES.values():
        if (folder / one.name).is_dir():
            yield _clone(one, folder)
        elif (folder / f"{one.name}.partial").is_dir():
            mend = f"It goes on where it broke off: python -m exercises upstream clone {one.name}"
            yield Finding("note", one.name, "cloned by half", mend)
        else:
            absent.append(one.name)
    if absent:
        mend = "python -m exercises upstream clone brings them."
        yield Finding("note", "Clones", f"not here: {', '.join(absent)}", mend)


def _clone(repository: Repository, folder: Path) -> Finding:
    from exercises.upstream.workspace import inspect

    name, place = repository.name, folder / repository.name
    empty = [path for path in place.rglob("input.txt") if path.stat().st_size == 0]
    if empty:
        mend = "A download broke off. Delete the empty file and run prepare.py again."
        return Finding("wrong", name, f"{empty[0].relative_to(place)} is empty", mend)
    lost = [needed for needed in repository.needs if not (place / needed).is_file()]
    if lost:
        mend = "Bring it back with git checkout, or move the folder away and clone again."
        return Finding("wrong", name, f"{lost[0]} is missing in {place}", mend)
    try:
        there = inspect(repository, folder)
    except ExerciseError as error:
        return Finding("note", name, str(error))
    if there is not None and not there.pinned:
        mend = "It works; notes that no longer fit are left out."
        return Finding("note", name, f"at commit {there.commit[:8]}, not the one that was checked", mend)
    return Finding("ok", name, f"{place}{', with changes of yours' if there and there.changed else ''}")


def _key(settings: Settings) -> Iterator[Finding]:
    from tutor.keys import find_key

    if settings.model:
        yield Finding("ok", "Model", settings.model)
    elif find_key(settings) is None:
        yield Finding("ok", "Model", "none: the built-in tutor answers, without network or cost")
    else:
        yield Finding("ok", "Model", "Claude; the key is there, the settings page tries it")


def _network(settings: Settings) -> Iterator[Finding]:
    try:
        socket.create_connection(HUB, timeout=3).close()
    except OSError as error:
        mend = "Only cloning, downloads and models on other machines need it."
        yield Finding("note", "Network", f"{HUB[0]} cannot be reached ({error})", mend)
    else:
        yield Finding("ok", "Network", f"{HUB[0]} answers")
