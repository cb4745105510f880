"""Generated: an export may hold anything; what is good comes in, what is not is told, and the record stays readable."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.runs.store import list_runs
from tests.bent import cases, json_values, tree, words
from tests.tutor.study.portfolio.test_transfer import a_run, fill
from tutor.chat.conversations import Conversations
from tutor.chat.llm.usage import Spending
from tutor.chat.types import Answer
from tutor.corpus.documents import documents
from tutor.settings import load_settings
from tutor.store.database import Database, open_database
from tutor.study.cost.notes import kept
from tutor.study.explain.explanations import Explanation
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.portfolio.transfer import TransferError, export_record, import_record
from tutor.study.progress.record import LearnerRecord

TABLES = (
    "conversations", "messages", "predictions", "quiz_sittings", "quiz_answers", "activities", "explanations",
)  # fmt: skip


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a whole export holds."""
    home = tmp_path_factory.mktemp("from") / "home"
    database = open_database(load_settings(home=home, learner="ana"))
    record = LearnerRecord(database, "ana")
    fill(record)
    record.note("plan", "path", start="2026-03-01", hours=2.5, essential_only=True)
    prompt = load_prompts(3)[0]
    record.explanations.keep(prompt, Explanation(prompt.id, "cfo", "exit", "words", (0,), follow_up="And?"))
    talk = Conversations(database, "ana")
    talk.finish(talk.begin_new("explain attention")[1], Answer("It is.", usage={"dollars": 0.1}), "complete")
    a_run(home)
    file = home / "export.zip"
    export_record(database, "ana", file, home)
    database.close()
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_all(database: Database, home: Path) -> None:
    """What the pages read."""
    record, talk = LearnerRecord(database, "local"), Conversations(database, "local")
    for one in talk.list():
        talk.export_markdown(one.id)
    record.memories()
    record.evidence({})
    record.last_seen()
    record.fitted()
    record.predictions.calibration()
    kept(record)
    record.explanations.log()
    Spending(database, "local").this_month()
    for sitting in record.sittings.finished():
        assert sitting.right >= 0
    for week in range(7):
        record.sittings.open(week)
    for run in list_runs(home):
        assert run.damaged or run.exercise
    documents(home / "documents")


@cases(60)
@given(
    table=st.sampled_from(TABLES),
    change=st.dictionaries(st.integers(0, 12), json_values(), min_size=1, max_size=2),
    line=json_values().map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20),
    name=words(),
)
def test_an_export_may_hold_anything(
    tmp_path: Path, members: dict[str, bytes], table: str, change: dict[int, Any], line: bytes, name: str
) -> None:
    (tmp_path / "outside").mkdir(exist_ok=True)
    (tmp_path / "outside" / "thesis.txt").write_text("hers", encoding="utf-8")
    home = tmp_path / f"home {len(list(tmp_path.iterdir()))}"
    changed = dict(members)
    first, _, others = changed[f"{table}.jsonl"].partition(b"\n")
    row = json.loads(first)
    keys = sorted(row)
    for place, value in change.items():
        row[keys[place % len(keys)]] = value
    changed[f"{table}.jsonl"] = json.dumps(row).encode() + b"\n" + line + b"\n" + others
    file = tmp_path / "changed.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for member, data in changed.items():
            archive.writestr(member, data)
        for top in ("runs/20260301-120000-x-1", "documents", ".."):
            if name.isprintable() and name:
                archive.writestr(f"{top}/{name}", b"text")
    before = tree(tmp_path, home)
    database = open_database(load_settings(home=home))
    try:
        done = import_record(database, "local", file, home)
        assert all(len(one) < 500 for one in done.left_out)
        read_all(database, home)
        again = import_record(database, "local", file, home)
        assert again.added == 0
    finally:
        database.close()
    assert tree(tmp_path, home) == before


@cases(40)
@given(data=st.binary(max_size=60) | json_values().map(lambda value: json.dumps(value).encode()))
def test_a_manifest_may_be_anything(database: Database, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "changed.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", data)
    with pytest.raises(TransferError):
        import_record(database, "ana", file)


def test_bad_rows_are_told_and_the_others_kept(members: dict[str, bytes], tmp_path: Path) -> None:
    changed = dict(members)
    message = json.loads(members["messages.jsonl"].split(b"\n")[0])
    bad = [
        {**message, "id": "x1", "position": 7, "state": "odd"},
        {**message, "id": "x2", "conversation_id": "others"},
    ]
    changed["messages.jsonl"] += b"".join(json.dumps(one).encode() + b"\n" for one in bad) + b"{torn\n"
    config = json.loads(next(data for name, data in members.items() if name.endswith("config.json")))
    for run, steps in (("20260302-120000-nanogpt-good00", 5), ("20260303-120000-nanogpt-bad000", "abc")):
        changed[f"runs/{run}/config.json"] = json.dumps({**config, "total_steps": steps}).encode()
    file = tmp_path / "changed.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for member, data in changed.items():
            archive.writestr(member, data)
    home = tmp_path / "home"
    database = open_database(load_settings(home=home))
    done = import_record(database, "local", file, home)
    assert [one.partition(" was left out")[0] for one in done.left_out] == [
        "Line 5 of messages", "Line 3 of messages", "Line 4 of messages", "The run 20260303-120000-nanogpt-bad000",
    ]  # fmt: skip
    assert "total_steps" in done.left_out[-1]
    assert [run.id[-6:] for run in list_runs(home)] == ["good00", "abc123"]
    for run in list_runs(home):
        assert "module" not in json.loads((run.folder / "config.json").read_text(encoding="utf-8"))
    assert len(Conversations(database, "local").list()) == 1
    assert LearnerRecord(database, "local").last_seen() <= datetime.now(UTC)
    database.close()
