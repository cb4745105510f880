"""The app that all tabs share, built and started once a process, and what pages say alike."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from exercises.runs.store import Run
from exercises.upstream.running import PROGRAMS
from tutor.app import App, build
from tutor.settings import load_settings


@st.cache_resource(show_spinner="Opening your record")
def services() -> App:
    """The app, running. Raises SettingsError, DatabaseError or ExerciseError."""
    app = build(load_settings())
    app.start()
    return app


def her_zone() -> tzinfo:
    """The time zone of her browser, UTC where it does not say."""
    try:
        return ZoneInfo(st.context.timezone) if st.context.timezone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def when(moment: datetime) -> str:
    """A moment as she would write it: today 14:05, yesterday, 3 Nov."""
    there = moment.astimezone(her_zone())
    days = (datetime.now(her_zone()).date() - there.date()).days
    if days == 0:
        return f"today {there:%H:%M}"
    return "yesterday" if days == 1 else f"{there.day} {there:%b}" + (f" {there.year}" if days > 300 else "")


def run_title(run: Run) -> str:
    """What a run is, in a few words."""
    if run.damaged:
        return f"Damaged run {run.id}"
    known = services().catalog.exercises.get(run.exercise) or PROGRAMS.get(
        run.exercise.removeprefix("upstream-")
    )
    name = known.title if known else run.exercise
    variant = run.extra.get("variant")
    return f"{name}: {variant}" if variant else name
