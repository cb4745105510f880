"""What can be run to see it: exercises and experiments, checked against their knobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from exercises import shell
from exercises.catalog import Exercise, exercises
from exercises.errors import ExerciseError
from exercises.experiments import Experiment, load_experiments
from exercises.knobs import KnobInfo, describe, parse
from knowledge.content.curriculum import Concept, Curriculum
from tutor.chat.types import KnobValue, RunProposal


@dataclass(frozen=True)
class RunCatalog:
    """The exercises and experiments there are, and the home folder in which runs are kept."""

    exercises: Mapping[str, Exercise]
    experiments: Mapping[str, Experiment]
    home: Path | None = None

    @classmethod
    def load(cls, home: Path | None = None) -> "RunCatalog":
        """All of the project. Raises ExerciseError when one of them is broken."""
        return cls(exercises(), load_experiments(), home)

    def proposal(self, concept: Concept) -> RunProposal | None:
        """The run that shows a concept; None where nothing runs or the card asks for what cannot be."""
        experiment = self.experiments.get(concept.experiment or "")
        why = experiment.question if experiment else ""
        if concept.run is None:
            return None
        knobs = self.checked(concept.run.exercise, concept.run.knobs)
        if knobs is None:
            return None
        return RunProposal(concept.run.exercise, knobs, experiment.id if experiment else None, why)

    @cached_property
    def concept_of_experiment(self) -> dict[str, str]:
        """Which concept an experiment is about."""
        return {name: experiment.concept for name, experiment in self.experiments.items()}

    def plain(self, exercise: Exercise) -> RunProposal:
        """An exercise as it is, with the knobs of its quickest preset or its defaults."""
        preset = exercise.presets.get("quick") or exercise.presets.get("default") or {}
        return RunProposal(exercise.id, self.checked(exercise.id, preset) or {})

    def checked(self, exercise_id: str, knobs: Mapping[str, KnobValue]) -> dict[str, KnobValue] | None:
        """The knobs if the exercise takes them, else None."""
        exercise = self.exercises.get(exercise_id)
        if exercise is None:
            return None
        try:
            parse(exercise.knobs, knobs)
        except ExerciseError:
            return None
        return dict(knobs)

    def nearest(self, concept: Concept, curriculum: Curriculum) -> tuple[Concept, RunProposal] | None:
        """The nearest concept with a run: what it needs, what needs it, then its week."""
        week = curriculum.weeks.get(concept.week)
        ids = [*concept.needs, *curriculum.followers(concept.id), *(week.concepts if week else ())]
        for name in ids:
            other = curriculum.concepts.get(name)
            proposal = self.proposal(other) if other else None
            if other is not None and proposal is not None:
                return other, proposal
        return None

    def named(self, text: str) -> Exercise | None:
        """The exercise that a text names by its id or title."""
        low = text.lower()
        by_name = [each for each in self.exercises.values() if each.id in low or each.title.lower() in low]
        return by_name[0] if by_name else None

    @cached_property
    def _knobs(self) -> dict[str, list[tuple[Exercise, KnobInfo]]]:
        table: dict[str, list[tuple[Exercise, KnobInfo]]] = {}
        for exercise in self.exercises.values():
            for info in describe(exercise.knobs):
                table.setdefault(info.name, []).append((exercise, info))
        return table

    def knob(self, text: str) -> list[tuple[Exercise, KnobInfo]]:
        """The knob that a text names by its identifier, in each exercise that has it."""
        words = [word.strip("`'\"?.,:;()") for word in text.split()]
        for word in words:
            if word in self._knobs and ("_" in word or f"`{word}`" in text or word == "lr"):
                return self._knobs[word]
        return []


def command(proposal: RunProposal) -> str:
    """What one would type to run it."""
    sets = [word for name, value in proposal.knobs.items() for word in ("--set", f"{name}={_plain(value)}")]
    return shell.command(["python", "-m", "exercises", "run", proposal.exercise, *sets])


def _plain(value: KnobValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
