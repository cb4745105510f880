"""Markdown as lines: headings outside of fences, front matter, blocks. No rendering."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from knowledge.errors import KnowledgeError

_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*\s*$")
_FENCE = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Section:
    """A heading and its own lines, up to the next heading of any level.

    `level` is 0 for what stands before the first heading. Lines are 1-based and inclusive, the heading is
    one of them. `path` holds the titles from the outermost heading to this one.
    """

    level: int
    title: str
    path: tuple[str, ...]
    start: int
    end: int


def load_yaml(text: str) -> Any:
    """YAML as plain values. Raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=_Loader)


def fenced(lines: list[str]) -> list[bool]:
    """For each line whether it stands in a code fence (the fence's own lines count)."""
    inside: str | None = None
    marks = []
    for line in lines:
        match = _FENCE.match(line)
        if inside is None:
            inside = match[1] if match else None
            marks.append(match is not None)
        else:
            marks.append(True)
            if match and match[1].startswith(inside) and not line.strip().strip(inside[0]):
                inside = None
    return marks


def sections(lines: list[str], first: int = 1) -> list[Section]:
    """All sections, in order; `first` is the number of the first line."""
    found: list[tuple[int, str, int]] = [(0, "", first)]
    for offset, (line, code) in enumerate(zip(lines, fenced(lines), strict=True)):
        match = None if code else _HEADING.match(line)
        if match:
            found.append((len(match[1]), match[2], first + offset))
    result: list[Section] = []
    stack: list[tuple[int, str]] = []
    for index, (level, title, start) in enumerate(found):
        end = (found[index + 1][2] if index + 1 < len(found) else first + len(lines)) - 1
        if level:
            stack = [*(entry for entry in stack if entry[0] < level), (level, title)]
        if end >= start:
            result.append(Section(level, title, tuple(title for _, title in stack), start, end))
    return result


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Front matter and body. Raises KnowledgeError when it cannot be read."""
    lines = text.split("\n")
    if lines[0].strip() != "---":
        raise KnowledgeError("no front matter: the first line must be ---")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.strip() == "---"), None)
    if end is None:
        raise KnowledgeError("the front matter is not closed: a second line --- is missing")
    try:
        data = load_yaml("\n".join(lines[1:end]))
    except yaml.YAMLError as error:
        raise KnowledgeError(f"front matter is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise KnowledgeError("front matter must be a list of `key: value` lines")
    return data, "\n".join(lines[end + 1 :])
