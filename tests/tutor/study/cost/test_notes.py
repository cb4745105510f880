from datetime import date

import pytest

from tutor.store.database import Database
from tutor.study.cost.model import Feature, Hardware, Price, Speed, feature_cost, training_cost
from tutor.study.cost.notes import (
    CostNoteError,
    feature_figure,
    feature_note,
    keep,
    kept,
    training_figure,
    training_note,
)
from tutor.study.progress.record import LearnerRecord

PRICE = Price(id="m", vendor="v", input=3, output=15, as_of=date(2026, 1, 1), source="list")
FEATURE = Feature(10_000, 1500, 3000, 100, 400)


def test_a_note_says_the_result_and_every_assumption() -> None:
    text = feature_note("Search in contracts", FEATURE, PRICE, Speed(3000, 60))
    assert text.startswith("# What it costs: Search in contracts")
    assert f"**{feature_cost(FEATURE, PRICE).per_month:,.0f} dollars a month**" in text
    for assumed in ("10,000 requests a day", "1,500", "3,000", "400", "as of\n  2026-01-01", "long context"):
        assert assumed in text


def test_a_note_on_training_says_its_hardware() -> None:
    hardware = Hardware("NVIDIA A100", 312e12, 0.4, 2.0, 8)
    text = training_note("GPT-2", 124e6, 300e9, hardware)
    assert f"{training_cost(124e6, 300e9, hardware).dollars:,.0f} dollars" in text
    assert "8 × NVIDIA A100" in text and "40%" in text
    assert "hours on 8 × NVIDIA A100" in training_figure(124e6, 300e9, hardware)


def test_notes_are_kept_newest_first_and_a_name_holds_one(database: Database) -> None:
    record = LearnerRecord(database, "ana")
    keep(record, "Search ", feature_figure(FEATURE, PRICE), "old")
    keep(record, "Chat", "$2 a month", "text")
    keep(record, "Search", "$3 a month", "new")
    assert [(note.title, note.text) for note in kept(record)] == [("Search", "new"), ("Chat", "text")]
    assert kept(LearnerRecord(database, "bo")) == []


@pytest.mark.parametrize("title", ["", "  \n", "x" * 121])
def test_a_note_needs_a_name_that_fits(database: Database, title: str) -> None:
    with pytest.raises(CostNoteError):
        keep(LearnerRecord(database, "ana"), title, "", "")
