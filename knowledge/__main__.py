"""`python -m knowledge`: look at sources and search them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from knowledge.errors import KnowledgeError
from knowledge.notes import address
from knowledge.sources import list_files, named_sources, read_text
from knowledge.split import split


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; 0 when all is well, 2 when it could not be done."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    units = commands.add_parser("units", help="list a folder's units: what notes can be written about")
    units.add_argument("folder", type=Path)
    units.add_argument("--yaml", action="store_true", help="as notes to fill in")
    options = parser.parse_args(arguments)
    try:
        return print_units(options.folder, options.yaml)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
        return 2


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
