"""`python -m exercises upstream clone | status | run`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from exercises import console
from exercises.errors import KnobError
from exercises.faults import default_home
from exercises.upstream import running, workspace
from exercises.upstream.repositories import REPOSITORIES, UpstreamError, repository


def add_to(commands: Any) -> None:
    """Add `upstream` to the room's commands."""
    top = commands.add_parser(
        "upstream", help="Karpathy's own repositories: clone them, run them as they are"
    )
    ways = top.add_subparsers(required=True, metavar="WHAT")

    one = ways.add_parser("clone", help="clone all, some, or any git address")
    one.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(REPOSITORIES)}, or a git address")
    one.add_argument(
        "--called", default="", metavar="NAME", help="the folder of one that is given by its address"
    )
    one.add_argument("--base", default="", help="a mirror's address, or a folder that holds NAME or NAME.git")
    _where(one)
    one.set_defaults(command=_clone)

    one = ways.add_parser("status", help="what is cloned, at which commit, with which changes")
    _where(one)
    one.set_defaults(command=_status)

    one = ways.add_parser("run", help="run one of their programs unmodified")
    one.add_argument("name", metavar="NAME", help=", ".join(running.PROGRAMS))
    one.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a flag; repeatable")
    one.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    _where(one)
    one.set_defaults(command=_run)


def _where(one: argparse.ArgumentParser) -> None:
    one.add_argument("--into", type=Path, default=None, help="the folder of clones (default: TUTOR_UPSTREAM)")
    one.add_argument("--home", type=Path, default=None, help="where runs are kept (default: TUTOR_HOME)")


def _home(options: argparse.Namespace) -> Path:
    home: Path = options.home or default_home()
    return home


def workspace_of(home: Path, told: Path | None = None) -> Path:
    """The folder of clones: as told, else as the environment says, else in the home."""
    told = told or (Path(os.environ["TUTOR_UPSTREAM"]) if os.environ.get("TUTOR_UPSTREAM") else None)
    return (told or home / "upstream").expanduser().resolve()


def _workspace(options: argparse.Namespace) -> Path:
    return workspace_of(_home(options), options.into)


def _clone(options: argparse.Namespace) -> int:
    folder = _workspace(options)
    failed = []
    for name in options.names or REPOSITORIES:
        try:
            workspace.clone(
                repository(name, options.called), folder, options.base, lambda line: print(line, flush=True)
            )
        except UpstreamError as error:
            failed.append(f"{name}: {error}")
    if failed:
        raise UpstreamError("\n".join(failed))
    print(folder)
    return 0


def _status(options: argparse.Namespace) -> int:
    folder = _workspace(options)
    for one in [*REPOSITORIES.values(), *workspace.others(folder)]:
        try:
            clone = workspace.inspect(one, folder)
        except UpstreamError as error:
            print(f"{one.name:<18} {error}")
            continue
        if clone is None:
            print(f"{one.name:<18} not cloned")
            continue
        changed = f"; changed: {', '.join(clone.changed)}" if clone.changed else ""
        print(f"{one.name:<18} {clone.commit[:12]}{'' if clone.pinned else ' (another commit)'}{changed}")
    return 0


def _run(options: argparse.Namespace) -> int:
    given: dict[str, str] = {}
    for pair in options.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise KnobError(f"{pair!r} sets nothing. Write --set KEY=VALUE, for instance --set type=mlp.")
        given[name.strip()] = value
    run = running.start(_home(options), options.name, _workspace(options), given, options.device)
    return console.follow(run, own_words=True)
