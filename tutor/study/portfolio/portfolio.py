"""A portfolio that is true: written from what she ran, predicted, answered and explained, nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exercises.runs.files import read_json
from exercises.runs.findings import findings
from exercises.runs.store import Run, log, metrics, samples
from tutor.errors import TutorError
from tutor.study.cost.notes import kept as cost_notes
from tutor.study.explain.explanations import Explanations, gain
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.progress.measures import Sources, measures
from tutor.study.quiz.items import WEEKS

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "karpathy-course"
MANIFEST = ".portfolio.json"
MOST_RUNS = 12
SAMPLE_CHARACTERS = 400


class PortfolioError(TutorError):
    """The portfolio cannot be written where she wants it."""


@dataclass(frozen=True)
class Written:
    """The files written, and those left as she edited them, each with the new text beside it."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def write_portfolio(sources: Sources, folder: Path, today: date) -> Written:
    """Write README and MEASURES (Markdown and HTML), POST.md, DEMO.md and pictures into `folder`.

    Never over what she edited: a file that is no longer as we wrote it stays; ours goes to `<name>.new`.
    Raises PortfolioError.
    """
    try:
        (folder / "images").mkdir(parents=True, exist_ok=True)
        facts = _facts(sources, folder, today)
        texts = {f"{name}.md": _render(f"{template}.md.j2", facts) for name, template in _PAGES.items()}
        for name in ("README", "MEASURES"):
            texts[f"{name}.html"] = _html(texts[f"{name}.md"])
        return _store(folder, texts)
    except OSError as error:
        raise PortfolioError(
            f"The portfolio cannot be written to {folder}: {error.strerror or error}. Choose another folder."
        ) from error


_PAGES = {"README": "portfolio", "MEASURES": "measures", "POST": "post", "DEMO": "demo"}


def _facts(sources: Sources, folder: Path, today: date) -> dict[str, Any]:
    finished = [run for run in sources.runs if run.state == "finished"][:MOST_RUNS]
    runs = [_run(run, folder, sources.titles) for run in finished]
    predictions = [one for one in sources.record.predictions.all() if one.outcome is not None]
    solid = sorted(sources.titles.get(c, c) for c, known in sources.mastery.items() if known.level == "solid")
    wrong = [one for one in predictions if not one.right]
    return {
        "today": today.isoformat(),
        "runs": runs,
        "predictions": predictions,
        "settled": len(predictions),
        "wrong": len(wrong),
        "surprise": wrong[0] if wrong else None,
        "quizzes": [
            {"week": s.week, "right": s.right, "count": len(s.items), "day": f"{s.finished_at:%Y-%m-%d}"}
            for week in WEEKS
            for s in sources.record.sittings.finished(week)
        ],
        "explanations": _explanations(sources.explanations),
        "solid": solid,
        "skills": _skills(solid),
        "project": _project(runs),
        "notes": cost_notes(sources.record),
        "measures": measures(sources),
    }


def _run(run: Run, folder: Path, titles: Mapping[str, str]) -> dict[str, Any]:
    rows = metrics(run.folder)
    losses = [row["val_loss"] for row in rows if row.get("val_loss") is not None] or [
        row["train_loss"] for row in rows if row.get("train_loss") is not None
    ]
    wrote = samples(run.folder)
    found = findings(run, rows, log(run.folder))
    picture = f"images/{run.id}.png"
    drawn = _draw(rows, folder / picture)
    return {
        "id": run.id,
        "title": titles.get(run.exercise, run.exercise),
        "steps": run.step,
        "loss": f"{losses[-1]:.3f}" if losses else "–",
        "took": f"{run.seconds:.0f} s" if run.seconds < 120 else f"{run.seconds / 60:.0f} min",
        "device": run.device,
        "finding": found[0].sentence if found else "",
        "sample": wrote[-1][1][:SAMPLE_CHARACTERS] if wrote else "",
        "picture": picture if drawn else "",
    }


def _draw(rows: Sequence[Mapping[str, Any]], file: Path) -> bool:
    """Draw train and validation loss by step; False where there is nothing to draw."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    drawn = False
    for name, label, color in (("train_loss", "train", "#8a8f98"), ("val_loss", "validation", "#2563eb")):
        points = [(row["step"], row[name]) for row in rows if row.get(name) is not None]
        if len(points) > 1:
            axes.plot(*zip(*points, strict=True), label=label, color=color, linewidth=1.6)
            drawn = True
    if drawn:
        axes.set(xlabel="step", ylabel="loss (nats)", title="Loss while it trained")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        figure.savefig(file, dpi=144)
    return drawn


def _explanations(explanations: Explanations) -> list[dict[str, str]]:
    """The best attempt at each prompt."""
    prompts = {prompt.id: prompt for week in WEEKS for prompt in load_prompts(week)}
    kept = explanations.log()
    best = {one.explanation.prompt_id: one for one in sorted(kept, key=lambda one: one.score)}
    shown = []
    for name, one in best.items():
        if name not in prompts:
            continue
        grown = gain(kept, name)
        shown.append(
            {
                "prompt": prompts[name].prompt.strip(),
                "text": one.explanation.text.strip(),
                "audience": "an engineer" if one.explanation.audience == "engineer" else "a CFO",
                "score": f"{one.score:.0%}",
                "gain": f"{grown:+.0%}" if grown else "",
            }
        )
    return shown


def _skills(solid: Sequence[str]) -> str:
    return ", ".join(solid[:10])


def _project(runs: Sequence[Mapping[str, Any]]) -> str:
    if not runs:
        return ""
    kinds = sorted({str(run["title"]) for run in runs})
    return (
        f"trained and compared {len(runs)} small models ({', '.join(kinds)}), each with a written prediction"
    )


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates", encoding="utf-8")
    return Environment(loader=loader, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)


def _render(template: str, facts: Mapping[str, Any]) -> str:
    return _templates().get_template(template).render(facts).strip() + "\n"


def _html(markdown: str) -> str:
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    for name in ("README", "MEASURES"):  # the pages lead to each other in their own format
        body = body.replace(f'href="{name}.md"', f'href="{name}.html"')
    style = "body{font:17px/1.6 system-ui;max-width:44rem;margin:3rem auto;padding:0 1rem}img{max-width:100%}"
    style += "table{border-collapse:collapse}td,th{padding:.3rem .8rem;border-bottom:1px solid #ddd}"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>What I learned</title><style>{style}</style>\n{body}</html>\n'
    )


def _store(folder: Path, texts: Mapping[str, str]) -> Written:
    manifest_file = folder / MANIFEST
    try:
        manifest: dict[str, Any] = read_json(manifest_file)
    except (FileNotFoundError, ValueError):  # without it every file there is taken for edited, and stays
        manifest = {}
    written, kept = [], []
    for name, text in texts.items():
        file = folder / name
        if file.exists() and _hash(file.read_bytes()) != manifest.get(name):
            (folder / f"{name}.new").write_text(text, encoding="utf-8", newline="\n")
            kept.append(name)
            continue
        file.write_text(text, encoding="utf-8", newline="\n")
        manifest[name] = _hash(file.read_bytes())
        written.append(name)
    manifest_file.write_text(json.dumps(manifest, indent=1), encoding="utf-8", newline="\n")
    return Written(folder, tuple(written), tuple(kept))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
