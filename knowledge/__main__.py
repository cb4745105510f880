"""`python -m knowledge`: check the lessons, index sources, search them, measure the search."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from knowledge.check import check
from knowledge.errors import KnowledgeError
from knowledge.notes import address
from knowledge.sources import list_files, named_sources, read_text
from knowledge.split import split

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when all is well, 2 when it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    units = commands.add_parser("units", help="list a folder's units: what notes can be written about")
    units.add_argument("folder", type=Path)
    units.add_argument("--yaml", action="store_true", help="as notes to fill in")
    checked = commands.add_parser("check", help="check lessons and notes")
    checked.add_argument(
        "words", nargs="*", help="only problems of files whose path holds one of these words"
    )
    checked.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    checked.add_argument(
        "--upstream", type=Path, help="a folder of clones, to check references into them too"
    )
    options = parser.parse_args(arguments)
    try:
        if options.command == "check":
            return print_check(options)
        return print_units(options.folder, options.yaml)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        return 2


def print_check(options: argparse.Namespace) -> int:
    """Each problem on a line; 1 when there is any."""
    report = check(options.root, options.upstream)
    shown = [
        problem
        for problem in report.problems
        if not options.words or any(word in problem.path for word in options.words)
    ]
    for problem in shown:
        print(problem)
    print(f"{report.summary}: {len(shown)} problems" if shown else f"{report.summary}: all well")
    return 1 if shown else 0


def print_units(folder: Path, as_yaml: bool) -> int:
    """One line a unit: its place and how a note names it; or YAML to fill in."""
    [source] = named_sources([folder], {})
    stubs = []
    for entry in list_files(source):
        document = split(entry.path, entry.source, read_text(entry.file) or "")
        relative = entry.path.removeprefix(f"{source.name}/")
        for passage in document.passages:
            stub = address(document, passage, relative)
            stubs.append(stub)
            if not as_yaml:
                names = ", ".join(f"{key}: {value}" for key, value in stub.items() if key != "file")
                print(f"{passage.id.removeprefix(source.name + '/'):44} {names}")
    if as_yaml:
        blank = {"note": "", "why": "", "wrong": "", "questions": [], "paraphrases": []}
        print(
            yaml.safe_dump(
                [{**stub, **blank} for stub in stubs], sort_keys=False, allow_unicode=True, width=110
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
