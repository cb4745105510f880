"""The rules of the house: which room may import which, and what every file must be like."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("knowledge", "exercises", "tutor")
SOURCES = sorted([*ROOT.glob("*.py"), *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))])
BOUNDARIES = (ROOT / "exercises/faults.py", ROOT / "knowledge/__main__.py")

LONGEST_FILE, LONGEST_FUNCTION = 300, 50  # lines
DEEPEST = 6  # imports from one file of a folder to the next
MOST_MODULES = 12  # side by side in a folder
MORE_MODULES = {
    "tutor/ui/pages": 13,  # a page is a file, and there are so many pages
    "tutor/chat/rules": 13,  # the way of a question, a file for each step of it
    "tutor/chat/rules/answers": 15,  # a kind of answer is a file
    "exercises": 15,  # what all five exercises stand on, and one command line for them
}


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


def test_the_formatter_has_nothing_to_do() -> None:
    done = run("-m", "ruff", "format", "--check", ".")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(900)  # the whole tree, on a slow machine and without what was checked before
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


def imports(tree: ast.Module) -> Iterator[str]:
    """What a file imports, inside functions too; what only a type checker sees is left out."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    unseen = {id(one) for node in blocks if "TYPE_CHECKING" in ast.dump(node.test) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"line {node.lineno}: imports are absolute"
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


@pytest.fixture(scope="module")
def imported() -> dict[Path, set[Path]]:
    """Each source and the sources that it imports."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in SOURCES}
    names = {name.removesuffix(".__init__"): path for name, path in names.items()}
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}
    return {
        path: {names[name] for name in imports(tree) if name in names} - {path}
        for path, tree in trees.items()
    }


def test_no_imports_go_round_in_a_circle(imported: dict[Path, set[Path]]) -> None:
    assert imported[ROOT / "exercises/nanogpt/train.py"] >= {
        ROOT / "exercises/catalog.py",
        ROOT / "exercises/nanogpt/trainer.py",  # which it imports in a function
    }
    TopologicalSorter(imported).prepare()  # raises CycleError with the files of a circle


def test_a_folder_is_not_deep(imported: dict[Path, set[Path]]) -> None:
    depth: dict[Path, int] = {}
    for path in TopologicalSorter(imported).static_order():
        beside = [other for other in imported[path] if other.parent == path.parent]
        depth[path] = max((depth[other] + 1 for other in beside), default=0)
    deepest = max(depth, key=lambda path: depth[path])
    assert 1 < depth[deepest] <= DEEPEST, deepest


def test_no_file_and_no_function_is_long() -> None:
    long = []
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_FILE:
            long.append(f"{path}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{path}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_no_folder_is_crowded() -> None:
    modules = [path for path in SOURCES if path.name not in {"__init__.py", "__main__.py"}]
    beside = Counter(path.parent.relative_to(ROOT).as_posix() for path in modules)
    del beside["tutor/store/migrations/versions"]  # one file for each change of the tables
    crowded = {folder: n for folder, n in beside.items() if n > MORE_MODULES.get(folder, MOST_MODULES)}
    assert crowded == {}
    assert all(beside[folder] > MOST_MODULES for folder in MORE_MODULES), "an exception that is not needed"
