"""What the documents tell to type is there: each command line is read by the parser of its room."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from exercises.cli import parser as exercises_parser
from knowledge.__main__ import parser as knowledge_parser
from tutor.__main__ import parser as tutor_parser

ROOT = Path(__file__).parent.parent
PARSERS = {"tutor": tutor_parser, "exercises": exercises_parser, "knowledge": knowledge_parser}
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/security.md")
OURS = re.compile(
    r"^(?:\S*python(?:\.exe)? -m (?P<room>tutor|exercises|knowledge)|\S*(?P<command>zero-to-hero))(?=\s|$)"
)
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
OPTION = re.compile(r"--[a-z][\w-]*")


def commands() -> list[tuple[str, str, str, bool]]:
    """Document, room, what follows it, and whether it is named within a sentence, of each of our commands."""
    found = []
    for document in DOCUMENTS:
        for block, span in CODE.findall((ROOT / document).read_text(encoding="utf-8")):
            for line in (block or span).splitlines():
                if told := OURS.match(line):
                    found.append((document, told["room"] or "tutor", line[told.end() :], bool(span)))
    return found


def split(rest: str) -> tuple[list[str], str]:
    """The arguments, and what is said about them: two spaces or more lie between."""
    typed, _, about = re.sub(r"\s{2,}|\s#\s", "\0", rest.strip(" "), count=1).partition("\0")
    return shlex.split(typed), about


def options_of(parser: argparse.ArgumentParser, arguments: list[str]) -> set[str]:
    """The options of the command that the arguments begin with, and of the one within it."""
    known = {name for action in parser._actions for name in action.option_strings}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for place, word in enumerate(arguments):
                if word in action.choices:
                    return known | options_of(action.choices[word], arguments[place + 1 :])
    return known


@pytest.mark.parametrize(("document", "room", "rest", "named"), commands())
def test_a_command_in_a_document_is_one(
    document: str, room: str, rest: str, named: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, about = split(rest)
    parser = PARSERS[room]()
    try:
        parser.parse_args([word.replace("<id>", "one") for word in arguments])
    except SystemExit:
        said = capsys.readouterr().err
        # a sentence may name a command without what it works on
        assert named and "the following arguments are required" in said, f"{document}: {room}{rest}: {said}"
    assert set(OPTION.findall(about)) <= options_of(parser, arguments)


def test_the_block_of_commands_is_found_and_names_what_the_tutor_can() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition("## Without the page")[2].partition("```text\n")[2].partition("```")[0]
    told = [line for line in block.splitlines() if line.strip()]
    assert len(told) >= 12 and all(OURS.match(line) for line in told)
    [commands] = [a for a in tutor_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    missing = [
        name for name in commands.choices if not re.search(rf"(tutor|zero-to-hero)\W{{1,2}}{name}\b", text)
    ]
    assert missing == []
