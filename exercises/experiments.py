"""Experiments: predict, run, observe, explain. Every claim is checked by really running it.

An experiment is a YAML file in `experiments/`; `verify` runs its variants as any run is run and
writes what came out to `experiments/record.json`, with a hash of the code that it stands for.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import filelock
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from exercises import catalog, knobs
from exercises.errors import ExerciseError
from exercises.runs import launch
from exercises.runs.files import read_json, write_json
from exercises.runs.findings import series
from exercises.runs.processes import me
from exercises.runs.store import Run, metrics

FOLDER = catalog.ROOT / "exercises" / "experiments"
RECORD = FOLDER / "record.json"
QUICK = 20.0  # seconds: what a continuous check has patience for

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Variant(BaseModel):
    """One run: the knobs that set it apart; `after` names the variant whose model it goes on from."""

    model_config = _FROZEN
    name: str
    knobs: dict[str, Any] = Field(default_factory=dict)
    after: str = ""


class Claim(BaseModel):
    """`left` is less, greater or about `right` times `factor`, by at least (about: at most) `margin`."""

    model_config = _FROZEN
    left: str
    relation: Literal["less", "greater", "about"]
    right: str | float
    margin: float = 0.0
    factor: float = 1.0


class Experiment(BaseModel):
    """A question that a few short runs answer."""

    model_config = _FROZEN
    id: str
    week: int
    title: str
    concept: str
    system: str
    question: str
    options: list[str] = Field(min_length=2)
    answer: int
    knobs: dict[str, Any] = Field(default_factory=dict)
    variants: list[Variant] = Field(min_length=1)
    observe: str
    claim: Claim
    explain: str
    honest: str = ""
    minutes: float

    @model_validator(mode="after")
    def _fits_together(self) -> Experiment:
        names = [variant.name for variant in self.variants]
        wanted = [self.claim.left, *([self.claim.right] if isinstance(self.claim.right, str) else [])]
        wanted += [variant.after for variant in self.variants if variant.after]
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ValueError(f"{', '.join(missing)}: no such variant; there are {', '.join(names)}")
        if not 0 <= self.answer < len(self.options):
            raise ValueError(f"answer {self.answer} is no option")
        return self

    def settings(self, variant: Variant) -> dict[str, Any]:
        """All knobs of a variant that differ from the defaults."""
        return {**self.knobs, **variant.knobs}


class Outcome(BaseModel):
    """What an experiment showed: `figures` by variant, whether the claim holds, when, of which code."""

    model_config = _FROZEN
    holds: bool
    claim: str
    observe: str
    figures: dict[str, float]
    seconds: float
    date: str
    sources: str


@functools.cache
def load_experiments() -> dict[str, Experiment]:
    """All experiments by id, in the order of the weeks. Raises ExerciseError naming a broken file."""
    found = [read(path) for path in sorted(FOLDER.glob("*.yaml"))]
    return {one.id: one for one in sorted(found, key=lambda one: (one.week, one.id))}


def read(path: Path) -> Experiment:
    """One experiment, checked against its exercise's knobs."""
    try:
        one = Experiment.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        spec = catalog.exercise(one.system)
        for variant in one.variants:
            knobs.parse(spec.knobs, one.settings(variant))
    except (yaml.YAMLError, ValidationError, ExerciseError) as error:
        raise ExerciseError(f"{path.name}: {error}") from error
    if path.stem != one.id:
        raise ExerciseError(f"{path.name} holds the experiment {one.id}; name the file after it.")
    return one


def observed(run: Run, rows: Sequence[dict[str, Any]], name: str) -> float:
    """A run's figure: the last value of a column, `best_COLUMN`, `seconds`, or `seconds_per_step`.

    A loss that is no number any more counts as infinite.
    """
    if name == "seconds":
        return run.seconds
    if name == "seconds_per_step":
        first, last = rows[0], rows[-1]
        return (float(last["time"]) - float(first["time"])) / max(1, int(last["step"]) - int(first["step"]))
    best = name.startswith("best_") and not series(rows, name)
    points = series(rows, name.removeprefix("best_") if best else name)
    if not points:
        raise ExerciseError(f"{run.id} measured no {name}: {run.error or run.state}.")
    value = min(value for _, value in points) if best else points[-1][1]
    return value if math.isfinite(value) else math.inf


def holds(claim: Claim, figures: dict[str, float]) -> bool:
    """Whether figures bear a claim out."""
    left = figures[claim.left]
    right = (figures[claim.right] if isinstance(claim.right, str) else claim.right) * claim.factor
    if claim.relation == "about":
        return abs(left - right) <= claim.margin
    return left < right - claim.margin if claim.relation == "less" else left > right + claim.margin


def in_words(one: Experiment) -> str:
    """A claim as a sentence: "no rest: val_loss greater than that of rest by 0.1"."""
    claim = one.claim
    times = f"{claim.factor:g} times " if claim.factor != 1 else ""
    right = (
        f"{times}that of {claim.right}" if isinstance(claim.right, str) else f"{claim.right * claim.factor:g}"
    )
    link = {"less": "less than", "greater": "greater than", "about": "about"}[claim.relation]
    by = f" (within {claim.margin:g})" if claim.relation == "about" else f" by more than {claim.margin:g}"
    return f"{one.observe} of {claim.left} is {link} {right}{by if claim.margin else ''}"


def start_variant(
    home: Path, one: Experiment, variant: Variant, before: Run | None = None, owned: bool = False
) -> Run:
    """Queue one variant of an experiment; `before` is the run that `after` names.

    An owned run stops when this process ends; others go on.
    """
    settings = one.settings(variant)
    if before is not None:
        settings["start_from"] = before.id
    extra: dict[str, Any] = {"experiment": one.id, "variant": variant.name}
    if owned:
        extra["owner"] = me()
    return launch.start(home, one.system, settings, "auto", extra)


def perform(home: Path, one: Experiment) -> Outcome:
    """Run all variants one after the other and check the claim."""
    figures: dict[str, float] = {}
    done: dict[str, Run] = {}
    seconds = 0.0
    for variant in one.variants:
        run = start_variant(home, one, variant, done.get(variant.after), owned=True)
        run = launch.wait_over(run)
        rows = metrics(run.folder)
        if run.state != "finished" and "no number" not in run.error:
            raise ExerciseError(f"{one.id}, {variant.name}: the run {run.state}. {run.error}")
        done[variant.name] = run
        figures[variant.name] = round(observed(run, rows, one.observe), 4)
        seconds += run.seconds
    return Outcome(
        holds=holds(one.claim, figures),
        claim=in_words(one),
        observe=one.observe,
        figures=figures,
        seconds=round(seconds, 1),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        sources=sources_hash(one),
    )


def sources_hash(one: Experiment) -> str:
    """The code and the question that an outcome stands for: the exercise's files and the YAML."""
    paths = [path for path in catalog.exercise(one.system).sources if path.name != "tiny.py"]
    together = hashlib.sha256()
    for path in (*paths, FOLDER / f"{one.id}.yaml"):
        together.update(path.read_text(encoding="utf-8").encode())
    return together.hexdigest()[:16]


def record() -> dict[str, Outcome]:
    """The outcomes on record, by experiment."""
    if not RECORD.exists():
        return {}
    return {name: Outcome.model_validate(one) for name, one in read_json(RECORD).items()}


def stale() -> dict[str, str]:
    """Experiments whose record is missing, broken or of other code, and what is wrong."""
    kept = record()
    problems: dict[str, str] = {}
    for name, one in load_experiments().items():
        if name not in kept:
            problems[name] = "was never verified"
        elif kept[name].sources != sources_hash(one):
            problems[name] = "was verified with other code"
        elif not kept[name].holds:
            problems[name] = "its claim did not hold"
    return problems


def keep(name: str, outcome: Outcome) -> None:
    """Write one outcome into the record; of two times for the same code the shorter: load only adds."""
    known = load_experiments()
    before = record().get(name)
    if before and before.sources == outcome.sources:
        outcome = outcome.model_copy(update={"seconds": min(before.seconds, outcome.seconds)})
    with filelock.FileLock(Path(tempfile.gettempdir()) / "exercises-record.lock"):  # two may verify at once
        outcomes = {**{key: one.model_dump() for key, one in record().items()}, name: outcome.model_dump()}
        write_json(RECORD, {key: outcomes[key] for key in sorted(outcomes) if key in known})


def figures_from(outcome: Outcome) -> str:
    """Figures in a line: "4 layers 2.013, 1 layer 2.214"."""
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in outcome.figures.items())
