"""The page on security: each claim names a test, and the test is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "security.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
CODE = re.compile(r"`((?:tutor|exercises|knowledge)/[\w/]+\.py|\.streamlit/config\.toml)`")


def rows() -> list[list[str]]:
    """The claims: the rows of the page's tables, without their heads."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return [row for row in found if row[0] != "What holds" and set(row[0]) != {"-"}]


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_each_claim_names_a_test_that_is_there() -> None:
    claims = rows()
    assert len(claims) > 15
    for row in claims:
        assert len(row) == 4, row
        named = TEST.findall(row[3])
        assert named, f"no test: {row[0]}"
        assert row[3].count("::") == len(named), row[3]
        for file, name in named:
            assert (ROOT / file).is_file(), f"{row[0]}: there is no {file}"
            assert name in names_in(ROOT / file), f"{row[0]}: there is no {name} in {file}"


def test_what_defends_is_there() -> None:
    for file in CODE.findall(PAGE.read_text(encoding="utf-8")):
        assert (ROOT / file).is_file(), file


def test_those_against_whom_are_named_at_the_top() -> None:
    known = set(
        re.findall(r"^- \*\*((?:an? |another |the )[\w ]+)\*\*: ", PAGE.read_text(encoding="utf-8"), re.M)
    )
    assert known, "nobody is named"
    for row in rows():
        assert set(row[1].split(", ")) <= known, row
