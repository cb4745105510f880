"""Names from outside: what an address, a form, a tool or a file calls by name becomes a path here, nowhere else."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from exercises.errors import OutsideError

LONGEST = 120  # characters of a name that is made here: deep paths end at 260 on Windows
MOST_BYTES = 255  # what file systems take
_UNUSABLE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def inside(root: Path, name: str) -> Path:
    """The entry called `name` that lies directly in `root`, whether or not it exists.

    A path, a name with a character that no file may have, and a link (a junction too) are refused:
    what comes back lies in `root` and nowhere else, all links resolved. Raises OutsideError.
    """
    if not is_plain(name):
        raise OutsideError(f"{_shown(name)} is not the name of anything in {root}.")
    path = root / name
    try:
        elsewhere = is_link(path) or path.resolve().parent != root.resolve()
    except (OSError, RuntimeError) as error:  # a circle of links
        raise OutsideError(f"{_shown(name)} cannot be found in {root}.") from error
    if elsewhere:
        raise OutsideError(f"{_shown(name)} in {root} is a link to another place. It was left as it is.")
    return path


def is_plain(name: str) -> bool:
    """Whether `name` is one name of a file or folder, on every system, and leads nowhere."""
    try:
        length = len(name.encode("utf-8"))
    except UnicodeEncodeError:  # half a character
        return False
    return 0 < length <= MOST_BYTES and not _UNUSABLE.search(name) and name == name.strip(" .")


def is_reserved(name: str) -> bool:
    """Whether Windows keeps this name, with whatever ending, for a device of its own.

    >>> is_reserved("CON.txt"), is_reserved("console.txt")
    (True, False)
    """
    return bool(_DEVICES.fullmatch(name.partition(".")[0].rstrip()))


def is_link(path: Path) -> bool:
    """Whether `path` itself is a symbolic link or a junction. False where there is nothing."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return False
    tag = getattr(found, "st_reparse_tag", 0)
    return stat.S_ISLNK(found.st_mode) or tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)


def is_own_file(path: Path) -> bool:
    """Whether `path` is a regular file by itself: no link to one, no folder, no device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def safe(name: str) -> str:
    """A name to keep a file under, as near to what it was called as every system allows; may be empty.

    >>> safe("../My notes?.txt"), safe("NUL.csv")
    ('My notes.txt', 'NUL_.csv')
    """
    last = name.replace("\\", "/").rpartition("/")[2].encode("utf-8", errors="ignore").decode("utf-8")
    kept = _UNUSABLE.sub(" ", last).strip(" .")
    if is_reserved(kept):
        first, dot, rest = kept.partition(".")
        kept = f"{first.rstrip()}_{dot}{rest}"
    stem, suffix = Path(kept).stem, Path(kept).suffix
    while len(stem) > 1 and (len(stem + suffix) > LONGEST or len((stem + suffix).encode("utf-8")) > 180):
        stem = stem[:-1]
    return f"{stem.rstrip()}{suffix}"


def _shown(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:60]}…")
