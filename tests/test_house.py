"""The rules of the house: which room may import which, and what every file must be like."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("knowledge", "exercises", "tutor")
SOURCES = sorted([*ROOT.glob("*.py"), *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))])
BOUNDARIES = (ROOT / "exercises/faults.py", ROOT / "knowledge/__main__.py")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_rooms_import_only_what_the_contract_allows() -> None:
    done = run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_style_is_kept() -> None:
    done = run("-m", "ruff", "check", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_hold() -> None:
    done = run("-m", "mypy")
    assert done.returncode == 0, done.stdout + done.stderr


HEAVY = (
    "torch",
    "chromadb",
    "sentence_transformers",
    "streamlit",
    "langchain",
    "langchain_anthropic",
    "anthropic",
)


@pytest.mark.parametrize(
    "module", ["knowledge.search.library", "exercises.catalog", "exercises.runs.launch", "tutor.app"]
)
def test_heavy_libraries_load_lazily(module: str) -> None:
    probe = f"import sys, {module}; print(*(set({HEAVY!r}) & set(sys.modules)))"
    done = run("-c", probe)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_source_says_its_encoding_and_catches_narrowly(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    broad = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in {"read_text", "write_text"}:
                assert any(k.arg == "encoding" for k in node.keywords), (
                    f"line {node.lineno}: {name} without encoding"
                )
        if isinstance(node, ast.ExceptHandler):
            caught = getattr(node.type, "id", None)
            passed_on = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            narrow = node.type is not None and caught not in {"Exception", "BaseException"}
            broad += not (narrow or passed_on)
            assert not broad or path in BOUNDARIES, f"line {node.lineno}"
    assert broad == (path in BOUNDARIES)  # one place catches everything
