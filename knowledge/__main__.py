"""`python -m knowledge`: check the lessons, index sources, search them, measure the search."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from knowledge.content.notes import address, seal
from knowledge.content.validate import check
from knowledge.embedding.embedder import embedder_for
from knowledge.errors import KnowledgeError
from knowledge.evaluation.baseline import Baseline
from knowledge.evaluation.metrics import evaluate, load_questions, noise, table
from knowledge.index.build import build
from knowledge.ingest.chunking.split import Document, split
from knowledge.ingest.sources import Corpus, list_files, named_sources, our_own, read_text
from knowledge.search.library import Hit, Library, Results, WordsLibrary

ROOT = Path(__file__).resolve().parent.parent
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  argparse has no public name for this type


def main(arguments: list[str] | None = None) -> int:
    """Runs one command: 0 when all is well, 1 when problems were found, 2 when it could not be done."""
    options = parser().parse_args(arguments)

    try:
        code: int = options.run(options)
    except KnowledgeError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  the room's own boundary: it may not import that of the others
        print(
            f"The command broke off. Nobody foresaw this ({type(error).__name__}: {error}). What had been stored is "
            "kept; try again.",
            file=sys.stderr,
        )
    else:
        return code
    return 2


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m knowledge", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for add in (_add_index, _add_search, _add_check, _add_eval, _add_units, _add_seal):
        add(commands)
    return top


def _add_index(commands: Commands) -> None:
    index = commands.add_parser(
        "index", help="index folders and files; without any, the lessons and exercises"
    )
    index.add_argument("targets", nargs="*", type=Path, metavar="FOLDER_OR_FILE")
    index.add_argument(
        "--name", action="append", default=[], metavar="NAME=FOLDER", help="a folder, and its name"
    )
    index.add_argument("--index", type=Path, required=True, metavar="DIR", help="where the index lies")
    index.add_argument(
        "--server", metavar="URL", help="keep the vectors on a Chroma server, not in the index"
    )
    _model_options(index)
    index.set_defaults(run=run_index)


def _add_search(commands: Commands) -> None:
    search = commands.add_parser("search", help="find the passages that answer a question")
    search.add_argument("question", nargs="*", help="with --json: read from standard input, one JSON a line")
    search.add_argument("--index", type=Path, required=True, metavar="DIR")
    search.add_argument("--json", action="store_true", help="questions in and results out as JSON lines")
    search.add_argument("-k", type=int, default=10, metavar="N", help="hits a question (default 10)")
    _model_options(search)
    search.set_defaults(run=run_search)


def _add_check(commands: Commands) -> None:
    checks = commands.add_parser("check", help="check lessons and notes")
    checks.add_argument("words", nargs="*", help="only problems of files whose path holds one of these words")
    checks.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    checks.add_argument("--upstream", type=Path, help="a folder of clones, to check references into them too")
    checks.set_defaults(run=run_check)


def _add_eval(commands: Commands) -> None:
    measure = commands.add_parser("eval", help="measure the search on questions, beside the usual recipe")
    measure.add_argument("questions", type=Path, metavar="QUESTIONS.jsonl")
    measure.add_argument("--index", type=Path, required=True, metavar="DIR")
    measure.add_argument(
        "--no-baseline", action="store_true", help="leave out the usual recipe, which takes longest"
    )
    _model_options(measure)
    measure.set_defaults(run=run_eval)


def _add_units(commands: Commands) -> None:
    units = commands.add_parser("units", help="list a folder's units: what notes can be written about")
    units.add_argument("folder", type=Path)
    units.add_argument("--yaml", action="store_true", help="as notes to fill in")
    units.set_defaults(run=run_units)


def _add_seal(commands: Commands) -> None:
    sealing = commands.add_parser("seal", help="write into notes the hash of what each is about")
    sealing.add_argument("folder", type=Path, help="the repository, at the commit that the notes are about")
    sealing.add_argument(
        "--notes", type=Path, help="the notes (default: those recognized for the folder's name)"
    )
    sealing.set_defaults(run=run_seal)


def _model_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", help="a sentence-transformers model (default: the packaged one)")


def run_index(options: argparse.Namespace) -> int:
    """Builds or refreshes an index, with progress on a terminal."""
    names: dict[str, Path] = {}
    for entry in options.name:
        name, equals, folder = entry.partition("=")
        if not equals or not name or not folder:
            raise KnowledgeError(f"--name {entry}: write NAME=FOLDER")
        names[name] = Path(folder)
    own = our_own(ROOT)
    given = options.targets or names
    corpus = (
        Corpus(tuple(named_sources(options.targets, names)), own.lessons, own.notes, own.pack)
        if given
        else own
    )
    live = sys.stderr.isatty()

    def tell(done: int, total: int, what: str) -> None:
        if live:
            print(
                f"\r{what}{f' {done}/{total}' if total else ''}".ljust(60),
                end="",
                file=sys.stderr,
                flush=True,
            )

    report = build(corpus, options.index, embedder_for(options.model), tell, options.server)
    if live:
        print("\r".ljust(62) + "\r", end="", file=sys.stderr)
    if report.rebuilt:
        print(f"{report.rebuilt} It was built anew.", file=sys.stderr)
    what = f"{report.embedded} texts embedded" if report.changed else "nothing had changed"
    print(f"{report.files} files, {report.passages} passages: {what}, {report.seconds:.1f} s")
    return 0


def run_search(options: argparse.Namespace) -> int:
    """Answers questions from standard input as JSON lines, or one question as a list to read."""
    library = Library(options.index, embedder_for(options.model))
    library.snapshot()
    if not options.json:
        results = library.search(" ".join(options.question), options.k)
        for number, hit in enumerate(results.hits, 1):
            print(f"{number:2}. {hit.passage.id}  {hit.passage.title}")
            first = next((line.strip() for line in hit.passage.text.split("\n") if line.strip()), "")
            print(f"    {first[:100]}")
        print(f"confidence {results.confidence:.2f}, {results.latency_ms:.0f} ms")
        return 0
    library.search("warm up")  # the first question would pay for loading the model
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    for number, line in enumerate(sys.stdin, 1):
        if line.strip():
            identifier, question = _asked(line, number)
            answer = as_record(identifier, library.search(question, options.k))
            print(json.dumps(answer, ensure_ascii=True), flush=True)
    return 0


def _asked(line: str, number: int) -> tuple[Any, str]:
    try:
        asked = json.loads(line)
        return asked["id"], str(asked["question"])
    except (ValueError, KeyError, TypeError) as error:
        raise KnowledgeError(f'Line {number} is not {{"id": …, "question": …}} in JSON.') from error


def as_record(identifier: Any, results: Results) -> dict[str, Any]:
    """A question's results as they are printed."""
    return {
        "id": identifier,
        "hits": [_hit(hit) for hit in results.hits],
        "confidence": round(results.confidence, 4),
        "latency_ms": round(results.latency_ms, 2),
    }


def _hit(hit: Hit) -> dict[str, Any]:
    span = hit.passage.span
    record: dict[str, Any] = {"path": span.path, "start": span.start, "end": span.end, "cell": span.cell}
    if span.last_cell is not None:
        record["cells"] = list(span.cells)
    return record | {"score": round(hit.score, 4), "text": hit.passage.text}


def run_check(options: argparse.Namespace) -> int:
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


def run_eval(options: argparse.Namespace) -> int:
    """Prints the scores of the search, of its words alone, and of the usual recipe."""
    embedder = embedder_for(options.model)
    library = Library(options.index, embedder)
    questions = load_questions(options.questions, library.contents)
    library.search("warm up")
    named = {"this search": evaluate(questions, library.search)}
    words = WordsLibrary(library.contents)
    named["its words alone"] = evaluate(questions, words.search)
    if not options.no_baseline:
        baseline = Baseline(library.contents, embedder)
        named["1000 characters, MiniLM"] = evaluate(questions, baseline.search)
        baseline.close()
    print(
        f"{len(questions)} questions, {sum(not question.groups for question in questions)} without an answer"
    )
    print(table(named))
    print(f"recall@5 may differ by {noise(named['this search']):.3f} by chance")
    return 0


def run_units(options: argparse.Namespace) -> int:
    """One line a unit: its place and how a note names it; or YAML to fill in."""
    stubs = []
    for relative, document in _documents(options.folder).items():
        for passage in document.passages:
            stub = address(document, passage, relative)
            stubs.append(stub)
            if not options.yaml:
                names = ", ".join(f"{key}: {value}" for key, value in stub.items() if key != "file")
                print(f"{passage.id.removeprefix(document.source + '/'):44} {names}")
    if options.yaml:
        filled = [
            {**stub, "note": "", "why": "", "wrong": "", "questions": [], "paraphrases": []} for stub in stubs
        ]
        print(yaml.safe_dump(filled, sort_keys=False, allow_unicode=True, width=110))
    return 0


def run_seal(options: argparse.Namespace) -> int:
    """Seals notes; names those whose place is not found."""
    folder: Path = options.folder.resolve()
    notes = options.notes or ROOT / "knowledge" / "notes" / f"{folder.name}.yaml"
    if not notes.is_file():
        raise KnowledgeError(f"There are no notes at {notes}. Name the file with --notes.")
    missing = seal(notes, _documents(folder))
    for place in missing:
        print(f"not found: {place}")
    print(f"{notes.name}: {'sealed' if not missing else f'sealed but for {len(missing)}'}")
    return 1 if missing else 0


def _documents(folder: Path) -> dict[str, Document]:
    [source] = named_sources([folder], {})
    return {
        entry.path.removeprefix(f"{source.name}/"): split(
            entry.path, entry.source, read_text(entry.file) or ""
        )
        for entry in list_files(source)
    }


if __name__ == "__main__":
    sys.exit(main())
