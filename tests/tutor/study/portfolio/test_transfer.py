import json
import zipfile
from pathlib import Path

import pytest

from tutor.chat.conversations import Conversations
from tutor.corpus.documents import add, documents
from tutor.settings import load_settings
from tutor.store.database import Database, open_database
from tutor.study.cost.notes import keep, kept
from tutor.study.explain.explanations import Explanation
from tutor.study.explain.prompt_bank import load_prompts
from tutor.study.portfolio.transfer import Imported, TransferError, erase, export_record, import_record
from tutor.study.progress.record import LearnerRecord
from tutor.study.quiz.items import load_bank


def fill(record: LearnerRecord) -> None:
    record.note("read", "3/attention", minutes=4, note="größer, 注意")
    record.predictions.add("run-1", "nanogpt", "Which is lower?", ["one", "two"], "one", "attention-heads")
    record.predictions.settle("run-1", "two")
    sitting = record.sittings.start(3)
    item = next(item for item in load_bank(3) if item.id == sitting.items[0].id)
    answers = {"single": 0, "multiple": [0], "number": "1"}
    answer = answers.get(item.kind) or (
        {"text": "so", "met": []} if item.kind == "short" else list(range(len(getattr(item, "items", ()))))
    )
    record.sittings.answer(sitting.id, item.id, 0 if item.kind == "single" else answer)


def test_a_record_moves_to_another_machine(database: Database, tmp_path: Path) -> None:
    record = LearnerRecord(database, "ana")
    fill(record)
    file = tmp_path / "my record.zip"
    count = export_record(database, "ana", file)
    other = open_database(load_settings(home=tmp_path / "other machine"))
    assert import_record(other, "local", file) == Imported(
        count - 1
    )  # her own row is there under the name of that machine
    moved = LearnerRecord(other, "local")
    assert moved.noted("read")["3/attention"] == record.noted("read")["3/attention"]
    assert moved.predictions.all() == record.predictions.all()
    assert moved.sittings.reviews() == record.sittings.reviews()
    assert moved.sittings.open(3) == record.sittings.open(3)
    assert import_record(other, "local", file) == Imported(0)
    other.close()


def test_erasing_takes_hers_and_nothing_else(database: Database, tmp_path: Path) -> None:
    for learner in ("ana", "bo"):
        fill(LearnerRecord(database, learner))
    assert erase(database, "ana") >= 5
    assert LearnerRecord(database, "ana").noted("read") == {}
    assert LearnerRecord(database, "bo").predictions.of_run("run-1") is not None
    assert export_record(database, "ana", tmp_path / "empty.zip") == 0


@pytest.mark.parametrize("content", [b"", b"PK no zip", b"{}"])
def test_what_is_no_export_is_refused(database: Database, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(content)
    with pytest.raises(TransferError, match="not an export"):
        import_record(database, "ana", file)


def a_run(home: Path, name: str = "20260301-120000-nanogpt-abc123") -> Path:
    folder = home / "runs" / name
    folder.mkdir(parents=True)
    config = {
        "exercise": "nanogpt",
        "module": "this",
        "knobs": {"steps": 9},
        "device": "cpu",
        "created": "2026-03-01T12:00:00+00:00",
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "metrics.jsonl").write_text('{"step": 1}\n', encoding="utf-8")
    (folder / "checkpoint.pt").write_bytes(b"large")
    return folder


def test_everything_she_made_comes_along(database: Database, home: Path, tmp_path: Path) -> None:
    record = LearnerRecord(database, "ana")
    talk = Conversations(database, "ana")
    talk.begin(talk.create().id, "explain attention")
    keep(record, "Search", "$12 a month", "the note")
    record.note("plan", "path", start="2026-03-01", hours=2.5, essential_only=True)
    prompt = load_prompts(3)[0]
    record.explanations.keep(prompt, Explanation(prompt.id, "cfo", "exit", "words", (0,), follow_up="And?"))
    run = a_run(home)
    add(home / "documents", "Über uns.md", b"# Wir\n\nEin Satz.\n")
    file = tmp_path / "all.zip"
    export_record(database, "ana", file, home)
    there = tmp_path / "other machine"
    other = open_database(load_settings(home=there))
    import_record(other, "local", file, there)
    moved = LearnerRecord(other, "local")
    assert [one.title for one in Conversations(other, "local").list()] == ["explain attention"]
    assert kept(moved) == kept(record)
    assert moved.noted("plan")["path"].data["hours"] == 2.5
    assert moved.explanations.log() == record.explanations.log()
    assert [one.name for one in documents(there / "documents")] == ["Über uns.md"]
    copied = there / "runs" / run.name
    assert sorted(one.name for one in copied.iterdir()) == ["config.json", "metrics.jsonl"]
    (copied / "config.json").write_text("mine", encoding="utf-8")
    import_record(other, "local", file, there)
    assert (copied / "config.json").read_text(encoding="utf-8") == "mine", "a run that is here stays"
    assert len(documents(there / "documents")) == 1
    other.close()


def test_an_export_cannot_write_outside_the_runs(database: Database, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "evil.zip"
    export_record(database, "ana", file)
    with zipfile.ZipFile(file, "a") as archive:
        for name in (
            "runs/../../x.json",
            "runs/20260301-120000-a/../../../x.json",
            "/x.json",
            "runs/a/run.py",
        ):
            archive.writestr(name, "{}")
    import_record(database, "ana", file, home)
    assert list((home / "runs").iterdir()) == []
    assert not list(tmp_path.rglob("x.json"))
