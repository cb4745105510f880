"""Pages beside damaged runs: each opens, says which run is damaged, and lets it be thrown away and put back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import given
from streamlit.testing.v1 import AppTest

from exercises.runs.store import list_runs
from exercises.trash import thrown
from tests.bent import altered, cases, json_values, untouched
from tutor.corpus.service import KnowledgeService
from tutor.ui.services import services

CONFIG = {
    "exercise": "nanogpt",
    "knobs": {"steps": 5},
    "device": "cpu",
    "created": "2026-01-01T00:00:00+00:00",
}
DAMAGED = {
    "20260101-000001-nanogpt-aaaaa1": {**CONFIG, "total_steps": "abc"},
    "20260101-000002-nanogpt-aaaaa2": {**CONFIG, "device": "../../x"},
    "20260101-000003-nanogpt-aaaaa3": {**CONFIG, "created": "yesterday"},
    "20260101-000004-nanogpt-aaaaa4": [],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with one good run and four that are damaged."""
    monkeypatch.setenv("TUTOR_HOME", str(tmp_path))
    monkeypatch.setenv("TUTOR_MODEL", "builtin")
    monkeypatch.setattr(
        KnowledgeService, "start", lambda self: None
    )  # no index: minutes, and nothing here asks it
    for name, config in {**DAMAGED, "20260101-000000-nanogpt-good00": CONFIG}.items():
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (folder / "status.json").write_text('{"state": "finished"}', encoding="utf-8")
    st.cache_resource.clear()
    yield tmp_path
    services().close()
    st.cache_resource.clear()


def page(name: str) -> AppTest:
    """A page by itself; how it lies in the navigation is left out."""

    def script(name: str) -> None:
        from importlib import import_module

        import_module(f"tutor.ui.pages.{name}").show()

    return AppTest.from_function(script, default_timeout=60, kwargs={"name": name})


@pytest.mark.slow
def test_a_damaged_run_hurts_no_page_and_can_be_thrown_away(home: Path) -> None:
    for name in ("home", "lab", "portfolio", "documents", "repositories", "quiz", "chat"):
        shown = page(name).run()
        assert not shown.exception, (name, shown.exception[0].message)
    lab = page("lab")
    lab.query_params["run"] = "20260101-000001-nanogpt-aaaaa1"
    assert "total\\_steps" in lab.run().warning[0].value
    lab.button(key="sure-20260101-000001-nanogpt-aaaaa1").click().run()
    assert not lab.exception
    assert len(list_runs(home)) == 4
    [lies] = thrown(home, "runs")
    lab.button(key=f"back-{lies.id}").click().run()
    assert not lab.exception and len(list_runs(home)) == 5
    elsewhere = page("lab")
    elsewhere.query_params["run"] = str(home / "runs" / "20260101-000000-nanogpt-good00")
    assert "names no run" in elsewhere.run().warning[0].value


@pytest.mark.slow
def test_whatever_a_run_folder_holds_its_page_and_the_next_are_shown(home: Path) -> None:
    lab, start = page("lab"), page("home")
    folder = home / "runs" / "20260101-000009-nanogpt-aaaaa9"

    @cases(25)
    @given(
        config=altered(CONFIG, "total_steps", "pid"),
        status=altered({"state": "finished", "step": 5}),
        row=json_values(),
    )
    def shown(config: Any, status: Any, row: Any) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (folder / "status.json").write_text(json.dumps(status), encoding="utf-8")
        (folder / "metrics.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
        with untouched(home.parent, home):
            lab.query_params["run"] = folder.name
            for one in (lab, start):
                one.run()
                assert not one.exception, one.exception[0].message
                assert not one.error, one.error[0].value

    shown()
