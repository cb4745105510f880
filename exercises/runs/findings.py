"""Facts about a run, computed from its rows and never guessed. Each carries its evidence."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from exercises.failures import Failure, cause
from exercises.runs.store import Run

Rows = Sequence[dict[str, Any]]
Point = tuple[int, float]  # (step, value)


@dataclass(frozen=True)
class Finding:
    """One fact: its kind, a sentence for people, the numbers behind it, and how much it matters.

    `severity` is "good", "info", "warning" or "problem"; `failure` is what is known of why a run failed.
    """

    kind: str
    sentence: str
    evidence: dict[str, Any]
    severity: str
    failure: Failure | None = None


def findings(run: Run, rows: Rows, log: str = "") -> list[Finding]:
    """What can be said about a run, gravest first. `log` (its end) helps to tell why a run failed."""
    found = [one for check in _CHECKS if (one := check(rows)) is not None]
    if run.state in ("failed", "died"):
        why = cause(run.error, log) or cause(run.note, log)
        unknown = f"The run {run.state}: {run.error or run.note}. See the end of its log."
        kind, sentence = (why.id, f"{why.cause} {why.hint}") if why else ("failed", unknown)
        evidence = {"state": run.state, "step": run.step, "error": run.error}
        found.append(Finding(kind, sentence, evidence, "problem", why))
    if run.state == "finished" and not any(one.severity in ("problem", "warning") for one in found):
        found += [one for one in (_still_falling(rows), _learned(rows)) if one is not None]
    order = ("problem", "warning", "info", "good")
    return sorted(found, key=lambda one: order.index(one.severity))


def series(rows: Rows, name: str) -> list[Point]:
    """(step, value) of a column, rows without it left out."""
    return [(int(row["step"]), float(row[name])) for row in rows if isinstance(row.get(name), int | float)]


def smooth(points: Sequence[Point], pieces: int = 20) -> list[Point]:
    """At most `pieces` means over equal stretches: batches differ, their means less so."""
    points = [point for point in points if math.isfinite(point[1])]
    size = max(1, math.ceil(len(points) / pieces))
    parts = [points[i : i + size] for i in range(0, len(points), size)]
    return [(part[-1][0], statistics.fmean(value for _, value in part)) for part in parts]


def _not_a_number(rows: Rows) -> Finding | None:
    for row in rows:
        for name, value in row.items():
            if isinstance(value, float) and not math.isfinite(value):
                sentence = (
                    f"{name} stopped being a number at step {row['step']}; nothing after that means anything."
                )
                return Finding("nan", sentence, {"step": row["step"], "column": name}, "problem")
    return None


def _diverged(rows: Rows) -> Finding | None:
    losses = smooth(series(rows, "train_loss"))
    if len(losses) < 3:
        return None
    step, least = min(losses, key=lambda point: point[1])
    last = losses[-1][1]
    if last <= least + max(0.5 * abs(least), 0.1) or last < 0.9 * losses[0][1]:
        return None
    sentence = (
        f"The loss ran away: {least:.3g} around step {step}, {last:.3g} at the end. A smaller lr is the cure."
    )
    return Finding("diverged", sentence, {"best": least, "step": step, "last": last}, "problem")


def _exploding(rows: Rows) -> Finding | None:
    norms = [point for point in series(rows, "grad_norm") if math.isfinite(point[1])]
    if len(norms) < 10:
        return None
    usual = statistics.median(value for _, value in norms)
    step, most = max(norms[len(norms) // 20 :], key=lambda point: point[1])  # the very start is always rough
    if most < 20 * usual or most < 10:
        return None
    sentence = (
        f"At step {step} the gradient was {most:.3g} long, {most / max(usual, 1e-12):.0f} times its median."
    )
    return Finding("exploding-gradients", sentence, {"step": step, "value": most, "median": usual}, "warning")


def _overfitting(rows: Rows) -> Finding | None:
    judged, learned = series(rows, "val_loss"), smooth(series(rows, "train_loss"), 40)
    if len(judged) < 4 or len(learned) < 4:
        return None
    step, best = min(judged, key=lambda point: point[1])
    last = judged[-1][1]
    before = [value for at, value in learned if at <= step]
    falls = bool(before) and learned[-1][1] < before[-1] - 0.01
    if last < best * 1.02 or last - best < 0.03 or not falls or step == judged[-1][0]:
        return None
    sentence = (
        f"It began to learn by heart around step {step}: validation loss rose from {best:.3f} to {last:.3f} "
        f"while training loss fell to {learned[-1][1]:.3f}. More text, dropout, or stopping there would help."
    )
    evidence = {"step": step, "best": best, "last": last, "train_loss": learned[-1][1]}
    return Finding("overfitting", sentence, evidence, "warning")


def _plateau(rows: Rows) -> Finding | None:
    losses = smooth(series(rows, "val_loss") or series(rows, "train_loss"), 25)
    if len(losses) < 8:
        return None
    start, last = losses[0][1], min(value for _, value in losses[-2:])
    turn = next(
        (
            step
            for i, (step, value) in enumerate(losses[:-4])
            if abs(value - last) < 0.01 * max(abs(start), 1e-9)
        ),
        None,
    )
    if turn is None or turn > 0.6 * losses[-1][0] or losses[-1][1] > losses[0][1]:
        return None
    sentence = f"Nothing much happened after step {turn}: the loss has stayed near {last:.3f} since."
    return Finding("plateau", sentence, {"step": turn, "value": last, "last_step": losses[-1][0]}, "info")


def _slowed(rows: Rows) -> Finding | None:
    name = next((one for one in ("tokens_per_second", "steps_per_second") if series(rows, one)), None)
    speeds = series(rows, name)[1:] if name else []
    if name is None or len(speeds) < 12:
        return None
    middle = [statistics.median(value for _, value in speeds[i : i + 5]) for i in range(len(speeds) - 4)]
    slowest, usual = min(middle), max(middle)
    if slowest > usual / 3:
        return None
    step = speeds[middle.index(slowest)][0]
    unit = name.replace("_", " ")
    sentence = (
        f"Around step {step} it ran at {slowest:,.0f} {unit}, {usual / slowest:.0f} times slower than at its "
        f"best ({usual:,.0f}): something else had the processor."
    )
    return Finding("too-slow", sentence, {"step": step, "slowest": slowest, "best": usual}, "info")


def _dead_units(rows: Rows) -> Finding | None:
    dead = series(rows, "dead_units")
    if not dead or dead[-1][1] < 0.05:
        return None
    step, share = dead[-1]
    sentence = (
        f"{share:.0%} of the hidden units give the same answer whatever they are shown; they cannot learn."
    )
    return Finding("dead-units", sentence, {"step": step, "share": share}, "warning")


def _still_falling(rows: Rows) -> Finding | None:
    losses = series(rows, "val_loss")
    if len(losses) < 5:
        return None
    step, before = losses[int(len(losses) * 0.8) - 1]
    last = losses[-1][1]
    if before - last < 0.02 * abs(before):
        return None
    sentence = (
        f"It had not learned all it can: validation loss still fell from {before:.3f} to {last:.3f} after "
        f"step {step}. More steps would lower it further."
    )
    return Finding("underfitting", sentence, {"step": step, "before": before, "last": last}, "info")


def _learned(rows: Rows) -> Finding | None:
    losses = series(rows, "val_loss") or smooth(series(rows, "train_loss"))
    if len(losses) < 2 or losses[-1][1] >= losses[0][1]:
        return None
    first, last = losses[0][1], losses[-1][1]
    sentence = f"The loss fell from {first:.3f} to {last:.3f} in {losses[-1][0]:,} steps."
    return Finding("learned", sentence, {"first": first, "last": last, "steps": losses[-1][0]}, "good")


def compare(run: Run, rows: Rows, other: Run, other_rows: Rows) -> Finding | None:
    """How a run did beside a reference, and which knobs differ; None when they share no measure."""
    column = next((one for one in ("val_loss", "accuracy", "train_loss") if series(rows, one)), None)
    if column is None or not (theirs := series(other_rows, column)):
        return None
    ours = series(rows, column)
    names = sorted({*run.knobs, *other.knobs})
    changed = {
        name: (other.knobs.get(name), run.knobs.get(name))
        for name in names
        if other.knobs.get(name) != run.knobs.get(name)
    }
    words = (
        ", ".join(f"{name} {new} instead of {old}" for name, (old, new) in changed.items())
        or "the same knobs"
    )
    better = (ours[-1][1] < theirs[-1][1]) == (column != "accuracy")
    sentence = (
        f"With {words}: {column.replace('_', ' ')} {ours[-1][1]:.3f} against {theirs[-1][1]:.3f}, "
        f"{'better' if better else 'worse'}; {run.seconds:.0f} s against {other.seconds:.0f} s."
    )
    evidence = {"column": column, "ours": ours[-1][1], "theirs": theirs[-1][1], "changed": changed}
    return Finding("compared", sentence, evidence, "info")


_CHECKS: tuple[Callable[[Rows], Finding | None], ...] = (
    _not_a_number,
    _diverged,
    _exploding,
    _overfitting,
    _plateau,
    _slowed,
    _dead_units,
)
