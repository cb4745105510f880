"""Each kind of quoting has one home: nothing else writes outside text into addresses, commands or Markdown."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("knowledge", "exercises", "tutor")
SOURCES = sorted([ROOT / "app.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))])
SHELL, QUOTING = "exercises/shell.py", "tutor/quoting.py"
HOMES = {  # what may be named in one file only
    "shlex": SHELL,
    "list2cmdline": SHELL,
    "urllib.parse.quote": QUOTING,
    "urllib.parse.quote_plus": QUOTING,
    "urllib.parse.urlencode": QUOTING,
    "as_uri": QUOTING,
    "URL.create": QUOTING,
}
ALSO = {
    "exercises/nanogpt/compiled.py": {"shlex"},  # a flag for a compiler, never shown
    "tutor/ui/components/links.py": {"]("},  # the addresses in our own lessons, their names matched as words
}
STARTS = {
    "vscode:": QUOTING,
    "sqlite:": QUOTING,
    "file:": QUOTING,
    "cd ": SHELL,
}  # of a text with something filled in
SAYS = {
    "markdown",
    "caption",
    "info",
    "warning",
    "error",
    "success",
    "write",
    "toast",
    "header",
    "subheader",
    "title",
}
SAFE = {"as_markdown", "as_code", "as_link"}


def offences(tree: ast.AST, name: str) -> Iterator[str]:
    """What a source builds that another file is there for."""
    page = name.startswith("tutor/ui/")
    allowed = ALSO.get(name, set())
    for node in ast.walk(tree):
        for used in named(node):
            home = HOMES.get(used)
            if home and name != home and used not in allowed:
                yield f"line {node.lineno}: {used} belongs to {home}"
        if isinstance(node, ast.JoinedStr):
            yield from in_text(node, name, page)
        if page and isinstance(node, ast.Call) and says(node.func):
            for error in unescaped_errors(node):
                yield f"line {error.lineno}: an error is shown as Markdown; as_markdown keeps it text"


def says(function: ast.expr) -> bool:
    """Whether a function shows Markdown on the page; a log takes text."""
    known = isinstance(function, ast.Attribute) and function.attr in SAYS
    return known and not ast.unparse(function).startswith("log.")


def named(node: ast.AST) -> list[str]:
    """The names of HOMES that a node may mean."""
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom):
        return [str(node.module), *(f"{node.module}.{one.name}" for one in node.names)]
    if isinstance(node, ast.Attribute):
        whole = ast.unparse(node)
        return [node.attr, whole, f"urllib.{whole}"]
    return []


def in_text(node: ast.JoinedStr, name: str, page: bool) -> Iterator[str]:
    """Addresses, commands, code and links that are filled in by hand."""
    first = node.values[0]
    start = str(first.value) if isinstance(first, ast.Constant) else ""
    for begin, home in STARTS.items():
        if start.startswith(begin) and name != home:
            yield f"line {node.lineno}: {begin}… belongs to {home}"
    for place, value in enumerate(node.values):
        if not page or not isinstance(value, ast.FormattedValue) or place == 0:
            continue
        before = node.values[place - 1]
        text = str(before.value) if isinstance(before, ast.Constant) else ""
        if text.endswith("`"):
            yield f"line {value.lineno}: code in Markdown is written by as_code"
        if text.endswith("](") and "](" not in ALSO.get(name, ()):
            yield f"line {value.lineno}: a link in Markdown is written by as_link"


def unescaped_errors(call: ast.Call) -> Iterator[ast.expr]:
    """Errors (`error`, `str(error)`, `stream.error`) in what is shown, not within a call that escapes them."""
    waiting: list[ast.AST] = [*call.args]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAFE:
            continue
        if (isinstance(node, ast.Name) and node.id == "error") or (
            isinstance(node, ast.Attribute) and node.attr == "error"
        ):
            yield node
        waiting.extend(ast.iter_child_nodes(node))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_only_the_homes_of_quoting_quote(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found = list(offences(ast.parse(path.read_text(encoding="utf-8")), name))
    assert not found, f"{name}: {'; '.join(found)}"


@pytest.mark.parametrize(
    "source",
    [
        "import shlex",
        "from shlex import quote",
        "subprocess.list2cmdline(words)",
        "from urllib.parse import quote",
        "urllib.parse.urlencode(query)",
        "from urllib import parse\nparse.quote(name)",
        "folder.as_uri()",
        "URL.create('sqlite', database=name)",
        "f'vscode://file{path}'",
        "f'sqlite:///{path}'",
        "f'cd {folder}'",
        "st.caption(f'In `{folder}`')",
        "text = f'[here]({url})'",
        "st.error(str(error))",
        "st.warning(f'**{name}**: {error}')",
        "place.error(stream.error)",
    ],
)
def test_the_rule_finds_an_offender(source: str) -> None:
    assert len(list(offences(ast.parse(source), "tutor/ui/pages/new.py"))) >= 1


def test_the_rule_lets_the_homes_be_used() -> None:
    source = "st.error(as_markdown(str(error)))\nst.caption(f'In {as_code(folder)}')\nshell.enter(folder)"
    assert list(offences(ast.parse(source), "tutor/ui/pages/new.py")) == []
