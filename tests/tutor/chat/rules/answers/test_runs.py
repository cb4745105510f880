"""What the built-in tutor says about a run: facts from its folder, the concept behind them."""

import json
from pathlib import Path

import pytest

from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings, load_settings


@pytest.fixture
def hers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("TUTOR_UPSTREAM", raising=False)
    return load_settings(home=tmp_path / "home of hers")


def write_run(home: Path, name: str, exercise: str, losses: list[float], **extra: object) -> str:
    """A run as the launcher and the writer leave it."""
    folder = home / "runs" / name
    folder.mkdir(parents=True)
    config = {
        "id": name, "exercise": exercise, "module": "x", "knobs": {"lr": 0.1}, "device": "cpu", "experiment": "",
        "total_steps": 100 * len(losses), "created": "2026-11-22T20:00:00+00:00", "extra": extra,
    }  # fmt: skip
    status = {
        "state": "finished", "started": "2026-11-22T20:00:01+00:00", "ended": "2026-11-22T20:00:31+00:00",
        "step": 100 * len(losses), "seconds": 30.0,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "status.json").write_text(json.dumps(status), encoding="utf-8")
    rows = [{"step": 100 * (n + 1), "time": n, "val_loss": loss} for n, loss in enumerate(losses)]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def ask(settings: Settings, question: str) -> Answer:
    tutor = BuiltinTutor(KnowledgeService(settings), RunCatalog.load(settings.home))
    done = list(tutor.answer(question, ()))[-1]
    assert isinstance(done, Done)
    return done.answer


def test_a_run_that_is_named_is_told_from_its_rows(hers: Settings) -> None:
    write_run(hers.home, "20261122-200000-nanogpt-aaaaaa", "nanogpt", [4.0, 3.0, 2.5])
    name = write_run(hers.home, "20261122-210000-nanogpt-bbbbbb", "nanogpt", [4.0, 2.0, 1.5])
    answer = ask(hers, f"What does my run {name} show?")
    assert answer.kind == "run-talk" and not answer.abstained
    assert "from 4.000 to 1.500" in answer.text and "validation loss 1.500 at step 300" in answer.text
    assert "1.500 against 2.500, better" in answer.text
    assert answer.concept and answer.citations


def test_a_run_of_upstream_stands_beside_ours(hers: Settings) -> None:
    write_run(hers.home, "20261122-200000-nanogpt-aaaaaa", "nanogpt", [4.0, 3.0, 2.5])
    name = write_run(
        hers.home, "20261122-210000-upstream-nanogpt-shakespeare-cccccc", "upstream-nanogpt-shakespeare",
        [4.2, 2.4], ours="nanogpt",
    )  # fmt: skip
    answer = ask(hers, f"What does my run {name} show?")
    assert "nanoGPT on Shakespeare" in answer.text
    assert "2.400 after 200 steps here, 2.500 after 300 there" in answer.text


def test_the_last_run_needs_no_name(hers: Settings) -> None:
    assert ask(hers, "what does my last run show?").abstained
    write_run(hers.home, "20261122-210000-makemore-bbbbbb", "makemore", [3.0, 2.0])
    assert "from 3.000 to 2.000" in ask(hers, "explain my latest run").text


def test_a_run_that_is_gone_is_said(hers: Settings) -> None:
    assert "no such run" in ask(hers, "What does my run 20250101-000000-nanogpt-abcdef show?").text


def test_how_to_run_something_is_another_question(hers: Settings) -> None:
    assert ask(hers, "how do I run nanogpt?").kind != "run-talk"
