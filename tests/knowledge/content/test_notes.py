from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from knowledge.content.notes import Note, address, load_notes, note_targets, recognize, seal
from knowledge.ingest.chunking.split import Document, split
from tests.knowledge.conftest import MODEL, README
from tests.knowledge.ingest.chunking.test_split import notebook


@pytest.fixture
def model() -> Document:
    return split("toy/model.py", "toy", MODEL)


def write(folder: Path, *notes: dict[str, object]) -> Path:
    file = folder / "toy.yaml"
    book = {"repository": "toy", "commit": "abc", "recognized_by": ["model.py"], "notes": list(notes)}
    file.write_text(yaml.safe_dump(book), encoding="utf-8")
    return file


FORWARD: dict[str, object] = {
    "file": "model.py",
    "symbol": "Attention.forward",
    "note": "Mixes what the tokens know.",
    "questions": ["how do tokens look at each other"],
}


def test_a_note_leads_to_its_symbol(model: Document) -> None:
    [passage] = note_targets(Note.model_validate(FORWARD), model)
    assert "masked_fill" in passage.text


def test_a_note_whose_text_has_changed_is_dropped(tmp_path: Path, model: Document) -> None:
    file = write(tmp_path, FORWARD)
    assert seal(file, {"model.py": model}) == []
    book, problems = load_notes(file)
    assert book is not None
    assert problems == []
    [note] = book.notes
    assert note_targets(note, model)
    changed = split("toy/model.py", "toy", MODEL.replace("masked_fill", "where"))
    assert note_targets(note, changed) == []
    elsewhere = split("toy/model.py", "toy", "import os\n\n\n" + MODEL)
    assert note_targets(note, elsewhere), "lines above do not matter"


def test_a_note_whose_symbol_is_gone_is_dropped(model: Document) -> None:
    assert note_targets(Note.model_validate(FORWARD | {"symbol": "Attention.backward"}), model) == []


def test_cells_are_found_again_by_their_anchor() -> None:
    note = Note(file="a.ipynb", cells=(1, 1), anchor="loss = 1", note="The loss.")
    before = split("t/a.ipynb", "t", notebook(("code", "# a\nx = 0"), ("code", "# b\nloss = 1")))
    after = split("t/a.ipynb", "t", notebook(*[("markdown", "# new")] * 2, ("code", "# b\nloss = 1")))
    assert "loss = 1" in note_targets(note, before)[0].text
    assert "loss = 1" in note_targets(note, after)[0].text
    assert note_targets(note, split("t/a.ipynb", "t", notebook(("code", "x = 0")))) == []


def test_every_unit_has_an_address_that_leads_back() -> None:
    for path, text in (("toy/model.py", MODEL), ("toy/README.md", README)):
        document = split(path, "toy", text)
        for passage in document.passages:
            stub = address(document, passage, path.removeprefix("toy/"))
            assert note_targets(Note(**stub, note="?"), document) == [passage]


def test_a_broken_note_is_reported_and_the_rest_loads(tmp_path: Path) -> None:
    file = write(tmp_path, FORWARD, {"file": "model.py", "note": "No place."}, FORWARD | {"qestions": []})
    book, problems = load_notes(file)
    assert book is not None
    assert len(book.notes) == 1
    assert "exactly one of symbol, section, cells" in problems[0]
    assert "qestions" in problems[1]


def test_a_folder_is_recognized_by_what_it_holds(tmp_path: Path) -> None:
    book, _ = load_notes(write(tmp_path, FORWARD))
    assert book is not None
    assert recognize([book], {"model.py", "other.py"}) is book
    assert recognize([book], {"other.py"}) is None
