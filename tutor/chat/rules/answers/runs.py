"""Answers about one of her runs: what the program worked out about it, never a guess."""

import re
from dataclasses import dataclass
from pathlib import Path

from exercises.device import label
from exercises.estimate import in_words
from exercises.failures import this_system
from exercises.runs.findings import Rows, compare, findings, series
from exercises.runs.store import Run, list_runs, log, metrics, program_of, samples
from exercises.upstream.running import PROGRAMS
from knowledge.content.curriculum import Concept
from tutor.chat.rules.answer_builder import AnswerBuilder, spoken
from tutor.chat.rules.answers.failures import way_out
from tutor.chat.rules.context import QuestionContext

NAMED = re.compile(r"\b(\d{8}-\d{6})-\S*?([0-9a-f]{6})?\b")
NEWEST = re.compile(
    r"\b(what|how|why|did|does|explain|review|talk|look|tell)\b.*\b(my|the|this) (last|latest|newest|previous) run\b|"
    r"^(review|explain) my run\b",
    re.IGNORECASE,
)
BEHIND = {
    "nan": "exploding-gradients", "diverged": "learning-rate", "exploding-gradients": "exploding-gradients",
    "overfitting": "overfitting", "plateau": "learning-rate-schedule", "dead-units": "dead-units",
    "underfitting": "underfitting",
}  # fmt: skip
"""The concept behind a finding."""
MEASURES = {"val_loss": "validation loss", "train_loss": "training loss", "accuracy": "accuracy"}
SHOWN = 8  # lines of a sample


@dataclass(frozen=True)
class Named:
    """The run that is asked about, None where there is none, and whether the question says its name."""

    home: Path
    run: Run | None
    by_name: bool


def named(context: QuestionContext) -> Named | None:
    """The runs that a question is about, newest first: one that it names, or the last; None where it asks for none."""
    home, question = context.runs.home, context.asked.question
    found = NAMED.search(question)
    if home is None or not (found or NEWEST.search(question)):
        return None
    runs = list_runs(home)
    if found:
        runs = [run for run in runs if run.id.startswith(found[1])]
        runs = [run for run in runs if run.id.endswith(found[2] or "")] or runs
    return Named(home, runs[0] if runs else None, by_name=bool(found))


def answer(builder: AnswerBuilder, asked_about: Named) -> None:
    """What the program worked out about the run."""
    builder.kind = "run-talk"
    if asked_about.run is None:
        builder.abstained = True
        builder.say(
            "There is no such run any more."
            if asked_about.by_name
            else "There is no run yet. Start one, then ask again."
        )
        builder.suggest("What can I run?")
        return
    _say(builder, asked_about.run, asked_about.home)


def _say(builder: AnswerBuilder, run: Run, home: Path) -> None:
    if run.damaged:
        builder.say(
            f"The files of `{run.id}` are damaged, so nothing can be told of it. It can be deleted in the lab."
        )
        return
    rows = metrics(run.folder)
    builder.say(_head(builder, run))
    upstream = program_of(run.folder)
    if upstream:
        changed = f", with changes of yours in {', '.join(upstream.changed[:3])}" if upstream.changed else ""
        builder.say(f"It ran {upstream.repository} as it is, at commit `{upstream.commit[:8]}`{changed}.")
    found = findings(run, rows, log(run.folder))
    if found:
        builder.say("What can be told from its rows:", "\n".join(f"- {one.sentence}" for one in found))
        builder.say(*(way_out(one.failure, this_system()) for one in found if one.failure is not None))
    elif run.active:
        builder.say("It is still going on; ask again when there is more to see.")
    else:
        builder.say("Nothing stands out in its rows.")
    builder.say(_last(rows), _beside(run, rows, home), _sample(run))
    _concepts(
        builder, run, [one.failure.concept if one.failure else BEHIND.get(one.kind, "") for one in found]
    )


def _head(builder: AnswerBuilder, run: Run) -> str:
    known = builder.context.runs.exercises.get(run.exercise) or PROGRAMS.get(
        run.exercise.removeprefix("upstream-")
    )
    name = known.title if known else run.exercise
    took = f" in {in_words(run.seconds)}" if run.seconds else ""
    return f"**{name}**, {run.state}: step {run.step:,} of {run.total_steps:,}{took}, on {label(run.device)}."


def _last(rows: Rows) -> str:
    ends = [(words, points[-1]) for name, words in MEASURES.items() if (points := series(rows, name))]
    said = [f"{words} {value:.3f} at step {step:,}" for words, (step, value) in ends]
    return f"Last measured: {', '.join(said)}." if said else ""


def _beside(run: Run, rows: Rows, home: Path) -> str:
    """The newest other run like it: of the same program, or of our exercise beside upstream's."""
    ours = run.extra.get("ours")
    finished = [one for one in list_runs(home) if one.id != run.id and one.state == "finished"]
    other = next((one for one in finished if one.exercise == (ours or run.exercise)), None)
    if other is None:
        return ""
    theirs = metrics(other.folder)
    if not ours:
        finding = compare(run, rows, other, theirs)
        return f"Beside your run `{other.id}`: {finding.sentence}" if finding else ""
    measure = next((name for name in MEASURES if series(rows, name) and series(theirs, name)), None)
    if measure is None:
        return ""
    (step, value), (their_step, their_value) = series(rows, measure)[-1], series(theirs, measure)[-1]
    return (
        f"Beside our own version (`{other.id}`): {MEASURES[measure]} {value:.3f} after {step:,} steps here, "
        f"{their_value:.3f} after {their_step:,} there. They compare only with the same text, size and steps."
    )


def _sample(run: Run) -> str:
    written = samples(run.folder)
    if not written:
        return ""
    step, text = written[-1]
    lines = text.strip().split("\n")[:SHOWN]
    body = "\n".join(lines)
    return f"What it wrote at step {step:,}:\n\n````text\n{body}\n````"


def _concepts(builder: AnswerBuilder, run: Run, behind: list[str]) -> None:
    """The card behind what was found, else the one of the exercise."""
    exercise = builder.context.runs.exercises.get(run.extra.get("ours") or run.exercise)
    names = [*dict.fromkeys(behind), *([exercise.concept] if exercise else [])]
    known = [
        builder.context.curriculum.concepts[name]
        for name in names
        if name in builder.context.curriculum.concepts
    ]
    if not known:
        return
    first: Concept = known[0]
    builder.concept = first
    mark = builder.sources.cite(builder.sources.section(first, "In one sentence"), first.title)
    builder.say(f"Behind it is **{spoken(first)}**. {first.sections['In one sentence']}{mark}")
    builder.suggest(*(f"Explain {spoken(one)}" for one in known[:2]), "What can I run?")
