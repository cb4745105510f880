"""A pasted traceback or error line: its cause first, a hint, the way out, and the line of code it stands on."""

from __future__ import annotations

from pathlib import PurePosixPath

from exercises.failures import Failure, last_frame, looks_like_error, read_setting, recognize
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken, where
from tutor.chat.rules.context import QuestionContext

SHORTEST_LINE = 8  # characters: a shorter line of code stands in many places
SHELLS = {"bash": "In bash or zsh:", "powershell": "In PowerShell:", "": ""}


def pasted(context: QuestionContext) -> Failure | None:
    """What the table of failures knows of a pasted output; None where nothing is pasted or known."""
    return recognize(context.question)


def answer(builder: AnswerBuilder, failure: Failure) -> None:
    """The cause, a hint, the way out, and the line of code that the output ends at."""
    question = builder.context.question
    builder.kind = "failure"
    builder.say(f"**{failure.cause}**", f"**Hint.** {failure.hint}")
    builder.say(way_out(failure, read_setting(question).os))
    _quote(builder, question)
    concept = builder.context.curriculum.concepts.get(failure.concept)
    builder.concept = concept
    if concept is not None:
        mark = builder.sources.cite(builder.sources.section(concept, "In one sentence"), concept.title)
        builder.say(f"Behind it is **{spoken(concept)}**. {concept.sections['In one sentence']}{mark}")
        builder.suggest(f"Explain {spoken(concept)}")


def way_out(failure: Failure, system: str | None) -> str:
    """What helps, what to type and what to leave alone, as Markdown."""
    parts = [f"**Way out.** {failure.way_out}"]
    for shell, line in failure.typed(system):
        parts += [SHELLS[shell], f"```{shell or 'text'}\n{line}\n```"]
    parts += [f"**Not so.** {each}" for each in failure.avoid]
    return "\n\n".join(part for part in parts if part)


def _quote(builder: AnswerBuilder, question: str) -> None:
    """The line that the traceback ends at, where it is indexed and reads as it does there."""
    frame = last_frame(question) if looks_like_error(question) else None
    if frame is None or not frame.path or len(frame.code) < SHORTEST_LINE:
        return
    name = PurePosixPath(frame.path.replace("\\", "/"))
    for path in builder.sources.library.contents.documents:
        if PurePosixPath(path).name != name.name:
            continue
        passage = builder.sources.lines(path, frame.line, frame.line)
        if passage is not None and passage.text.strip().startswith(frame.code.rstrip("…. ")):
            mark = builder.sources.cite(passage, path)
            builder.say(
                f"It stands on this line:\n\n```python\n{passage.text.strip()}\n```\n\n{where(passage)}{mark}"
            )
            return
