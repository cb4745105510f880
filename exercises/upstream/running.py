"""Which of upstream's programs can be run, and starting one in the run folder that all runs share."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exercises import catalog, knobs, shell
from exercises import device as devices
from exercises.runs import launch
from exercises.runs.files import read_json, write_json
from exercises.runs.store import Run, read_run
from exercises.upstream.process import require
from exercises.upstream.repositories import UpstreamError


@dataclass(frozen=True)
class Program:
    """One of upstream's programs. `ours` is the exercise to compare it with, whose name its module shares."""

    id: str
    title: str
    repository: str
    ours: str
    devices: tuple[str, ...]
    total_steps: Callable[[Any], int]
    summary: str

    @property
    def module(self) -> str:
        """The module that runs it: it holds `Knobs` and `train`."""
        return f"exercises.upstream.{self.ours}"


PREFIX = "upstream-"  # begins the exercise of a run of one of these
_ANY = ("cpu", "cuda", "mps")
PROGRAMS = {
    one.id: one
    for one in (
        Program(
            "micrograd", "micrograd's demo notebook", "micrograd", "micrograd", ("cpu",), lambda k: 99,
            "A small network learns to tell two moons apart, number by number. Two minutes on two cores.",
        ),
        Program(
            "makemore", "makemore", "makemore", "makemore", _ANY, lambda k: k.steps,
            "Learns from 32,033 names and invents more. Five to fifteen seconds on two cores.",
        ),
        Program(
            "nanogpt-shakespeare", "nanoGPT on Shakespeare", "nanoGPT", "nanogpt", _ANY, lambda k: k.steps,
            "Prepares the text, trains a GPT on its characters, writes some. A minute or two on two cores.",
        ),
        Program(
            "minbpe", "minbpe's train.py", "minbpe", "minbpe", ("cpu",), lambda k: 512,
            "Learns two tokenizers of 512 tokens from an article. Half a minute on two cores.",
        ),
    )
}  # fmt: skip


def program(name: str) -> Program:
    """One of the programs. Raises UpstreamError that names them, and says why GPT-2 is not among them."""
    if name in PROGRAMS:
        return PROGRAMS[name]
    if "gpt2" in name.lower().replace("-", ""):
        raise UpstreamError(
            "train_gpt2 needs 4.2e14 floating-point operations an iteration, 600,000 times: 2.5e20 in all. "
            "At 3.5e11 a second, a good laptop, that is over 20 years. nanogpt-shakespeare shows the same "
            "loop in minutes."
        )
    raise UpstreamError(f"There is no program {name!r}. There are: {', '.join(PROGRAMS)}.")


def typed(
    name: str, workspace: Path, given: Mapping[str, Any] | None = None, device: str = "auto"
) -> list[str]:
    """What one would type to run a program, before it runs. Raises ExerciseError for what cannot be set."""
    spec = program(name)
    module = importlib.import_module(spec.module)
    values = knobs.parse(module.Knobs, {**(given or {}), "workspace": str(workspace)})
    folder = workspace / spec.repository
    planned = module.commands(
        values, folder, Path("RUN-FOLDER"), devices.choose(device, ("auto", *spec.devices))
    )
    return [shell.enter(folder), *(command.typed for command in planned)]


def settable(name: str) -> list[knobs.KnobInfo]:
    """What can be set for a program."""
    module = importlib.import_module(program(name).module)
    return [info for info in knobs.describe(module.Knobs) if info.name != "workspace"]


def start(
    home: Path, name: str, workspace: Path, given: Mapping[str, Any] | None = None, device: str = "auto"
) -> Run:
    """Start one of upstream's programs as a run and return at once. Raises ExerciseError."""
    spec = program(name)
    clone = require(spec.repository, workspace)
    module = importlib.import_module(spec.module)
    values = knobs.parse(module.Knobs, {**(given or {}), "workspace": str(workspace.resolve())})
    chosen = devices.choose(device, ("auto", *spec.devices))
    config = {
        "exercise": f"{PREFIX}{spec.id}",
        "knobs": knobs.to_dict(values),
        "device": chosen,
        "total_steps": spec.total_steps(values),
        "experiment": "",
        "extra": {"upstream": spec.repository, "commit": clone.commit, "ours": spec.ours},
    }
    return launch.launch(home, config)


def resume(run: Run, workspace: Path) -> Run:
    """Take up any run again. The catalog says which program that is, and `workspace` where upstream's lies:
    never what stands in the run's folder. Raises ExerciseError.
    """
    now = read_run(run.folder)
    name = now.exercise.removeprefix(PREFIX)
    if name == now.exercise:
        catalog.exercise(name)
    elif now.resumable:
        require(program(name).repository, workspace)
        config = read_json(run.folder / "config.json")
        config["knobs"]["workspace"] = str(workspace.resolve())
        write_json(run.folder / "config.json", config)
    return launch.resume(now)
