"""Charts, all in one palette: a title that says what is seen, axes with units.

Altair's methods are typed `Any`, so these functions are too: each gives a chart, or None where there is
nothing to draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from tutor.figures import Figure
from tutor.ui.theme import palette

Rows = Sequence[Mapping[str, Any]]
LABELS = {
    "train_loss": "train",
    "val_loss": "validation",
    "batch_loss": "one batch",
    "accuracy": "accuracy",
}


def losses(rows: Rows, total_steps: int) -> Any:
    """Training and validation loss by step; None before there is anything to draw."""
    names = [
        name
        for name in ("batch_loss", "train_loss", "val_loss")
        if any(row.get(name) is not None for row in rows)
    ]
    frame = _long(rows, names)
    if frame.empty:
        return None
    colors = palette()
    shades = {"train": colors.train, "validation": colors.validation, "one batch": colors.quiet}
    kinds = [LABELS[name] for name in names]
    base = alt.Chart(frame, title="Loss while it trains: lower is better").encode(
        x=alt.X(
            "step:Q",
            title="step",
            axis=alt.Axis(tickCount=8, format=",d"),
            scale=alt.Scale(domain=[0, max(1, total_steps)], nice=False),
        ),
        y=alt.Y("value:Q", title="loss (nats)", scale=alt.Scale(zero=False)),
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=kinds, range=[shades[k] for k in kinds]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[alt.Tooltip("step:Q"), alt.Tooltip("kind:N"), alt.Tooltip("value:Q", format=".4f")],
    )
    points = base.mark_circle(size=36).transform_filter(alt.datum.kind == "validation")
    return (base.mark_line(strokeWidth=1.8) + points).properties(height=280)


def one_metric(rows: Rows, name: str, title: str, unit: str) -> Any:
    """One metric by step."""
    frame = _long(rows, [name])
    if len(frame) < 2:
        return None
    return (
        alt.Chart(frame, title=title)
        .mark_line(strokeWidth=1.6, color=palette().validation)
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(tickCount=8, format=",d")),
            y=alt.Y("value:Q", title=unit, scale=alt.Scale(zero=False)),
            tooltip=[alt.Tooltip("step:Q"), alt.Tooltip("value:Q", format=".4g")],
        )
        .properties(height=180)
    )


def compared(runs: Mapping[str, Rows], metric: str) -> Any:
    """The same metric of several runs, each in its own color."""
    frames = [_long(rows, [metric]).assign(run=name) for name, rows in runs.items()]
    frame = pd.concat(frames) if frames else pd.DataFrame()
    if frame.empty:
        return None
    colors = palette()
    shades = [colors.validation, colors.other, colors.third, colors.quiet]
    named = metric.replace("val_", "validation ").replace("train_", "training ").replace("_", " ")
    return (
        alt.Chart(frame, title=f"{named.capitalize()} of each run")
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X("step:Q", title="step", axis=alt.Axis(tickCount=8, format=",d")),
            y=alt.Y("value:Q", title=named, scale=alt.Scale(zero=False)),
            color=alt.Color(
                "run:N",
                title=None,
                scale=alt.Scale(domain=list(runs), range=shades[: len(runs)]),
                legend=alt.Legend(orient="top", labelLimit=320),
            ),
            tooltip=["run:N", "step:Q", alt.Tooltip("value:Q", format=".4f")],
        )
        .properties(height=300)
    )


def lesson_figure(figure: Figure) -> Any:
    """A figure of the lessons."""
    frame, colors = pd.DataFrame(figure.rows), palette()
    shades = [colors.validation, colors.train, colors.other, colors.third]
    scale = {
        axis: alt.Scale(type="log") if axis in figure.log else alt.Scale(zero=False) for axis in ("x", "y")
    }
    named = {axis: f"{title} (log scale)" if axis in figure.log else title
             for axis, title in (("x", figure.x), ("y", figure.y))}  # fmt: skip
    base = alt.Chart(frame, title=figure.title).encode(tooltip=list(frame.columns))
    color = alt.Color(
        f"{figure.shade}:N", title=None, scale=alt.Scale(range=shades), legend=alt.Legend(orient="top")
    )
    if figure.kind == "heat":
        return base.mark_rect().encode(
            x=alt.X(f"{figure.x}:O", sort=None, title=figure.x, axis=alt.Axis(labelAngle=0)),
            y=alt.Y(f"{figure.y}:O", sort=None, title=figure.y),
            color=alt.Color(f"{figure.shade}:Q", scale=alt.Scale(range=["#00000008", colors.validation]), legend=None),
        ).properties(height=300)  # fmt: skip
    if figure.kind == "bars":
        return base.mark_bar().encode(
            x=alt.X(f"{figure.x}:N", sort=None, title=named["x"], axis=alt.Axis(labelAngle=0)),
            xOffset=f"{figure.shade}:N",
            y=alt.Y(f"{figure.y}:Q", title=named["y"]), color=color,
        ).properties(height=300)  # fmt: skip
    drawn = base.mark_circle(size=48) if figure.kind == "points" else base.mark_line(strokeWidth=1.8)
    return drawn.encode(
        x=alt.X(f"{figure.x}:Q", scale=scale["x"], title=named["x"]),
        y=alt.Y(f"{figure.y}:Q", scale=scale["y"], title=named["y"]),
        color=color,
    ).properties(height=300)


def bars(values: Mapping[str, float], title: str, unit: str) -> Any:
    """Named amounts side by side, the largest first."""
    frame = pd.DataFrame({"what": list(values), "amount": list(values.values())})
    return (
        alt.Chart(frame, title=title)
        .mark_bar(color=palette().validation, height={"band": 0.6})
        .encode(
            x=alt.X("amount:Q", title=unit),
            y=alt.Y("what:N", title=None, sort="-x", axis=alt.Axis(labelLimit=260)),
            tooltip=["what:N", alt.Tooltip("amount:Q", format=",.4g")],
        )
        .properties(height=alt.Step(34))
    )


def _long(rows: Rows, names: Sequence[str]) -> pd.DataFrame:
    found = [
        {"step": row["step"], "kind": LABELS.get(name, name), "value": float(row[name])}
        for row in rows
        for name in names
        if isinstance(row.get(name), int | float)
    ]
    return pd.DataFrame(found, columns=["step", "kind", "value"]).dropna()
