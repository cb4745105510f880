"""What to index: folders, clones and single files, read as text. Never what git ignores, never data files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pathspec

from knowledge.errors import KnowledgeError

PROSE_AND_CODE = {".py", ".md", ".ipynb", ".vtt", ".srt"}
SETTINGS = {".txt", ".toml", ".yaml", ".yml", ".sh"}
DATA_LIMIT = 50_000
"""Bytes beyond which a .txt, .toml, .yaml or .sh file is taken for data."""
SOURCE_LIMIT = 20_000_000
"""Bytes beyond which no file is read: what people write is smaller."""

_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist"}
_GENERATED_LINE = 2_000  # characters: nobody writes such lines on average


@dataclass(frozen=True)
class Source:
    """A folder or a single file; its files are cited as `name/relative/path`."""

    name: str
    root: Path


@dataclass(frozen=True)
class Corpus:
    """All that is indexed: the sources whose lines are hits, and what leads to them.

    `lessons` (cards) and `notes` are folders. Cards lead to the symbols they name whether or not the lessons
    are themselves among the sources. `pack` is the folder of the vectors that ship, `faq` that of
    the frequent questions, which are answered from and no hits.
    """

    sources: tuple[Source, ...]
    lessons: Path | None = None
    notes: Path | None = None
    pack: Path | None = None
    faq: Path | None = None


def our_own(root: Path, *more: Source) -> Corpus:
    """The lessons and exercises of the project at `root`, cited by their paths in it, and more sources."""
    knowledge = root / "knowledge"
    own = (Source("knowledge/lessons", knowledge / "lessons"), Source("exercises", root / "exercises"))
    present = tuple(source for source in own if source.root.is_dir())
    return Corpus(
        (*present, *more), knowledge / "lessons", knowledge / "notes", knowledge / "pack", knowledge / "faq"
    )


@dataclass(frozen=True)
class SourceFile:
    """A file of a source: `path` is how it is cited, `stamp` changes when it is written."""

    path: str
    file: Path
    source: str
    stamp: tuple[int, int]


def named_sources(targets: list[Path], names: dict[str, Path]) -> list[Source]:
    """Sources from folders and files under their own names, and from names given to them.

    Raises KnowledgeError when one is missing or when two share a name.
    """
    pairs = [(target.resolve().name, target) for target in targets] + list(names.items())
    sources: list[Source] = []
    for name, root in pairs:
        if not root.exists():
            raise KnowledgeError(f"There is nothing at {root}. Give a folder or a file that exists.")
        if any(source.name == name for source in sources):
            raise KnowledgeError(f"Two sources are called {name}. Tell them apart with --name OTHER={root}")
        sources.append(Source(name, root.resolve()))
    return sources


def list_files(source: Source) -> list[SourceFile]:
    """All files of a source worth indexing, in the order of their paths."""
    if source.root.is_file():
        return [_entry(source.root, source.name, source.name)]
    found = [
        _entry(file, f"{source.name}/{file.relative_to(source.root).as_posix()}", source.name)
        for file in _walk(source.root)
        if _wanted(file, source.root)
    ]
    return sorted(found, key=lambda entry: entry.path)


def list_corpus(corpus: Corpus) -> list[SourceFile]:
    """The files of all sources, source by source."""
    return [entry for source in corpus.sources for entry in list_files(source)]


def read_text(file: Path) -> str | None:
    """The file's text with LF line ends, or None when it is binary, generated or cannot be read."""
    try:
        data = file.read_bytes()
    except OSError:
        return None
    text = _decode(data)
    if text is None:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if file.suffix != ".ipynb" and len(text) > _GENERATED_LINE * (text.count("\n") + 1):
        return None
    return text


def _entry(file: Path, path: str, source: str) -> SourceFile:
    status = file.stat()
    return SourceFile(path, file, source, (status.st_size, status.st_mtime_ns))


def _wanted(file: Path, root: Path) -> bool:
    suffix = file.suffix.lower()
    if suffix not in PROSE_AND_CODE and suffix not in SETTINGS:
        return False
    try:
        size = file.stat().st_size
        inside = not file.is_symlink() or file.resolve().is_relative_to(root)
    except OSError:
        return False
    return inside and 0 < size <= (DATA_LIMIT if suffix in SETTINGS else SOURCE_LIMIT)


def _walk(root: Path) -> Iterator[Path]:
    rules = _outer_rules(root)
    for folder, names, files in os.walk(root, followlinks=False):  # a link to a folder may be a loop
        here = Path(folder)
        rules = [rule for rule in rules if here.is_relative_to(rule[0])] + _rules_in(here)
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".")
            and name not in _SKIPPED
            and not (here / name / "pyvenv.cfg").exists()
            and not _ignored(here / name, rules, folder=True)
        )
        for name in files:
            if not name.startswith(".") and not _ignored(here / name, rules, folder=False):
                yield here / name


Rule = tuple[Path, pathspec.GitIgnoreSpec]


def _outer_rules(root: Path) -> list[Rule]:
    """The rules of the repository that the root lies in, from its top down to the root's parent."""
    if (root / ".git").exists():
        return []
    chain: list[Path] = []
    for parent in root.parents:
        chain.insert(0, parent)
        if (parent / ".git").exists():
            return [rule for folder in chain for rule in _rules_in(folder)]
    return []


def _rules_in(folder: Path) -> list[Rule]:
    rules: list[Rule] = []
    for file in (folder / ".git" / "info" / "exclude", folder / ".gitignore"):
        if file.is_file():
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
            rules.append((folder, pathspec.GitIgnoreSpec.from_lines(lines)))
    return rules


def _ignored(path: Path, rules: list[Rule], folder: bool) -> bool:
    for base, spec in reversed(rules):  # the deepest file that says anything decides
        relative = path.relative_to(base).as_posix() + ("/" if folder else "")
        verdict = spec.check_file(relative).include
        if verdict is not None:
            return verdict
    return False


def _decode(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        from charset_normalizer import from_bytes

        best = from_bytes(data[:200_000]).best()
        return data.decode(best.encoding if best else "latin-1", errors="replace")
