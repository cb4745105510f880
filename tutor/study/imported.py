"""A row of an export as what it is: a table's columns, with values that the pages can show.

An export may have been edited, damaged, or made by somebody else: no row comes in that another part would stumble over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import JSON, Boolean, Column, Float, Integer, String, Table

from tutor.chat.types import Answer, answer_from_json
from tutor.store.tables import UTCDateTime
from tutor.study.progress.record import FITTED
from tutor.study.review import fitting
from tutor.study.review.memory import Replay

MOST = 2**31 - 1  # the largest whole number that every database keeps
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_STATES = ("complete", "writing", "stopped", "interrupted", "failed")
_PARENTS = {"messages": ("conversations", "conversation_id"), "quiz_answers": ("quiz_sittings", "sitting_id")}
_ONCE = {"messages": "position", "quiz_answers": "item_id"}  # what a parent has only once
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


class RowError(Exception):
    """A row that is none of its table's; the message says why, in a few words."""


@dataclass
class Here:
    """What the record holds already and what has come in so far, by table: ids, and pairs that exist only once."""

    ids: dict[str, set[str]] = field(default_factory=dict)
    hers: dict[str, set[str]] = field(default_factory=dict)
    pairs: dict[str, set[tuple[str, Any]]] = field(default_factory=dict)

    def take(self, table: Table, row: Mapping[str, Any]) -> None:
        """Remember a row. Raises RowError where it hangs on nothing of hers, or its place is taken."""
        name = table.name
        if name in _PARENTS:
            parents, key = _PARENTS[name]
            if row[key] not in self.hers.get(parents, ()):
                raise RowError(f"it belongs to something that is not there ({key})")
            pair = (row[key], row[_ONCE[name]])
            if pair in self.pairs.setdefault(name, set()):
                raise RowError(f"there is another one in its place ({_ONCE[name]})")
            self.pairs[name].add(pair)
        self.ids.setdefault(name, set()).add(row["id"])
        self.hers.setdefault(name, set()).add(row["id"])


def pair_columns(table: Table) -> tuple[Column[Any], Column[Any]] | None:
    """The two columns of a table that together exist only once."""
    if table.name not in _PARENTS:
        return None
    return table.c[_PARENTS[table.name][1]], table.c[_ONCE[table.name]]


def checked(table: Table, row: Any, learner: str) -> dict[str, Any]:
    """The row with values of its columns' kinds, as this learner's. Raises RowError."""
    if not isinstance(row, dict):
        raise RowError("it is no row")
    known: dict[str, Any] = {"learner_id": learner}
    for column in table.columns:
        if column.name == "learner_id":
            continue
        if column.name in row:
            known[column.name] = _value(column, row[column.name])
        elif column.primary_key or (not column.nullable and column.default is None):
            raise RowError(f"it has no {column.name}")
    if check := _TABLES.get(table.name):
        check(known)
    return known


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        if column.nullable or (isinstance(column.type, JSON) and column.name == "answer"):
            return None
        raise RowError(f"{column.name} is empty")
    for kind, check in _KINDS:
        if isinstance(column.type, kind):
            if not check(column, value):
                raise RowError(f"{column.name} is not what it should be")
            return datetime.fromisoformat(value) if kind is UTCDateTime else value
    raise RowError(f"{column.name} is not known")


def _moment(column: Column[Any], value: Any) -> bool:
    try:
        read = datetime.fromisoformat(value)
        return read.tzinfo is not None and _EARLIEST < read.astimezone(UTC) < _LATEST
    except (TypeError, ValueError, OverflowError):
        return False


def _text(column: Column[Any], value: Any) -> bool:
    longest = getattr(column.type, "length", None)
    if not isinstance(value, str) or not storable(value):
        return False
    return (not column.primary_key or bool(value)) and (longest is None or len(value) <= longest)


def storable(value: Any) -> bool:
    """Whether databases take this text, or all texts in this JSON: no half characters, no NUL, not too deep."""
    todo, seen = [(value, 0)], 0
    while todo:
        one, depth = todo.pop()
        seen += 1
        if depth > 50 or seen > 200_000:
            return False
        if isinstance(one, str) and ("\0" in one or any("\ud800" <= c <= "\udfff" for c in one)):
            return False
        if isinstance(one, float) and not math.isfinite(one):
            return False
        if isinstance(one, dict):
            todo += [(part, depth + 1) for pair in one.items() for part in pair]
        elif isinstance(one, list):
            todo += [(part, depth + 1) for part in one]
    return True


def _whole(column: Column[Any], value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -MOST <= value <= MOST


def _number(column: Column[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= 1e12 and math.isfinite(value)


_KINDS: tuple[tuple[type, Callable[[Column[Any], Any], bool]], ...] = (
    (UTCDateTime, _moment),
    (Boolean, lambda column, value: isinstance(value, bool)),
    (Float, _number),
    (Integer, _whole),
    (String, _text),
    (JSON, lambda column, value: storable(value)),
)


def _must(holds: bool, name: str) -> None:
    if not holds:
        raise RowError(f"{name} is not what it should be")


def _strings(value: Any, least: int = 0) -> bool:
    return isinstance(value, list) and len(value) >= least and all(isinstance(one, str) for one in value)


def _places(value: Any) -> bool:
    return isinstance(value, list) and all(type(one) is int and 0 <= one <= 1000 for one in value)


def _share(value: Any) -> bool:
    return 0 <= float(value) <= 1


def _message(row: dict[str, Any]) -> None:
    _must(row["role"] in ("learner", "tutor"), "role")
    _must(row.get("state", "complete") in _STATES, "state")
    _must(row["position"] >= 0, "position")
    if row.get("state") == "writing":  # whoever wrote it is not on this machine
        row["state"] = "interrupted"
    row["owner"] = ""
    if (data := row.get("answer")) is not None:
        _must(isinstance(data, dict), "answer")
        try:
            _ANSWER.validate_python({**data, "text": row.get("text", "")})
            answer_from_json(row.get("text", ""), data)
        except (ValidationError, TypeError, ValueError, AttributeError) as error:
            raise RowError("answer is not what it should be") from error


def _prediction(row: dict[str, Any]) -> None:
    _must(_strings(row["options"], 1), "options")


def _sitting(row: dict[str, Any]) -> None:
    _must(_strings(row["item_ids"]), "item_ids")
    _must(0 <= row["week"] <= 6, "week")
    _must(row["seed"] >= 0, "seed")


def _answer(row: dict[str, Any]) -> None:
    given = row.get("answer")
    short = isinstance(given, dict) and isinstance(given.get("text"), str) and _places(given.get("met", []))
    plain = isinstance(given, str | int | float) and not isinstance(given, bool)
    _must(short or plain or _places(given), "answer")
    _must(_share(row["score"]), "score")


def _explanation(row: dict[str, Any]) -> None:
    _must(_places(row["met"]), "met")
    _must(_places(row["wrong"]), "wrong")
    _must(_share(row["score"]), "score")
    _must(row.get("seconds", 0.0) >= 0, "seconds")


def _activity(row: dict[str, Any]) -> None:
    data = row["data"]
    _must(isinstance(data, dict), "data")
    try:
        if row["kind"] == FITTED:
            kept = fitting.from_json(dict(data))
            numbers = [kept.hers, kept.defaults, kept.reviews, *(kept.parameters or ())]
            _must(all(isinstance(one, int | float) for one in numbers), "data")
            Replay(kept.parameters)
        if row["kind"] == "plan":
            _must(0.25 <= float(data.get("hours", 2.5)) <= 60, "data")
            start = date.fromisoformat(data.get("start", "2026-01-01"))
            _must(_EARLIEST.date() < start < _LATEST.date(), "data")
        if "dollars" in data:
            _must(0 <= float(data["dollars"]) <= 1e9, "data")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise RowError("data is not what it should be") from error


_TABLES: dict[str, Callable[[dict[str, Any]], None]] = {
    "messages": _message,
    "predictions": _prediction,
    "quiz_sittings": _sitting,
    "quiz_answers": _answer,
    "explanations": _explanation,
    "activities": _activity,
}
