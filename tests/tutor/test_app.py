"""The one place where the parts meet."""

import ast
import threading
from pathlib import Path

import pytest

from tutor.app import build
from tutor.chat.llm.selection import WithFallback
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.errors import DatabaseCorruptError
from tutor.settings import PROJECT, Settings, load_settings
from tutor.ui import launch

FRONTS = ("tutor/__main__.py", "tutor/mcp_server.py", "tutor/evaluation/command.py", "tutor/ui/services.py")
PARTS = {"KnowledgeService", "RunCatalog", "ChatService", "LearnerRecord", "open_database", "Conversations"}


def test_nothing_runs_and_nothing_is_written_before_the_start(settings: Settings) -> None:
    before = set(threading.enumerate())
    app = build(settings)
    assert app.curriculum.concepts["attention"] and app.path and app.builtin
    assert set(threading.enumerate()) == before
    assert not settings.home.exists()


def test_a_start_chooses_who_answers_and_a_close_ends_it(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = settings.model_copy(update={"embedding_model": str(tmp_path / "no model"), "model": "builtin"})
    app = build(without)
    app.start()
    try:
        assert app.knowledge.wait(60)
        assert isinstance(app.learner.chat.tutor, BuiltinTutor)
        asked = {"model": "anthropic:claude-x", "model_url": "http://127.0.0.1:9"}
        app.choose_tutor(without.model_copy(update=asked))
        assert isinstance(app.learner.chat.tutor, WithFallback)
        assert app.learner.answering.settings.model == "anthropic:claude-x"
    finally:
        app.close()
    assert not [one for one in threading.enumerate() if one.name == "knowledge"]


def test_a_damaged_database_stops_the_start_before_anything_runs(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "tutor.db").write_bytes(b"not a database" * 100)
    app = build(settings)
    assert app.builtin, "what needs no record works"
    with pytest.raises(DatabaseCorruptError):
        app.start()
    assert not app.knowledge.wait(0) and app.knowledge.progress.state == "words"
    app.close()


def test_nobody_else_puts_the_parts_together() -> None:
    for name in FRONTS:
        tree = ast.parse((PROJECT / name).read_text(encoding="utf-8"))
        called = {
            ast.unparse(node.func).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Call)
        }
        assert called & PARTS == set(), name


def test_the_page_is_opened_with_this_python_in_the_folder_of_its_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[list[str], Path, str]] = []

    def call(command: list[str], cwd: Path, env: dict[str, str]) -> int:
        called.append((command, cwd, env["TUTOR_HOME"]))
        return 0

    monkeypatch.setattr(launch.subprocess, "call", call)
    monkeypatch.chdir(tmp_path)
    assert launch.open_page(load_settings(home=Path("her home"))) == 0
    [(command, folder, home)] = called
    assert command[1:] == ["-m", "streamlit", "run", "app.py"] and folder == PROJECT
    assert home == str(tmp_path / "her home"), "the folder changes, her home does not"
