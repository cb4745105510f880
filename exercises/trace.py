"""Look inside: one function on a tiny input, each line with the shapes and values that it made.

`python -m exercises trace nanogpt CausalSelfAttention` is what adding print statements would show,
without touching the code. Each exercise offers tiny inputs in its `tiny.py`.
"""

from __future__ import annotations

import ast
import difflib
import importlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from exercises import catalog
from exercises.errors import ExerciseError

MOST_VISITS = 3  # of one line: a loop shows its first rounds
MOST_VALUES = 6  # of one row of numbers


@dataclass(frozen=True)
class Value:
    """Something that a line made: `shape` is empty and `kind` a type for what is no tensor."""

    name: str
    kind: str
    shape: tuple[int, ...]
    preview: str


@dataclass(frozen=True)
class Line:
    """A statement as it stands in the file (1-based first line), and what it made."""

    number: int
    source: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Trace:
    """One call of one function: where it stands, relative to the project, and its lines as executed."""

    path: str
    symbol: str
    lines: tuple[Line, ...]


def traceable(exercise: str) -> list[str]:
    """The symbols of an exercise that can be looked into; read from its tiny.py without running it."""
    catalog.exercise(exercise)
    path = catalog.ROOT / "exercises" / exercise / "tiny.py"
    if not path.exists():
        return []
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == "inputs":
            tables = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            keys = [key for table in tables if isinstance(table, ast.Dict) for key in table.keys]
            found += [
                key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)
            ]
    return sorted(found)


def traceable_at(path: str, first: int, last: int) -> list[str]:
    """What can be looked into on lines `first` to `last` of a file, what fits them best first.

    path: relative to the project. Empty for files that are no exercise's.
    """
    parts = path.split("/")
    file = catalog.ROOT / path
    if (
        len(parts) != 3
        or parts[0] != "exercises"
        or parts[1] not in catalog.exercises()
        or not file.is_file()
    ):
        return []
    known = set(traceable(parts[1]))
    found: list[tuple[int, str]] = []
    for top in ast.parse(file.read_text(encoding="utf-8")).body:
        members = top.body if isinstance(top, ast.ClassDef) else []
        for node in (top, *members):
            if not isinstance(node, ast.ClassDef | ast.FunctionDef):
                continue
            name = node.name if node is top else f"{getattr(top, 'name', '')}.{node.name}"
            end = node.end_lineno or node.lineno
            holds, held = node.lineno <= first and last <= end, first <= node.lineno and end <= last
            if name in known and (holds or held):
                found.append((abs(end - node.lineno - last + first), name))
    return [name for _, name in sorted(found)]


def look_inside(exercise: str, symbol: str) -> Trace:
    """Trace in a child process: for an app that must not load torch itself. Raises ExerciseError."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "exercises", "trace", exercise, symbol, "--json"],
        cwd=catalog.ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise ExerciseError(
            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "The trace failed."
        )
    data = json.loads(done.stdout)
    lines = [
        Line(
            line["number"],
            line["source"],
            tuple(Value(**{**one, "shape": tuple(one["shape"])}) for one in line["values"]),
        )
        for line in data["lines"]
    ]
    return Trace(data["path"], data["symbol"], tuple(lines))


def trace(exercise: str, symbol: str) -> Trace:
    """Run a symbol once on its tiny input, here, and note what each line made.

    symbol: a function, a method ("Value.backward") or a class, which stands for its forward pass.
    Raises ExerciseError naming what can be traced.
    """
    calls = _inputs(exercise)
    name = symbol if symbol in calls else symbol.removesuffix(".forward").removesuffix(".__call__")
    if name not in calls:
        near = difflib.get_close_matches(symbol, calls, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(calls))}."
        raise ExerciseError(f"{exercise} has no tiny input for {symbol!r}. {hint}")
    recorder = _Recorder(name, catalog.ROOT / "exercises" / exercise)
    sys.settrace(recorder.enter)
    try:
        calls[name]()
    finally:
        sys.settrace(None)
    if recorder.code is None:
        raise ExerciseError(f"The tiny input of {symbol} never calls it. Mend exercises/{exercise}/tiny.py.")
    path = Path(recorder.code.co_filename).resolve().relative_to(catalog.ROOT).as_posix()
    return Trace(path, recorder.code.co_qualname, tuple(recorder.lines))


def _inputs(exercise: str) -> dict[str, Callable[[], object]]:
    catalog.exercise(exercise)
    if importlib.util.find_spec(f"exercises.{exercise}.tiny") is None:
        return {}
    calls: dict[str, Callable[[], object]] = importlib.import_module(f"exercises.{exercise}.tiny").inputs()
    return calls


class _Recorder:
    """Follows the first call of one function."""

    def __init__(self, symbol: str, folder: Path) -> None:
        self.symbol = symbol
        self.folder = folder
        self.code: CodeType | None = None
        self.lines: list[Line] = []
        self._frame: FrameType | None = None
        self._seen: dict[str, tuple[int, int]] = {}
        self._visits: dict[int, int] = {}
        self._current: int | None = None
        self._statements: dict[int, tuple[int, int]] = {}
        self._text: list[str] = []

    def enter(self, frame: FrameType, event: str, arg: object) -> Any:
        """Called for every new frame; only the wanted one is followed."""
        if self.code is not None or not self._wanted(frame.f_code):
            return None
        self.code, self._frame = frame.f_code, frame
        self._text = Path(frame.f_code.co_filename).read_text(encoding="utf-8").splitlines()
        self._statements = _statements("\n".join(self._text))
        first = frame.f_code.co_firstlineno
        self._note(first, self._changes(frame.f_locals))  # what came in
        return self._line

    def _wanted(self, code: CodeType) -> bool:
        name = code.co_qualname
        fits = name == self.symbol or name in (f"{self.symbol}.forward", f"{self.symbol}.__call__")
        return fits and Path(code.co_filename).parent == self.folder

    def _line(self, frame: FrameType, event: str, arg: object) -> Any:
        if event in ("line", "return"):
            changed = self._changes(frame.f_locals)
            if event == "return" and self._current is not None and arg is not None:
                changed.append(describe("returned", arg))
            if self._current is not None:
                self._note(self._current, changed)
        if event == "line":
            self._current = self._statements.get(frame.f_lineno, (frame.f_lineno, 0))[0]
        return self._line

    def _note(self, number: int, values: list[Value]) -> None:
        first, last = self._statements.get(number, (number, number))
        if self.lines and self.lines[-1].number == first and self._current is not None:
            joined = (*self.lines[-1].values, *values)  # a statement over several lines comes in pieces
            self.lines[-1] = Line(first, self.lines[-1].source, joined)
            return
        self._visits[first] = self._visits.get(first, 0) + 1
        if self._visits[first] <= MOST_VISITS:
            source = "\n".join(self._text[first - 1 : max(first, last)])
            self.lines.append(Line(first, source, tuple(values)))

    def _changes(self, local: dict[str, Any]) -> list[Value]:
        changed = []
        for name, value in local.items():
            mark = (id(value), 0 if isinstance(value, ModuleType) else _version(value))
            if self._seen.get(name) != mark:
                self._seen[name] = mark
                if name != "self" and not isinstance(value, ModuleType):
                    changed.append(describe(name, value))
        return changed


def _version(value: Any) -> int:
    """How often a tensor was changed in place; inference tensors do not count."""
    tensor = hasattr(value, "dtype") and hasattr(value, "is_inference")
    return int(value._version) if tensor and not value.is_inference() else 0  # noqa: SLF001  torch counts changes in place there and nowhere else


def _statements(text: str) -> dict[int, tuple[int, int]]:
    """Line -> (first, last line) of the smallest statement around it; a compound one counts as its head."""
    spans: dict[int, tuple[int, int]] = {}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.stmt):
            continue
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if isinstance(body, list) and body else node.end_lineno or node.lineno
        span = (node.lineno, max(node.lineno, last))
        for line in range(span[0], span[1] + 1):
            if line not in spans or span[1] - span[0] < spans[line][1] - spans[line][0]:
                spans[line] = span
    return spans


def describe(name: str, value: Any) -> Value:
    """A value in a line: a tensor's shape and first row, a list's length, anything else's repr."""
    shape = getattr(value, "shape", None)
    if shape is not None and hasattr(value, "dtype"):
        kind = str(value.dtype).removeprefix("torch.")
        return Value(name, kind, tuple(int(n) for n in shape), _numbers(value))
    if isinstance(value, float):
        return Value(name, "float", (), f"{value:.4g}")
    if isinstance(value, list | tuple) and len(value) > MOST_VALUES:
        return Value(name, type(value).__name__, (len(value),), _short(repr(value[:MOST_VALUES]), 80) + " …")
    return Value(name, type(value).__name__, (), _short(repr(value), 120))


def _numbers(tensor: Any) -> str:
    """The last row of a tensor, which is the one that sees most: "… 0.12 -0.5 …"."""
    if tensor.numel() == 0:
        return "nothing"
    row = tensor.detach().reshape(-1, tensor.shape[-1])[-1] if tensor.ndim else tensor.detach().reshape(1)
    shown = row[:MOST_VALUES].tolist()
    words = [f"{one:.3g}" if isinstance(one, float) else str(one) for one in shown]
    before = "last row: " if tensor.ndim > 1 else ""
    return before + " ".join(words) + (" …" if len(row) > MOST_VALUES else "")


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def as_text(found: Trace) -> str:
    """A trace to read in a terminal."""
    out = [f"{found.path}::{found.symbol}"]
    for line in found.lines:
        out += [f"{number:>5} {text}" for number, text in enumerate(line.source.split("\n"), line.number)]
        for value in line.values:
            shape = f"({', '.join(map(str, value.shape))}) " if value.shape else ""
            out.append(f"          {value.name}: {shape}{value.kind}  {value.preview}")
    return "\n".join(out)


def as_json(found: Trace) -> str:
    """A trace for programs."""
    return json.dumps(asdict(found), ensure_ascii=False)
