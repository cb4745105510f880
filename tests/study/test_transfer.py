from pathlib import Path

import pytest

from tutor.database import Database, open_database
from tutor.settings import load_settings
from tutor.study.items import load_bank
from tutor.study.record import LearnerRecord
from tutor.study.transfer import TransferError, erase, export_record, import_record


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
    assert (
        import_record(other, "local", file) == count - 1
    )  # her own row is there under the name of that machine
    moved = LearnerRecord(other, "local")
    assert moved.noted("read")["3/attention"] == record.noted("read")["3/attention"]
    assert moved.predictions.all() == record.predictions.all()
    assert moved.sittings.reviews() == record.sittings.reviews()
    assert moved.sittings.open(3) == record.sittings.open(3)
    assert import_record(other, "local", file) == 0
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
