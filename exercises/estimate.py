"""How long a run will take, measured on this machine; and a refusal, with its arithmetic, of the endless.

First the arithmetic: operations of the whole run over the most that such a machine could ever do.
Then a probe: a child process does a few real steps and times them; kept for a day.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from exercises import catalog, device, knobs
from exercises.catalog import Exercise
from exercises.errors import ExerciseError, TooLongError
from exercises.runs.files import read_json, write_json
from exercises.runs.processes import environment
from exercises.text.datasets import DEFAULT, check_named

LONGEST = 24 * 3600.0  # seconds that a run may take here
FRESH = 24 * 3600.0  # seconds for which a measurement holds
PROBE_PATIENCE = 90.0
# operations a second that no such machine exceeds: a generous bound, so that a refusal is never wrong
BEST_CORE, BEST_CUDA, BEST_MPS = 2e11, 1e15, 3e13
UNMEASURED = (
    "steps",
    "seed",
    "prompt",
    "start_from",
    "eval_every",
    "sample_every",
)  # do not change a step's time


@dataclass(frozen=True)
class Estimate:
    """Seconds that a run will take: the middle guess, the range, and in words what it stands on."""

    seconds: float
    low: float
    high: float
    basis: str


def estimate(exercise: str, given: Mapping[str, Any] | Any, device_wanted: str, home: Path) -> Estimate:
    """Measure a few steps (or take a recent measurement) and reckon up the whole run.

    Raises TooLongError with the arithmetic when the run could not end within a day, and
    ExerciseError when the knobs, the text or the device do not allow it at all.
    """
    spec = catalog.exercise(exercise)
    values = given if isinstance(given, spec.knobs) else knobs.parse(spec.knobs, given)
    chosen = device.choose(device_wanted, ("auto", *spec.devices))
    check_named(getattr(values, "text", DEFAULT), home)
    refuse_absurd(spec, values, chosen)
    probe, age = _measured(spec, values, chosen, home)
    steps = spec.total_steps(values)
    looks = 1 + steps // max(
        1, min(getattr(values, "eval_every", steps), getattr(values, "sample_every", steps))
    )
    seconds = probe["setup"] + steps * probe["step"] + looks * probe["look"]
    if seconds > LONGEST:
        raise TooLongError(
            f"Measured here: {probe['step']:.3g} s a step. {steps:,} steps are {in_words(seconds)}; "
            f"runs may take a day. {_instead(spec)}"
        )
    spread = min(0.6, max(0.15, probe["spread"]))
    when = "just now" if age < 60 else f"{in_words(age)} ago"
    basis = (
        f"{probe['count']} steps timed {when} at {probe['step'] * 1000:.3g} ms each on {device.label(chosen)}"
    )
    return Estimate(seconds, seconds * (1 - spread), seconds * (1 + 2 * spread), basis)


def refuse_absurd(spec: Exercise, values: Any, chosen: str) -> None:
    """Raise TooLongError or ExerciseError for what arithmetic alone rules out; costs no measurement."""
    work, steps = spec.work(values), max(1, spec.total_steps(values))
    best = {"cuda": BEST_CUDA, "mps": BEST_MPS}.get(
        chosen, BEST_CORE * (psutil.cpu_count(logical=False) or 1)
    )
    if work / best > LONGEST:
        raise TooLongError(
            f"{work / steps:.2g} operations a step, times {steps:,} steps, are {work:.2g}. At the very best "
            f"this machine does {best:.0e} a second: {in_words(work / best)}, in truth several times that. "
            f"{_instead(spec)}"
        )
    need, have = spec.memory(values), psutil.virtual_memory().available
    if chosen == "cpu" and need > have:
        raise ExerciseError(
            f"This needs about {need / 2**30:,.1f} GB of memory (weights, gradients, AdamW's two averages, "
            f"activations); {have / 2**30:,.1f} GB are free. Make the model or the batch smaller."
        )


def _instead(spec: Exercise) -> str:
    return f"The default preset shows the same lesson in minutes: python -m exercises run {spec.id}."


def in_words(seconds: float) -> str:
    """A length of time as people say it: "40 s", "3 min", "2.5 hours", "12 days", "20 years"."""
    for size, word in ((365.25 * 86400, "years"), (86400, "days"), (3600, "hours")):
        if seconds >= 1.95 * size:
            return f"{seconds / size:,.0f} {word}" if seconds >= 10 * size else f"{seconds / size:.1f} {word}"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def _measured(spec: Exercise, values: Any, chosen: str, home: Path) -> tuple[dict[str, Any], float]:
    """A probe of these knobs, and its age in seconds."""
    deciding = {name: value for name, value in knobs.to_dict(values).items() if name not in UNMEASURED}
    sources = [path.read_text(encoding="utf-8") for path in spec.sources]
    key = hashlib.sha256(json.dumps([spec.id, chosen, deciding, sources]).encode()).hexdigest()[:16]
    path = home / "probes" / f"{key}.json"
    try:
        kept = read_json(path)
        if 0 <= time.time() - kept["at"] < FRESH:
            return kept, time.time() - kept["at"]
    except (OSError, ValueError, KeyError):
        pass  # none yet
    fresh = {**_probe(spec, values, chosen, home), "at": time.time()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, fresh)
    return fresh, 0.0


def _probe(spec: Exercise, values: Any, chosen: str, home: Path) -> dict[str, Any]:
    request = {
        "module": spec.module,
        "knobs": knobs.to_dict(values),
        "device": chosen,
        "home": str(home.resolve()),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "exercises.probe"],
            cwd=catalog.ROOT,
            env=environment(),
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
            timeout=PROBE_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TooLongError(
            f"A first step did not end within {PROBE_PATIENCE:.0f} s. Make the model or the batch smaller."
        ) from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise ExerciseError(last)
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))
