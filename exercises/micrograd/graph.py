"""Draws the computation behind a `Value`: as SVG, with no other program needed, or as Graphviz DOT text."""

from __future__ import annotations

from html import escape
from typing import Literal

from exercises.micrograd.model import Value, topological_order

_BOX, _GAP_X, _GAP_Y, _MARGIN = (148, 44), 56, 16, 12  # pixels
_LIMIT = 400  # values; beyond that a drawing is a gray smear

_STYLE = (
    "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1c2430}"
    ".op{font-weight:600;fill:#2457a6}rect{fill:#f7f9fc;stroke:#8a99ad}path{fill:none;stroke:#8a99ad}"
)


class GraphError(ValueError):
    """The graph is too large to be read as a drawing."""


def draw_graph(root: Value, kind: Literal["svg", "dot"] = "svg") -> str:
    """The graph that ends in `root`, left to right: a box a value, with what made it, its data and gradient.

    Raises GraphError above 400 values: draw one neuron or one example, not a batch.
    """
    values = _reachable(root)
    return _svg(values) if kind == "svg" else _dot(values)


def _reachable(root: Value) -> list[Value]:
    found, seen = [root], {root}
    for value in found:  # grows while it is read
        for source in value.inputs:
            if source not in seen:
                seen.add(source)
                found.append(source)
        if len(found) > _LIMIT:
            raise GraphError(
                f"This graph has more than {_LIMIT} values, too many to read. "
                "Draw a single neuron or a single example."
            )
    return found


def _dot(values: list[Value]) -> str:
    names = {value: f"v{i}" for i, value in enumerate(values)}
    lines = ["digraph computation {", '  rankdir="LR";', '  node [shape=box, fontname="monospace"];']
    for value, name in names.items():
        text = "\\n".join(part.replace("\\", "\\\\").replace('"', '\\"') for part in _lines(value))
        lines.append(f'  {name} [label="{text}"];')
        lines += [f"  {names[source]} -> {name};" for source in value.inputs]
    return "\n".join([*lines, "}"]) + "\n"


def _lines(value: Value) -> list[str]:
    name = " = ".join(part for part in (value.label, value.operation) if part) or "number"
    return [name, f"{value.data:.4g} | grad {value.grad:.4g}"]


def _svg(values: list[Value]) -> str:
    places, width, height = _layout(values)
    shapes: list[str] = []
    for value in values:
        x, y = places[value]
        for source in value.inputs:
            sx, sy = places[source]
            x1, y1, y2 = sx + _BOX[0], sy + _BOX[1] / 2, y + _BOX[1] / 2
            bend = (x + x1) / 2
            shapes.append(f'<path d="M{x1:g} {y1:g} C{bend:g} {y1:g} {bend:g} {y2:g} {x:g} {y2:g}"/>')
    for value in values:
        x, y = places[value]
        name, numbers = _lines(value)
        shapes.append(
            f'<rect x="{x:g}" y="{y:g}" width="{_BOX[0]}" height="{_BOX[1]}" rx="6"/>'
            f'<text class="op" x="{x + 10:g}" y="{y + 18:g}">{escape(name)}</text>'
            f'<text x="{x + 10:g}" y="{y + 35:g}">{escape(numbers)}</text>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img"><title>{len(values)} values and how each was computed</title>'
        f"<style>{_STYLE}</style>{''.join(shapes)}</svg>"
    )


def _layout(values: list[Value]) -> tuple[dict[Value, tuple[float, float]], float, float]:
    """Columns by the longest way to the result; within a column, near the middle of what each value feeds."""
    column: dict[Value, int] = {values[0]: 0}
    for value in reversed(topological_order(values[0])):
        for source in value.inputs:
            column[source] = max(column.get(source, 0), column[value] + 1)
    depth = max(column.values())
    columns: list[list[Value]] = [[] for _ in range(depth + 1)]
    for value in values:
        columns[column[value]].append(value)
    users: dict[Value, list[Value]] = {value: [] for value in values}
    for value in values:
        for source in value.inputs:
            users[source].append(value)
    step_x, step_y = _BOX[0] + _GAP_X, _BOX[1] + _GAP_Y
    tallest = max(len(members) for members in columns)
    places: dict[Value, tuple[float, float]] = {}
    for index, members in enumerate(columns):
        if index:
            members.sort(key=lambda v: sum(places[u][1] for u in users[v]) / len(users[v]))
        top = _MARGIN + (tallest - len(members)) * step_y / 2
        for row, value in enumerate(members):
            places[value] = (_MARGIN + (depth - index) * step_x, top + row * step_y)
    width = 2 * _MARGIN + depth * step_x + _BOX[0]
    return places, width, 2 * _MARGIN + tallest * step_y - _GAP_Y
