"""An experiment as she does it: a prediction, all its runs one after the other, and what came true."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from exercises.errors import ExerciseError
from exercises.experiments import Experiment, Variant, holds, observed, start_variant
from exercises.faults import Work, boundary
from exercises.runs import launch
from exercises.runs.store import Run, metrics
from tutor.study.experiments.predictions import Prediction, PredictionError, Predictions

log = logging.getLogger(__name__)
REST = Work(
    "The next run of an experiment could not start.",
    "The runs before it are kept.",
    "Press Go on in the lab.",
)
OTHERWISE = "In these runs the claim did not hold"


@dataclass(frozen=True)
class Attempt:
    """The runs of one attempt by variant, in order; those that have not begun are missing."""

    experiment: Experiment
    runs: dict[str, Run]

    @property
    def missing(self) -> tuple[Variant, ...]:
        """Variants that have not begun."""
        return tuple(v for v in self.experiment.variants if v.name not in self.runs)

    @property
    def over(self) -> bool:
        """Whether every variant ran to its end."""
        return not self.missing and not any(run.active for run in self.runs.values())

    def figures(self) -> dict[str, float]:
        """What was observed so far, by variant; a run that broke before measuring is left out."""
        found = {}
        for name, run in self.runs.items():
            try:
                found[name] = observed(run, metrics(run.folder), self.experiment.observe)
            except (ExerciseError, IndexError):
                continue
        return found

    def outcome(self) -> str | None:
        """The option that came true; None while runs are missing or one could not be observed."""
        figures = self.figures()
        if not self.over or len(figures) < len(self.experiment.variants):
            return None
        right = self.experiment.options[self.experiment.answer]
        return right if holds(self.experiment.claim, figures) else OTHERWISE


def attempt(experiment: Experiment, prediction: Prediction, runs: Iterable[Run]) -> Attempt:
    """The attempt that a prediction opened: its first run, and after it the first of each other variant."""
    mine = sorted((run for run in runs if run.experiment == experiment.id), key=lambda run: run.created)
    first = next((place for place, run in enumerate(mine) if run.id == prediction.run_id), len(mine))
    found: dict[str, Run] = {}
    for run in mine[first:]:
        found.setdefault(str(run.extra.get("variant", "")), run)
    return Attempt(experiment, {v.name: found[v.name] for v in experiment.variants if v.name in found})


_at_work: dict[str, threading.Thread] = {}


def begin(home: Path, experiment: Experiment, choice: str, predictions: Predictions) -> Run:
    """Store the prediction, start the first run, and see to the others in the background.

    Raises ExerciseError or PredictionError; then nothing runs.
    """
    if choice not in experiment.options:
        raise PredictionError("Choose what you expect first; you learn most where you were wrong.")
    first = start_variant(home, experiment, experiment.variants[0])
    predictions.add(
        first.id, experiment.system, experiment.question, experiment.options, choice, experiment.id
    )
    carry_on(home, Attempt(experiment, {experiment.variants[0].name: first}))
    return first


def carry_on(home: Path, so_far: Attempt) -> None:
    """Run the missing variants one after the other; a second call while that goes on does nothing."""
    key = next(iter(so_far.runs.values())).id
    if key in _at_work and _at_work[key].is_alive():
        return
    worker = threading.Thread(target=_do_rest, args=(home, so_far), name=f"experiment-{key}", daemon=True)
    _at_work[key] = worker
    worker.start()


def at_work(so_far: Attempt) -> bool:
    """Whether this process is seeing to the runs that are missing."""
    worker = _at_work.get(next(iter(so_far.runs.values())).id) if so_far.runs else None
    return worker is not None and worker.is_alive()


def _do_rest(home: Path, so_far: Attempt) -> None:
    with boundary(replace(REST, home=home), lambda fault: log.error("%s", fault.sentence)):
        try:
            _run_missing(home, so_far)
        except ExerciseError as error:  # the page shows which runs are missing, and offers to go on
            log.warning("an experiment's next run could not start: %s", error)


def _run_missing(home: Path, so_far: Attempt) -> None:
    done = dict(so_far.runs)
    for variant in so_far.experiment.variants:
        if variant.name not in done:
            done[variant.name] = start_variant(home, so_far.experiment, variant, done.get(variant.after))
        done[variant.name] = launch.wait_over(done[variant.name])
        if done[variant.name].state in ("stopped", "paused"):
            return  # she asked it to end: the others wait for her


def results(
    prediction: Prediction, experiments: dict[str, Experiment], runs: Sequence[Run]
) -> Attempt | None:
    """The attempt behind a prediction; None where it is about no experiment that is known."""
    experiment = experiments.get(prediction.experiment or "")
    return attempt(experiment, prediction, runs) if experiment else None
