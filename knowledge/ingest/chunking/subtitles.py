"""Transcripts (.vtt, .srt) → passages of about a minute, each with the time at which it begins."""

from __future__ import annotations

import re
from dataclasses import replace

from knowledge.passages import Passage, Span, make_passage

_TIME = re.compile(r"^(?:(\d+):)?(\d{1,2}):(\d{2})[.,]\d{3}\s+-->")
_MINUTE = 60


def cue_times(text: str) -> list[tuple[int, int]]:
    """0-based line of each cue's time and the second at which it begins."""
    found = []
    for number, line in enumerate(text.split("\n")):
        match = _TIME.match(line.strip())
        if match:
            hours, minutes, seconds = (int(part or 0) for part in match.groups())
            found.append((number, hours * 3600 + minutes * 60 + seconds))
    return found


def clock(second: int) -> str:
    """A time as people write it.

    >>> clock(75), clock(3675)
    ('1:15', '1:01:15')
    """
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def split_cues(path: str, text: str) -> list[Passage]:
    """Cues gathered by the minute; the title is `at m:ss`."""
    lines = text.split("\n")
    times = cue_times(text)
    passages: list[Passage] = []
    index = 0
    while index < len(times):
        first, begins = times[index]
        after = index + 1
        while after < len(times) and times[after][1] - begins < _MINUTE:
            after += 1
        end = times[after][0] if after < len(times) else len(lines)
        while end > first and (not lines[end - 1].strip() or lines[end - 1].strip().isdigit()):
            end -= 1  # the blank line and the number that belong to the next cue
        body = "\n".join(lines[first:end])
        spoken = " ".join(dict.fromkeys(line.strip() for line in lines[first:end] if _spoken(line)))
        passage = make_passage(Span(path, first + 1, end), body, "cue", f"at {clock(begins)}")
        name = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        passages.append(replace(passage, view=f"{name}\n{re.sub(r'<[^>]+>', '', spoken)}"))
        index = after
    return passages


def _spoken(line: str) -> bool:
    return bool(line.strip()) and not _TIME.match(line.strip()) and not line.strip().isdigit()
