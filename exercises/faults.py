"""The one boundary: what nobody foresaw becomes a sentence, and a number that finds it in the log.

Around every page, every worker and every command. What is foreseen never gets here: it is caught where it is
raised, narrowly, and has its own words. Streamlit's own signals are no `Exception` and pass.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

LOG = "faults.log"
LARGEST = 2 * 2**20  # bytes of the log; then it is set aside, and what was set aside before goes
_SECRET = re.compile(r"sk-[\w-]{6,}|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)|(?i:(?<=bearer ))\S+")

_WHY = {
    "full": "The disk is full. Free some space, then try again.",
    "forbidden": "The system does not allow it. Allow writing to that file and its folder, then try again.",
    "long": "The name is too long for this system. Give a shorter one.",
    "many": "Too many files are open on this machine. Close other programs, then try again.",
}
_NUMBERS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EROFS: "forbidden",
    errno.ENAMETOOLONG: "long",
    errno.EMFILE: "many",
    errno.ENFILE: "many",
}
_WINDOWS = {112: "full", 39: "full", 5: "forbidden", 32: "forbidden", 206: "long", 123: "long"}


@dataclass(frozen=True)
class Work:
    """What is being done inside the boundary, in the words that its end will need.

    `failed` says what happened, `kept` what was kept, `advice` what to do; whole sentences. The log lies in
    `home`, else in the default one.
    """

    failed: str
    kept: str
    advice: str
    home: Path | None = None


@dataclass(frozen=True)
class Fault:
    """Something unforeseen: its number in the log (empty where that could not be written), and its sentence."""

    number: str
    sentence: str


@contextmanager
def boundary(work: Work, tell: Callable[[Fault], object]) -> Iterator[None]:
    """Do something; whatever it raises is kept in the log and told in a sentence, and goes no further."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  the only place: anything may come here, and none may pass it
        tell(record(error, work))


def command(
    work: Callable[[], int], home: Path | None = None, expected: tuple[type[Exception], ...] = ()
) -> int:
    """Run one command of a room; its exit code, 2 where it could not be done, 130 where it was broken off.

    Errors of the room itself (`expected`) have their own words; anything else gets them from the boundary.
    """
    failed = Work(
        "The command broke off.",
        "What had been stored is kept.",
        "Try again; python -m tutor doctor looks at this machine.",
        home,
    )
    with boundary(failed, lambda fault: print(fault.sentence, file=sys.stderr)):
        try:
            return work()
        except expected as error:
            print(error, file=sys.stderr)
        except BrokenPipeError:  # `| head` has seen enough; Python would complain once more at its own end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 141
        except KeyboardInterrupt:
            return 130
    return 2


def record(error: BaseException, work: Work) -> Fault:
    """Keep an error with its traceback in the log of a home, and put it in words."""
    number = f"{secrets.randbelow(900_000) + 100_000}"
    file = (work.home or default_home()) / LOG
    because = why(error) if isinstance(error, OSError) else ""
    what = f"{work.failed} Nobody foresaw this ({type(error).__name__})." if not because else work.failed
    told = " ".join(part for part in (what, because, work.kept, work.advice) if part)
    try:
        _write(file, number, error)
    except OSError as refused:
        return Fault("", f"{told} The log could not be written either ({refused.strerror or refused}).")
    return Fault(number, f"{told} Number {number} in {file} says more.")


def why(error: OSError) -> str:
    """What a refusal of the system means, and the way out.

    >>> why(OSError(errno.ENAMETOOLONG, "File name too long"))
    'The name is too long for this system. Give a shorter one.'
    """
    kind = _WINDOWS.get(getattr(error, "winerror", 0) or 0) or _NUMBERS.get(error.errno or 0)
    return _WHY[kind] if kind else f"The system says: {error.strerror or error}."


def default_home() -> Path:
    """Where her things are when nothing else is said: TUTOR_HOME, else the system's place for an app's data."""
    with contextlib.suppress(RuntimeError):  # `~name` of nobody on this machine
        return Path(os.environ.get("TUTOR_HOME") or usual_home()).expanduser()
    return usual_home()


def usual_home() -> Path:
    """The system's place for an app's data."""
    return Path(platformdirs.user_data_dir("zero-to-hero-tutor", appauthor=False))


def _write(file: Path, number: str, error: BaseException) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # not there yet; or Windows, where somebody reads it
        if file.stat().st_size > LARGEST:
            file.replace(file.with_suffix(".old.log"))
    trace = "".join(traceback.format_exception(error))
    text = f"--- {number} {datetime.now(UTC).isoformat(timespec='seconds')}\n{without_secrets(trace)}\n"
    with file.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as log:
        log.write(text[-LARGEST:])


def without_secrets(text: str) -> str:
    """A text without keys and passwords: those of the environment, and what looks like one."""
    for name, value in os.environ.items():
        if len(value) >= 8 and name.upper().endswith(("KEY", "TOKEN", "SECRET", "PASSWORD")):
            text = text.replace(value, "[secret]")
    return _SECRET.sub("[secret]", text)
