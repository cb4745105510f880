"""Which entry of the table an output belongs to: the most specific that fits, or none."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Literal

from exercises.failures.reading import Setting, losses, plain, read_setting
from exercises.failures.table import HOLE, Entry, Match, Shell, compiled, load_table

MOST_FILLED = 300  # characters of an output that a sentence may quote
LOG_END = 4_000  # characters of a run's log

_ERROR_LINES = re.compile(
    r"""
      ^[ \t]*Traceback \(most recent call last\)
    | ^[ \t]*(?:E[ \t]+)?(?:[A-Za-z_][\w.]*\.)?[A-Z]\w*(?:Error|Exception|Exit|Interrupt)\b[ \t]*(?::|$|Traceback)
    | (?<![\w`'"])(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception):[ ]\S
    | ^[ \t]*(?:ERROR|FATAL|CRITICAL|fatal|error):[ ]\S
    | ^[ \t]*[\w.-]+\.(?:py|exe|ps1):[ ]error:
    | ^(?:bash|zsh|sh|-bash|cmd):?[ ].{0,80}(?:command[ ]not[ ]found|No[ ]such[ ]file)
    | command[ ]not[ ]found:[ ]\S
    | is[ ]not[ ]recognized[ ]as[ ](?:an[ ]internal|the[ ]name|a[ ]name)
    | ^[ \t]*File[ ]"[^"\n]+",[ ]line[ ]\d+
    | ^[ \t]*-+>[ ]?\d+[ ]
    | ^[ \t]*size[ ]mismatch[ ]for[ ]\S
    | \bErrno[ ]-?\d+\]|\bWinError[ ]\d+\]
    """,
    re.VERBOSE | re.MULTILINE,
)


@dataclass(frozen=True)
class Failure:
    """What is known of a failure, its texts filled in.

    `hint` points the way, `way_out` says it all, `commands` are what to type by shell ("any" for all), and
    `avoid` is what does not help or does harm.
    """

    id: str
    cause: str
    hint: str
    way_out: str
    commands: dict[Shell, str]
    avoid: tuple[str, ...]
    concept: str

    def typed(self, os: str | None = None) -> list[tuple[Literal["bash", "powershell", ""], str]]:
        """(shell, line) to type on a system; with both shells where the system is not known."""
        shown: list[tuple[Literal["bash", "powershell", ""], str]] = []
        for shell, line in self.commands.items():
            if shell == "any":
                shown.append(("", line))
            elif os is None or (shell == "powershell") == (os == "windows"):
                shown.append((shell, line))
        return shown


def looks_like_error(text: str) -> bool:
    """Whether a text holds a traceback, an error line or an output that is known, alone or within a question."""
    return _ERROR_LINES.search(plain(text)) is not None or recognize(text, harmless=False) is not None


def recognize(text: str, setting: Setting | str | None = None, harmless: bool = True) -> Failure | None:
    """The failure that an output shows, or None; with `harmless` also warnings that need no answer but this.

    `setting` is what is known beside the output, as it is or in words; the output is read for it as well.
    """
    output = plain(text)
    known = read_setting(text)
    if setting is not None:
        known = (read_setting(setting) if isinstance(setting, str) else setting).beside(known)
    found = [
        (entry.rank, known.place in entry.settings, latest, entry, groups)
        for entry in load_table().values()
        if (harmless or not entry.harmless) and (fits := _fits(entry.match, output, known)) is not None
        for latest, groups in (fits,)
    ]
    if not found:
        return None
    *_, entry, groups = max(found, key=lambda each: each[:3])
    return _filled(entry, groups)


def cause(error: str, log: str = "") -> Failure | None:
    """Why a run failed: its error is asked first, then the end of its log; None for what is not known."""
    setting = read_setting(log)
    return recognize(error, setting, harmless=False) or recognize(log[-LOG_END:], setting, harmless=False)


def _fits(match: Match, output: str, known: Setting) -> tuple[int, dict[str, str]] | None:
    """Where the latest of an entry's signs stands, and its groups; None where the entry does not fit."""
    if match.os and known.os is not None and known.os not in match.os:
        return None
    if match.given and not known.given.intersection(match.given):
        return None
    if known.given.intersection(match.not_given) or (match.loss and losses(output) != match.loss):
        return None
    hits = [_last(pattern, output) for pattern in match.all]
    if None in hits:
        return None
    either = [hit for pattern in match.any if (hit := _last(pattern, output)) is not None]
    if (match.any and not either) or any(compiled(pattern).search(output) for pattern in match.none):
        return None
    signs = [hit for hit in (*hits, *either) if hit is not None]
    groups = {name: value for hit in signs for name, value in hit.groupdict().items() if value is not None}
    return max((hit.start() for hit in signs), default=0), groups


def _last(pattern: str, output: str) -> re.Match[str] | None:
    found = deque(compiled(pattern).finditer(output), maxlen=1)
    return found[0] if found else None


def _filled(entry: Entry, groups: dict[str, str]) -> Failure:
    known = {**entry.otherwise, **{name: _quoted(value) for name, value in groups.items()}}

    def fill(text: str) -> str:
        return HOLE.sub(lambda hole: known.get(hole[1], hole[0]), text)

    return Failure(
        id=entry.id,
        cause=fill(entry.cause),
        hint=fill(entry.hint),
        way_out=fill(entry.way_out),
        commands={shell: fill(line.strip()) for shell, line in entry.commands.items()},
        avoid=tuple(fill(each) for each in entry.avoid),
        concept=entry.concept,
    )


def _quoted(value: str) -> str:
    """Words of an output within a sentence: on one line, cut, and never a link."""
    return " ".join(value.split())[:MOST_FILLED].replace("](", "] (")
