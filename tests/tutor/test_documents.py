from pathlib import Path

import pytest

from exercises.errors import DataError
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done
from tutor.corpus import documents
from tutor.corpus.documents import DocumentError, add, remove
from tutor.corpus.service import KnowledgeService
from tutor.run_catalog import RunCatalog
from tutor.settings import Settings

MEMO = (
    "# Pricing memo\n\nThe Kestrel plan costs 49 euros a month.\n\nRefunds of Kestrel take fourteen days.\n"
)


def test_a_document_is_kept_as_it_came_and_read_as_text(tmp_path: Path) -> None:
    given = "Größe;Preis\nklein;3 €\n".encode("cp1252")
    kept = add(tmp_path, "Preise März.csv", given)
    assert kept.original.read_bytes() == given
    assert "Größe Preis" in kept.text.read_text(encoding="utf-8")
    assert [one.name for one in documents.documents(tmp_path)] == ["Preise März.csv"]


def test_another_document_of_the_same_name_replaces_nothing(tmp_path: Path) -> None:
    first, again, other = (add(tmp_path, "notes.txt", data) for data in (b"one", b"one", b"two"))
    assert (first.name, again.name, other.name) == ("notes.txt", "notes.txt", "notes (2).txt")
    assert first.original.read_bytes() == b"one"


def test_names_from_elsewhere_stay_inside_the_folder(tmp_path: Path) -> None:
    kept = add(tmp_path / "documents", "../../evil\x00:name.txt", b"text")
    assert kept.original.parent == tmp_path / "documents"
    assert list(tmp_path.iterdir()) == [tmp_path / "documents"]


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("setup.exe", b"MZ", DocumentError),
        ("empty.txt", b"", DataError),
        ("binary.txt", b"a\x00b", DataError),
        ("broken.pdf", b"%PDF-1.4 nothing", DataError),
    ],
)
def test_what_cannot_be_read_is_said_and_not_kept(
    tmp_path: Path, name: str, data: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error):
        add(tmp_path, name, data)
    assert documents.documents(tmp_path) == []
    assert not (tmp_path / name).exists()


def test_removed_means_gone(tmp_path: Path) -> None:
    kept = add(tmp_path, "memo.md", MEMO.encode())
    remove(tmp_path, kept.name)
    assert not kept.text.exists()
    assert not kept.original.exists()


def test_her_documents_are_indexed_and_their_lines_found(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    add(settings.documents, "Pricing memo.md", MEMO.encode())
    library = KnowledgeService(settings).library
    best = library.search("how long do Kestrel refunds take").hits[0].passage
    assert best.span.path == "documents/Pricing memo.md.md"
    assert "fourteen days" in best.text


def test_the_tutor_quotes_her_documents_and_says_when_they_are_silent(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    add(settings.documents, "Pricing memo.md", MEMO.encode())
    tutor = BuiltinTutor(KnowledgeService(settings), RunCatalog.load())
    told = _answer(tutor, "In my documents: how long do refunds take?")
    assert "> Refunds of Kestrel take fourteen days." in told.text
    assert [one.path for one in told.citations] == ["documents/Pricing memo.md.md"]
    silent = _answer(tutor, "What do my documents say about quantum gravity?")
    assert silent.abstained and not silent.citations
    lessons = _answer(tutor, "explain attention")
    assert all(not one.path.startswith("documents/") for one in lessons.citations)


def _answer(tutor: BuiltinTutor, question: str) -> Answer:
    return next(event.answer for event in tutor.answer(question, []) if isinstance(event, Done))
