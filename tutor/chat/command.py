"""`python -m tutor ask`: one question answered for a reader or a program, or a file of questions."""

import json
from collections.abc import Iterator
from pathlib import Path

from exercises.faults import why
from tutor.app import App
from tutor.chat.export import lines_of
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.service import check_question
from tutor.chat.types import Answer, Done
from tutor.corpus.clones import changed_among
from tutor.corpus.progress_lines import ProgressLines
from tutor.errors import QuestionError, TutorError

CITED = ("path", "start", "end", "cell", "sha256", "text")
LONGEST_LINE = 2**20  # bytes: the longest question, each character written as an escape, has a quarter of it
UNREAD = (
    'Line {} of {} is not {{"id": …, "question": …}} in JSON. The lines before it were answered; mend it.'
)


def ask_one(app: App, question: str, as_program: bool) -> None:
    """Print the answer to one question. Raises QuestionError, KnowledgeError."""
    asked = check_question(question)
    app.knowledge.prepare(ProgressLines())
    answer = _answer(app.builtin, asked)
    if as_program:
        print(json.dumps(as_json(answer)))
        return
    print(as_text(answer))
    for path in changed_among(app.settings, (each.path for each in answer.citations)):
        print(f"You changed {path}: its lines are cited as you have them.")


def ask_file(app: App, file: Path) -> None:
    """Print the answers to a file of questions, a line of JSON each, as they are found.

    Raises TutorError when the file cannot be read and QuestionError at the first line that is no question, after
    the lines before it were answered.
    """
    ready = False
    for identifier, question in _questions(file):
        if not ready:  # a file that cannot be read is said before the index is opened
            app.knowledge.prepare(ProgressLines())
            ready = True
        answer = _answer(app.builtin, question)
        record = {
            "id": identifier,
            "kind": answer.kind,
            "answer": answer.text,
            "citations": citations(answer),
            "abstained": answer.abstained,
        }
        print(json.dumps(record), flush=True)


def as_json(answer: Answer) -> dict[str, object]:
    """An answer for programs: Markdown, exact lines, and the run it proposes."""
    run = answer.run
    return {
        "answer": answer.text,
        "citations": citations(answer),
        "abstained": answer.abstained,
        "suggestions": list(answer.suggestions),
        "run": {"exercise": run.exercise, "knobs": dict(run.knobs)} if run else None,
    }


def citations(answer: Answer) -> list[dict[str, object]]:
    """The lines that an answer cites, for programs: place, hash and text."""
    return [{key: getattr(each, key) for key in CITED} for each in answer.citations]


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


def _answer(tutor: BuiltinTutor, question: str) -> Answer:
    last = list(tutor.answer(question, ()))[-1]
    assert isinstance(last, Done)
    return last.answer


def _questions(file: Path) -> Iterator[tuple[str | int, str]]:
    try:
        with file.open("rb") as lines:
            number = 0
            while line := lines.readline(LONGEST_LINE):
                number += 1
                if line.strip():
                    yield _question(line, number, file)
    except OSError as error:
        raise TutorError(f"The questions in {file} cannot be read. {why(error)}") from error


def _question(line: bytes, number: int, file: Path) -> tuple[str | int, str]:
    unread = QuestionError(UNREAD.format(number, file))
    try:
        asked = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except (ValueError, RecursionError) as error:
        raise unread from error
    identifier, question = (
        (asked.get("id"), asked.get("question")) if isinstance(asked, dict) else (None, None)
    )
    if not isinstance(identifier, str | int) or isinstance(identifier, bool) or not isinstance(question, str):
        raise unread
    try:
        return identifier, check_question(question)
    except QuestionError as error:
        raise QuestionError(f"Line {number} of {file}: {error}") from error
