import subprocess
import sys
from pathlib import Path

import pytest

from exercises.errors import DataError, OutsideError
from exercises.trash import put_back
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.types import Answer, Done
from tutor.corpus import documents
from tutor.corpus.documents import DocumentError, add, remove
from tutor.corpus.service import KnowledgeService
from tutor.recovery import Undone, undo_half_done
from tutor.run_catalog import RunCatalog
from tutor.settings import PROJECT, Settings

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
    kept = add(tmp_path / "documents", "memo.md", MEMO.encode())
    thrown = remove(tmp_path, kept.name)
    assert not kept.text.exists()
    assert not kept.original.exists()
    assert put_back(tmp_path, thrown) == ["memo.md", "memo.md.md"]
    assert [one.name for one in documents.documents(tmp_path / "documents")] == ["memo.md"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("CON.txt", "CON_.txt"), ("nul.csv", "nul_.csv"), ("x" * 300 + ".md", "x" * 117 + ".md")],
)
def test_names_that_some_system_does_not_take_are_kept_under_another(
    tmp_path: Path, given: str, kept: str
) -> None:
    one = add(tmp_path, given, b"some words, more words\n")
    assert one.name == kept and [each.name for each in documents.documents(tmp_path)] == [kept]
    assert ("Windows keeps" in one.note) == (len(given) < 10)


READING = """
import sys, time
from pathlib import Path
from tutor.corpus import documents
documents.read_text = lambda path, most: (print("reading", flush=True), time.sleep(100))
documents.add(Path(sys.argv[1]), "long.txt", b"words")
"""


def test_what_was_cut_off_while_it_was_read_is_undone_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    reader = subprocess.Popen(
        [sys.executable, "-c", READING, str(folder)], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert reader.stdout is not None and reader.stdout.readline() == "reading\n"
    assert documents.undo_unread(folder) == [], "another process is at it"
    reader.kill()
    reader.wait()
    reader.stdout.close()
    assert documents.documents(folder) == []
    [said] = undo_half_done(Settings(home=tmp_path)).documents
    assert said.startswith("long.txt was still being read")
    assert undo_half_done(Settings(home=tmp_path)) == Undone()
    assert [one.name for one in folder.iterdir()] == [documents.ADDING]
    with pytest.raises(OutsideError):
        remove(tmp_path, "../documents")


def test_a_document_without_its_text_can_be_read_again(tmp_path: Path) -> None:
    kept = add(tmp_path / "documents", "memo.md", MEMO.encode())
    kept.text.unlink()
    assert documents.documents(tmp_path / "documents") == []
    assert documents.unread(tmp_path / "documents") == ["memo.md"]
    documents.read_again(tmp_path / "documents", "memo.md")
    assert (
        documents.documents(tmp_path / "documents") == [kept]
        and documents.unread(tmp_path / "documents") == []
    )


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
