"""`python -m tutor`: ask a question, see where things are, check that the rooms fit together."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from exercises import faults
from exercises.errors import ExerciseError
from knowledge.errors import KnowledgeError
from tutor.chat.export import lines_of
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.service import check_question
from tutor.chat.types import Answer, Done
from tutor.corpus.clones import changed_among, link_to
from tutor.corpus.service import KnowledgeService, Progress
from tutor.errors import TutorError
from tutor.run_catalog import RunCatalog
from tutor.settings import PROJECT, Settings, load_settings

WRONG = 1
CITED = ("path", "start", "end", "cell", "sha256", "text")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. 0: all is well; 1: a check found something; 2: it could not be done."""
    options = _parser().parse_args(arguments)

    def work() -> int:
        code: int = options.run(load_settings(home=options.home), options)
        return code

    return faults.command(work, options.home, (TutorError, KnowledgeError, ExerciseError))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tutor", description=__doc__)
    parser.add_argument("--home", type=Path, help="where conversations, progress and runs live")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", help="answer one question from the lessons and the code")
    ask.add_argument("question")
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
    return parser


def _ask(settings: Settings, options: argparse.Namespace) -> int:
    question = check_question(options.question)
    knowledge = KnowledgeService(settings)
    knowledge.prepare(_Bar())
    tutor = BuiltinTutor(knowledge, RunCatalog.load(settings.home), link_to(settings))
    last = list(tutor.answer(question, ()))[-1]
    assert isinstance(last, Done)
    if options.json:
        print(json.dumps(as_json(last.answer)))
        return 0
    print(as_text(last.answer))
    for path in changed_among(settings, (each.path for each in last.answer.citations)):
        print(f"You changed {path}: its lines are cited as you have them.")
    return 0


def _compare(settings: Settings, options: argparse.Namespace) -> int:
    from knowledge.content.comparisons import about, lay_out
    from tutor.side_by_side import as_text as side_by_side
    from tutor.side_by_side import comparisons, title

    knowledge = KnowledgeService(settings)
    curriculum, known = knowledge.curriculum, comparisons()
    if options.concept is None:
        for name, each in known.items():
            print(f"{name:<26} {title(each, curriculum)}")
        return 0
    concept = curriculum.find(options.concept)
    one = about(known, concept.id) if concept else None
    if one is None:
        raise TutorError(f"Nothing is compared for {options.concept!r}. There are: {', '.join(known)}.")
    print(side_by_side(lay_out(one, knowledge.library.contents), title(one, curriculum)))
    return 0


def as_json(answer: Answer) -> dict[str, object]:
    """An answer for programs: Markdown, exact lines, and the run it proposes."""
    run = answer.run
    return {
        "answer": answer.text,
        "citations": [{key: getattr(each, key) for key in CITED} for each in answer.citations],
        "abstained": answer.abstained,
        "suggestions": list(answer.suggestions),
        "run": {"exercise": run.exercise, "knobs": dict(run.knobs)} if run else None,
    }


def as_text(answer: Answer) -> str:
    """An answer for a terminal."""
    parts = [answer.text]
    if answer.citations:
        parts.append(
            "\n".join(f"[{each.number}] {lines_of(each)} {each.url}".rstrip() for each in answer.citations)
        )
    if answer.suggestions:
        parts.append("You could ask: " + " | ".join(answer.suggestions))
    if answer.notice:
        parts.append(answer.notice)
    return "\n\n".join(parts)


class _Bar:
    """The index's progress on standard error, a line for each tenth, so that a log stays short."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, progress: Progress) -> None:
        tenth = int(progress.share * 10)
        if progress.total and tenth != self._tenth:
            self._tenth = tenth
            print(f"{progress.what}: {progress.done} of {progress.total}", file=sys.stderr)


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
    from tutor.evaluation.command import evaluate

    return evaluate(settings, options.model, options.most)


def _mcp(settings: Settings, options: argparse.Namespace) -> int:
    from tutor.mcp_server import make_server

    knowledge = KnowledgeService(settings)
    knowledge.start()
    make_server(settings, knowledge, RunCatalog.load()).run()
    return 0


def _pack(settings: Settings, options: argparse.Namespace) -> int:
    from knowledge.index.embedder import packaged_model
    from knowledge.index.packing import make_pack
    from tutor.corpus.shipping import shipped

    ships = shipped(settings)
    bar = _Bar()
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
