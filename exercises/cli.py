"""The command line of this room."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from exercises import console, faults
from exercises.catalog import Exercise, exercise, exercises
from exercises.errors import ExerciseError, KnobError
from exercises.knobs import describe
from exercises.runs import launch
from exercises.runs.store import Run, find_run, list_runs, read_run
from exercises.upstream import commands as upstream
from exercises.upstream import running


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors are said on standard error, without a traceback, and exit with 2."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    options = parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    home: Path | None = getattr(options, "home", None)
    return faults.command(lambda: command(options), home, (ExerciseError,))


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(
        prog="python -m exercises", description="Small models to run, break and compare."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("list", help="what can be run, with its knobs")
    one.add_argument("--json", action="store_true", help="for programs")
    one.set_defaults(command=_list)

    one = commands.add_parser("run", help="train a model and print what happens, the run folder last")
    one.add_argument("exercise")
    one.add_argument(
        "--set", action="append", default=[], metavar="KNOB=VALUE", help="turn a knob; repeatable"
    )
    one.add_argument("--preset", default="default", help="knobs to start from")
    one.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    _home(one)
    one.set_defaults(command=_run)

    for name, does in (("stop", "stop a run; it saves itself"), ("pause", "free the device; resume goes on")):
        one = commands.add_parser(name, help=does)
        one.add_argument("run")
        _home(one)
        one.set_defaults(command=_ask, what=name)
    one = commands.add_parser("resume", help="go on with a run from its last checkpoint")
    one.add_argument("run")
    _home(one)
    one.set_defaults(command=_resume)
    one = commands.add_parser("runs", help="all runs, newest first")
    one.add_argument("--json", action="store_true", help="for programs")
    _home(one)
    one.set_defaults(command=_runs)
    upstream.add_to(commands)
    one = commands.add_parser(
        "verify", help="really run the experiments, check their claims, keep the record"
    )
    one.add_argument("experiment", nargs="*", help="only these")
    one.add_argument("--week", type=int, help="only this week's")
    one.add_argument("--quick", action="store_true", help="only those that take under 20 s; keep no record")
    one.add_argument("--check", action="store_true", help="run nothing: does the record stand for this code?")
    one.set_defaults(command=_verify)
    one = commands.add_parser("trace", help="one function on a tiny input, line by line")
    one.add_argument("exercise")
    one.add_argument("symbol", nargs="?", help="what to look into; without it, what there is")
    one.add_argument("--json", action="store_true", help="for programs")
    one.set_defaults(command=_trace)
    return top


def _home(one: argparse.ArgumentParser) -> None:
    one.add_argument("--home", type=Path, default=None, help="where runs are kept (default: TUTOR_HOME)")


def _where(options: argparse.Namespace) -> Path:
    return options.home or faults.default_home()


def _list(options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps([entry(one) for one in exercises().values()], indent=1, ensure_ascii=False))
        return 0
    for one in exercises().values():
        print(f"\n{one.id}  (week {one.week})  {one.summary}\n  presets: {', '.join(one.presets)}")
        for info in describe(one.knobs):
            print(f"  {info.name:<15} {info.default!s:<12} {info.meaning}")
    return 0


def entry(one: Exercise) -> dict[str, Any]:
    """An exercise as `list --json` prints it."""
    return {
        "id": one.id,
        "title": one.title,
        "week": one.week,
        "concept": one.concept,
        "summary": one.summary,
        "module": one.module,
        "primary_metric": one.primary_metric,
        "devices": list(one.devices),
        "presets": {name: dict(values) for name, values in one.presets.items()},
        "knobs": [{**vars(info), "type": info.type.__name__} for info in describe(one.knobs)],
    }


def _run(options: argparse.Namespace) -> int:
    spec = exercise(options.exercise)
    if options.preset not in spec.presets:
        raise KnobError(f"There is no preset {options.preset!r}; {spec.id} has: {', '.join(spec.presets)}.")
    given: dict[str, Any] = dict(spec.presets[options.preset])
    for pair in options.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise KnobError(f"{pair!r} sets nothing. Write --set NAME=VALUE, for instance --set steps=200.")
        given[name.strip()] = value
    return console.follow(launch.start(_where(options), spec.id, given, options.device, anywhere=True))


def _ask(options: argparse.Namespace) -> int:
    run = _named(options)
    ask = launch.request_stop if options.what == "stop" else launch.request_pause
    ask(run)
    ended = launch.wait_stopped(run)
    print(f"{ended.id}: {ended.state} at step {ended.step}")
    return 0


def _resume(options: argparse.Namespace) -> int:
    return console.follow(running.resume(_named(options), upstream.workspace_of(_where(options))))


def _named(options: argparse.Namespace) -> Run:
    """The run of an id, or in a folder: only who types at this machine may give a path."""
    folder = Path(options.run)
    return (
        read_run(folder.resolve())
        if (folder / "config.json").is_file()
        else find_run(_where(options), options.run)
    )


def _runs(options: argparse.Namespace) -> int:
    for run in list_runs(_where(options)):
        if options.json:
            print(json.dumps({**vars(run), "folder": str(run.folder)}, default=str))
        else:
            print(
                f"{run.id:<40} {run.state:<9} step {run.step} of {run.total_steps}  {run.error or run.note}"
            )
    return 0


def _verify(options: argparse.Namespace) -> int:
    from exercises import experiments

    if options.check:
        problems = experiments.stale()
        for name, problem in problems.items():
            print(f"{name} {problem}: python -m exercises verify {name}", file=sys.stderr)
        return 1 if problems else 0
    return 0 if _verify_each(options) else 1


def _verify_each(options: argparse.Namespace) -> bool:
    """Run the chosen experiments in a home of their own; True when every claim held."""
    from exercises import experiments

    known, kept = experiments.load_experiments(), experiments.record()
    unknown = [name for name in options.experiment if name not in known]
    if unknown:
        raise ExerciseError(f"No experiment is called {', '.join(unknown)}. There are: {', '.join(known)}.")
    chosen = [one for one in known.values() if not options.experiment or one.id in options.experiment]
    chosen = [one for one in chosen if options.week in (None, one.week)]
    if options.quick:
        chosen = [one for one in chosen if one.id in kept and kept[one.id].seconds < experiments.QUICK]
    good = True
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        for one in chosen:
            outcome = experiments.perform(Path(home), one)
            verdict = "holds" if outcome.holds else "DOES NOT HOLD"
            figures = experiments.figures_from(outcome)
            print(f"{one.id}: {verdict}: {outcome.claim} [{figures}] {outcome.seconds:.0f} s")
            sys.stdout.flush()
            if not options.quick:
                experiments.keep(one.id, outcome)
            good = good and outcome.holds
    return good


def _trace(options: argparse.Namespace) -> int:
    from exercises import trace

    if not options.symbol:
        print("\n".join(trace.traceable(options.exercise)))
        return 0
    found = trace.trace(options.exercise, options.symbol)
    print(trace.as_json(found) if options.json else trace.as_text(found))
    return 0
