"""What can be read from an output: its plain text, the setting, the losses, the line that it stands on."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass, field

from exercises.failures.table import Loss, System

LONGEST = 12_000  # characters looked at; of a longer output the end, where the error stands

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_QUOTES = str.maketrans("‘’‚‛“”„ ", "''''\"\"\" ")
_EMPTY, _BLANKS = re.compile(r"\n\s*\n"), re.compile(r"[^\S\n]{41,}")
_ENDLESS = re.compile(r"(\S{300})\S+")
_MARGIN = re.compile(r"^[ \t]*(?:[│┃|>][ \t]*)+", re.MULTILINE)

# the first system that shows itself; a path or an error number says it more surely than a name
_SYSTEMS: tuple[tuple[System, re.Pattern[str]], ...] = (
    ("windows", re.compile(r"\b[A-Z]:\\|WinError|win32|win_amd64|\bPS [A-Z]:|\\Scripts\\|\.ps1\b")),
    ("macos", re.compile(r"/Users/|/opt/homebrew|\bdarwin|macosx_|\.dylib\b")),
    ("linux", re.compile(r"/home/|/root/|/usr/lib/|linux-gnu|manylinux|\.so\b", re.I)),
    ("windows", re.compile(r"\bWindows\b(?! (?:only|support))|\bPowerShell\b", re.I)),
    ("macos", re.compile(r"\bmac ?os\b|\bMac(?:Book)?\b|\bApple (?:M\d|silicon)\b|\bM[1-5] (?:Pro|Max|Air)\b", re.I)),
    ("linux", re.compile(r"\b(?:Linux|Ubuntu|Debian|Fedora|WSL2?|Colab|Kaggle)\b", re.I)),
)  # fmt: skip
_FLAG = re.compile(r"(?<![\w-])--([A-Za-z][\w-]*)(?:=|[ \t]+)(?!-)['\"]?([^\s'\",;)]+)")
_OVERRIDDEN = re.compile(r"^Overriding: (\w+) = (\S+)\s*$", re.MULTILINE)
_SET = re.compile(r"--set[ \t]+(\w+)=(\S+)")
_WONDERED = re.compile(r"\b(?:should|would|could|can|shall|need to|try|adding|add|use)\b[^.\n]{0,30}$", re.I)

_NUMBER = r"(-?(?:\d+\.?\d*(?:e[+-]?\d+)?|nan|inf))\b"
_LOSS = re.compile(rf"(?:\b|_)loss[=: ]+{_NUMBER}|^\s*\d+ ?/ *\d+: {_NUMBER}", re.I)
_ROW = re.compile(
    r"^[^\w\n]*(?:iter|step|epoch|it)\w*\W{0,3}(?P<a>\d+)[^\n]*$"
    r"|^\s*(?P<b>\d+) ?/ *\d+: [^\n]*$|^\s*(?P<c>\d+)\W+loss[^\n]*$",
    re.I | re.M,
)
_VOCABULARY = re.compile(r"vocab\w*[ _]size\D{1,4}(\d[\d,]*)", re.I)
_VOCABULARIES = (27, 65, 256, 512, 50257, 50304)  # those of the course
_NEAR_EVEN = 0.2  # nats between the loss of an untrained model and that of an even guess
_STILL = 0.06  # nats by which batches differ
_ROWS, _STEPS = 3, 100  # rows, and steps between first and last: the first hundred may be a warmup

_FRAME = re.compile(
    r"File ['\"](?P<path>[^'\"\n]+)['\"], line (?P<line>\d+)(?:, in (?P<name>\S+))?[^\n]*\n?(?P<code>[^\n]*)"
)
_CELL = re.compile(r"^(?:-+> ?)(?P<line>\d+)[ \t]+(?P<code>[^\n]+)$", re.MULTILINE)
_INSTALLED = re.compile(
    r"site-packages|dist-packages|[\\/]lib[\\/]python3|<frozen|<string>|[\\/]Lib[\\/]", re.I
)


@dataclass(frozen=True)
class Setting:
    """Where something went wrong: the system, the flags given (`device=cpu`), the repository or exercise."""

    os: System | None = None
    given: frozenset[str] = field(default_factory=frozenset)
    place: str = ""

    def beside(self, other: Setting) -> Setting:
        """This setting, completed by another one; where both know something, this one holds."""
        return Setting(self.os or other.os, self.given | other.given, self.place or other.place)


@dataclass(frozen=True)
class Frame:
    """A line of one's own code in a traceback: `path` is empty for a notebook's cell."""

    path: str
    line: int
    code: str


def this_system() -> System | None:
    """The system that this machine runs, as the table calls it."""
    known: dict[str, System] = {"win32": "windows", "darwin": "macos", "linux": "linux"}
    return known.get(sys.platform)


def plain(output: str) -> str:
    """The text without colors, margins of quotations and frames, typographic quotation marks, empty lines.

    Words and blanks without end are cut, on which searching for a pattern would take very long.
    """
    text = _ESCAPES.sub("", output[-LONGEST:]).translate(_QUOTES).replace("\r\n", "\n")
    text = _ENDLESS.sub(r"\1", _BLANKS.sub(" " * 40, _EMPTY.sub("\n", text)))
    return _MARGIN.sub("", text)


def read_setting(output: str) -> Setting:
    """The setting as far as an output, a command line or a few words about it show it."""
    text = plain(output)
    system = next((name for name, pattern in _SYSTEMS if pattern.search(text)), None)
    flags = [
        (found[1], found[2])
        for found in _FLAG.finditer(text)
        if not _WONDERED.search(text[max(0, found.start() - 60) : found.start()])
    ]
    flags += [(found[1], found[2]) for pattern in (_OVERRIDDEN, _SET) for found in pattern.finditer(text)]
    given = frozenset(
        f"{name.replace('-', '_').lower()}={value.lower().rstrip('.')}" for name, value in flags
    )
    return Setting(system, given, place(text))


_PLACES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("nanoGPT", re.compile(r"nanoGPT|configurator\.py|shakespeare_char|\bsample\.py\b|ckpt\.pt|iter \d+: loss", re.I)),
    ("makemore", re.compile(r"makemore|names\.txt|CharDataset", re.I)),
    ("minbpe", re.compile(r"minbpe|BasicTokenizer|RegexTokenizer|GPT4Tokenizer", re.I)),
    ("micrograd", re.compile(r"micrograd|'Value'|build_topo|draw_dot", re.I)),
)  # fmt: skip


def place(text: str) -> str:
    """The repository that an output speaks of; empty where it names none."""
    return next((name for name, pattern in _PLACES if pattern.search(text)), "")


def losses(output: str) -> Loss | None:
    """What the losses of a log do: "nan" when they end as no number, "flat" when they never leave an even guess."""
    rows = [[float(a or b) for a, b in _LOSS.findall(row[0])] for row in _ROW.finditer(output)]
    found = [value for row in rows for value in row]
    if found and not math.isfinite(found[-1]) and any(math.isfinite(value) for value in found[:-1]):
        return "nan"
    if found and all(not math.isfinite(value) for value in found) and math.isnan(found[-1]):
        return "nan"
    steps = [int(row["a"] or row["b"] or row["c"]) for row in _ROW.finditer(output)]
    sizes = [*_VOCABULARIES, *(int(size.replace(",", "")) for size in _VOCABULARY.findall(output))]
    even = found and any(abs(found[0] - math.log(size)) < _NEAR_EVEN for size in sizes if size > 1)
    long = len(steps) >= _ROWS and max(steps) - min(steps) >= _STEPS
    still = all(abs(value - found[0]) < _STILL for value in found)
    return "flat" if even and long and still and len(found) > _ROWS else None


def last_frame(output: str) -> Frame | None:
    """The innermost line of one's own code in a traceback, installed packages left aside; None without one."""
    text = plain(output)
    own = [found for found in _FRAME.finditer(text) if not _INSTALLED.search(found["path"])]
    if own:
        last = own[-1]
        notebook = re.match(r"<ipython|/tmp/ipykernel", last["path"]) is not None
        return Frame("" if notebook else last["path"], int(last["line"]), last["code"].strip())
    cells = list(_CELL.finditer(text))
    return Frame("", int(cells[-1]["line"]), cells[-1]["code"].strip()) if cells else None
