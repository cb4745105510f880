"""Nine measures of success, each with what speaks for it; written from the record and from nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exercises.runs.store import Run
from tutor.study.cost.notes import kept
from tutor.study.explain.explanations import Explanations, Kept
from tutor.study.explain.prompt_bank import Prompt, load_prompts
from tutor.study.progress.mastery import Mastery
from tutor.study.progress.record import LearnerRecord
from tutor.study.quiz.grading import PASS
from tutor.study.quiz.items import WEEKS

MOST = 3  # pieces of evidence named for a measure; the others are counted
LINE = 70  # characters of a prompt in a line


@dataclass(frozen=True)
class Sources:
    """Where the facts come from. `titles` maps exercises and concepts to their names."""

    record: LearnerRecord
    explanations: Explanations
    runs: Sequence[Run]
    mastery: Mapping[str, Mastery]
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Measure:
    """A measure: `evidence` is what speaks for it, one line each, `missing` what would, where nothing does."""

    name: str
    evidence: tuple[str, ...]
    missing: str

    @property
    def shown(self) -> bool:
        """Whether anything speaks for it."""
        return bool(self.evidence)


def measures(sources: Sources) -> list[Measure]:
    """All nine, in the order of her plan."""
    prompts = {prompt.id: prompt for week in WEEKS for prompt in load_prompts(week)}
    met = _met(sources.explanations.log(), prompts)
    notes = tuple(f"{note.title}: {note.figure} ({note.when:%Y-%m-%d})" for note in kept(sources.record))
    solid = sorted(sources.titles.get(c, c) for c, one in sources.mastery.items() if one.level == "solid")
    finished = [run for run in sources.runs if run.state == "finished"]
    runs = tuple(
        f"{sources.titles.get(run.exercise, run.exercise)}, {run.step:,} steps ({run.created:%Y-%m-%d})"
        for run in finished
    )
    judged = sources.record.predictions.calibration()
    calibration = (
        f"{judged.right} of {judged.settled} predictions came true; guessing would have got "
        f"{judged.by_chance:.1f}"
    )
    return [
        _measure("Whiteboard test", met["exit"] or met["explain"], "an explanation that meets its rubric"),
        _measure("Debugging", met["incident"], "an incident solved under Explain it back"),
        _measure("Cost estimates", notes, "a note kept in the cost lab"),
        _measure("Skills line", [", ".join(solid)] if solid else [], "three right answers about a concept"),
        _measure("Project", runs, "a run that finished"),
        _measure("Confidence", [calibration] if judged.settled else [], "a prediction and its run"),
        _measure("Judging vendors", met["vendor-claim"], "a vendor's claim judged under Explain it back"),
        _measure("Scoping", met["scoping"], "a case scoped under Explain it back"),
        _measure("Product documents", met["prd"], "a section of requirements under Explain it back"),
    ]


def _measure(name: str, evidence: Sequence[str], missing: str) -> Measure:
    named = tuple(evidence[:MOST])
    if len(evidence) > MOST:
        named += (f"and {len(evidence) - MOST} more",)
    return Measure(name, named, missing)


def _met(log: Sequence[Kept], prompts: Mapping[str, Prompt]) -> dict[str, list[str]]:
    """The best attempt at each prompt that met its rubric, by kind; under "exit" those without help."""
    best: dict[tuple[str, str], Kept] = {}
    for one in log:
        prompt = prompts.get(one.explanation.prompt_id)
        if prompt is None or one.score < PASS:
            continue
        for kind in {prompt.kind, "exit" if one.explanation.mode == "exit" else prompt.kind}:
            before = best.get((kind, prompt.id))
            best[kind, prompt.id] = one if before is None or one.score > before.score else before
    found: dict[str, list[str]] = defaultdict(list)
    for (kind, name), one in best.items():
        line = " ".join(prompts[name].prompt.split())
        line = line if len(line) <= LINE else f"{line[: LINE - 1]}…"
        found[kind].append(f"{line} ({one.score:.0%}, {one.when:%Y-%m-%d})")
    return found
