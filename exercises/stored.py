"""What the files of a run folder may hold: whatever lies on the disk is checked against this when it is read."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

MOST = 2**53  # the largest whole number that every reader of JSON keeps
_METRIC = re.compile(r"[A-Za-z_]\w{0,59}", re.ASCII)
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _sensible(moment: Any) -> Any:
    """A time as ISO 8601 with its zone, of this age: others cannot be shown in her zone."""
    if not moment:
        return None
    if not isinstance(moment, str):
        raise ValueError("a time is written as text")
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None or not _EARLIEST < read.astimezone(UTC) < _LATEST:
        raise ValueError("no time of this age, or without its zone")
    return read


def _or_zero(number: Any) -> Any:
    return 0 if number is None or isinstance(number, bool) else number


Moment = Annotated[AwareDatetime | None, BeforeValidator(_sensible)]
Count = Annotated[int, BeforeValidator(_or_zero), Field(ge=0, le=MOST)]
Seconds = Annotated[float, BeforeValidator(_or_zero), Field(ge=0, le=1e12, allow_inf_nan=False)]
Device = Annotated[str, Field(pattern=r"^[a-z]{1,10}(:[0-9]{1,3})?$")]
Line = Annotated[str, Field(max_length=200)]
Knob = bool | int | float | Annotated[str, Field(max_length=20_000)] | None


class StoredConfig(BaseModel):
    """config.json: which exercise, with what. What other keys say (a module to run, say) is not read."""

    model_config = ConfigDict(extra="ignore")

    exercise: Annotated[str, Field(pattern=r"^[\w-]{1,60}$")]
    knobs: dict[Annotated[str, Field(max_length=60)], Knob]
    device: Device
    created: Annotated[AwareDatetime, BeforeValidator(_sensible)]
    total_steps: Count = 0
    experiment: Annotated[Line, BeforeValidator(lambda given: given or "")] = ""
    extra: Annotated[dict[str, Any], BeforeValidator(lambda given: given or {})] = Field(default_factory=dict)

    @field_validator("extra")
    @classmethod
    def _known(cls, extra: dict[str, Any]) -> dict[str, Any]:
        for name in ("variant", "ours", "upstream", "commit", "experiment"):
            if not isinstance(extra.get(name, ""), str):
                raise ValueError(f"{name} is no text")
        owner = extra.get("owner")
        if owner is not None:
            number = isinstance(owner, list) and len(owner) == 2 and all(map(_finite, owner))
            if not number or not 0 < owner[0] < 2**31:
                raise ValueError("owner is no process")
        return extra


class StoredStatus(BaseModel):
    """status.json: how far the child is."""

    model_config = ConfigDict(extra="ignore")

    state: Literal["queued", "running", "paused", "stopped", "finished", "failed"] = "queued"
    pid: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    process_started: Seconds = 0.0
    queued: Moment = None
    started: Moment = None
    ended: Moment = None
    heartbeat: Moment = None
    device: Device | Literal[""] | None = None
    step: Count = 0
    seconds: Seconds = 0.0
    threads: Annotated[int, Field(ge=1, le=4096)] | None = None
    error: Annotated[str, BeforeValidator(lambda given: given or "")] = ""
    note: Annotated[str, BeforeValidator(lambda given: given or "")] = ""


class StoredProgram(BaseModel):
    """upstream.json: which of upstream's programs ran, where, and what one would have typed."""

    model_config = ConfigDict(extra="ignore")

    repository: Line
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{0,64}$")]
    changed: list[str] = Field(default_factory=list)
    folder: str
    commands: list[str]


def metric_row(row: dict[str, Any]) -> dict[str, Any] | None:
    """A row of metrics.jsonl as what it is: step and time, and numbers by names; None where it is no such row.

    A loss may be no number (NaN) or infinite: that is what a run shows when it breaks down.
    """
    step, seconds = row.get("step"), row.get("time", 0.0)
    if not _whole(step) or not _finite(seconds) or seconds < 0:
        return None
    kept = {name: value for name, value in row.items() if _METRIC.fullmatch(name) and _number(value)}
    return {**kept, "step": step, "time": seconds}


def sample_row(row: dict[str, Any]) -> tuple[int, str] | None:
    """A row of samples.jsonl: the step and what was written; None where it is no such row."""
    step, text = row.get("step"), row.get("text")
    return (step, text) if _whole(step) and isinstance(step, int) and isinstance(text, str) else None


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def _number(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and abs(value) <= MOST)


def _finite(value: Any) -> bool:
    return _number(value) and not isinstance(value, bool) and math.isfinite(value)
