"""`zero-to-hero`, or `python -m tutor`: without a command, open the pages; else ask, compare, check, measure."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from exercises import faults
from exercises.errors import ExerciseError
from knowledge.errors import KnowledgeError
from tutor.errors import TutorError
from tutor.settings import PROJECT, Settings, load_settings

WRONG = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: all is well; 1: a check found something; 2: it could not be done."""
    options = parser().parse_args(arguments)

    def work() -> int:
        code: int = options.run(load_settings(home=options.home), options)
        return code

    return faults.command(work, options.home, (TutorError, KnowledgeError, ExerciseError))


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = argparse.ArgumentParser(prog="python -m tutor", description=__doc__)
    top.add_argument("--home", type=Path, help="where conversations, progress and runs live")
    top.set_defaults(run=_open)
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer one question from the lessons and the code")
    asked = ask.add_mutually_exclusive_group(required=True)
    asked.add_argument("question", nargs="?")
    asked.add_argument(
        "--questions",
        type=Path,
        metavar="FILE",
        help='{"id": …, "question": …} a line; answers as JSON lines',
    )
    ask.add_argument("--json", action="store_true", help="one line of JSON")
    ask.set_defaults(run=_ask)
    compare = commands.add_parser("compare", help="the same idea in our code and in Karpathy's, side by side")
    compare.add_argument("concept", nargs="?", help="a concept; without one, list what can be compared")
    compare.set_defaults(run=_compare)
    where = commands.add_parser("where", help="print where everything is kept")
    where.add_argument("--json", action="store_true", help="one line of JSON")
    where.set_defaults(run=_where)
    check = commands.add_parser(
        "check", help="check that lessons, exercises, quizzes and prompts fit together"
    )
    check.set_defaults(run=_check)
    doctor = commands.add_parser(
        "doctor", help="look at this machine and say what is wrong and how to mend it"
    )
    doctor.set_defaults(run=_doctor)
    trial = commands.add_parser("eval", help="try the tutor with 160 prompts and with real questions")
    trial.add_argument("--model", action="store_true", help="try the configured model too: this costs money")
    trial.add_argument(
        "--most", type=int, metavar="N", help="only the first N of each kind and week, and of the questions"
    )
    trial.set_defaults(run=_eval)
    pack = commands.add_parser("pack", help="embed what ships, after a lesson, a note or an exercise changed")
    pack.set_defaults(run=_pack)
    serve = commands.add_parser("mcp", help="serve lessons, code, runs and quiz to an MCP client, over stdio")
    serve.set_defaults(run=_mcp)
    return top


def _open(settings: Settings, options: argparse.Namespace) -> int:
    from tutor.ui.launch import open_page

    return open_page(settings)


def _ask(settings: Settings, options: argparse.Namespace) -> int:
    from tutor.app import build
    from tutor.chat.command import ask_file, ask_one

    if options.questions:
        ask_file(build(settings), options.questions)
    else:
        ask_one(build(settings), options.question, options.json)
    return 0


def _compare(settings: Settings, options: argparse.Namespace) -> int:
    from knowledge.content.comparisons import about, lay_out
    from tutor.app import build
    from tutor.side_by_side import as_text, comparisons, title

    app = build(settings)
    curriculum, known = app.curriculum, comparisons()
    if options.concept is None:
        for name, each in known.items():
            print(f"{name:<26} {title(each, curriculum)}")
        return 0
    concept = curriculum.find(options.concept)
    one = about(known, concept.id) if concept else None
    if one is None:
        raise TutorError(f"Nothing is compared for {options.concept!r}. There are: {', '.join(known)}.")
    print(as_text(lay_out(one, app.knowledge.library.contents), title(one, curriculum)))
    return 0


def _where(settings: Settings, options: argparse.Namespace) -> int:
    places = {
        "home": settings.home,
        "settings": settings.home / "config.toml",
        "database": settings.database_place,
        "backups": settings.backups,
        "index": settings.index,
        "runs": settings.runs,
        "upstream": settings.upstream_folder,
        "project": PROJECT,
    }
    if options.json:
        print(json.dumps({name: str(place) for name, place in places.items()}))
    else:
        for name, place in places.items():
            print(f"{name:10} {place}")
    return 0


def _eval(settings: Settings, options: argparse.Namespace) -> int:
    from tutor.app import build
    from tutor.evaluation.command import evaluate

    return evaluate(build(settings), options.model, options.most)


def _mcp(settings: Settings, options: argparse.Namespace) -> int:
    from tutor.app import build
    from tutor.mcp_server import make_server

    app = build(settings)
    app.knowledge.start()
    make_server(app).run()
    return 0


def _pack(settings: Settings, options: argparse.Namespace) -> int:
    from knowledge.embedding.embedder import packaged_model
    from knowledge.index.packing import make_pack
    from tutor.corpus.progress_lines import ProgressLines
    from tutor.corpus.service import Progress
    from tutor.corpus.shipping import shipped

    ships = shipped(settings)
    bar = ProgressLines()
    report = make_pack(
        ships, packaged_model(), lambda done, total: bar(Progress("building", done, total, "Embedding"))
    )
    print(f"{report.held} texts, {report.embedded} of them embedded now; {report.size / 1e6:.1f} MB")
    if ships.absent:
        print(
            f"Left as they were, because no unchanged clone at the checked commit is in "
            f"{settings.upstream_folder}: {', '.join(ships.absent)}"
        )
    return 0


def _check(settings: Settings, options: argparse.Namespace) -> int:
    from tutor.checks.consistency import check

    problems, summary = check(settings)
    for problem in problems:
        print(problem)
    print(f"{summary}: {f'{len(problems)} problems' if problems else 'all well'}")
    return WRONG if problems else 0


def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    from tutor.checks.doctor import examine

    findings = examine(settings)
    for finding in findings:
        print(finding)
    return WRONG if any(finding.state == "wrong" for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
