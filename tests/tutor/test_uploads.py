"""Files that she gives, whole and bent: each is read or refused in a sentence, and nothing else is touched."""

import io
import json
import os
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises import names
from exercises.errors import DataError, ExerciseError
from exercises.runs.files import check_zip, read_json, read_lines
from exercises.text import readers
from exercises.text.datasets import check_named, load_text
from knowledge.ingest.chunking.split import split
from knowledge.ingest.sources import read_text as read_source
from tests.bent import bent, cases, untouched, words
from tests.exercises.text.test_datasets import small_pdf
from tutor.corpus import documents, transcripts
from tutor.corpus.documents import DocumentError, add
from tutor.errors import TutorError


def a_docx(paragraphs: int = 3) -> bytes:
    document = docx.Document()
    for number in range(paragraphs):
        document.add_paragraph(f"Paragraph {number}, with ü and a few words.")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


REAL = {
    "memo.docx": a_docx(),
    "paper.pdf": small_pdf("Attention is all you need"),
    "table.csv": b'name;city\n"Ana; Maria";Lisboa\nBo;Oslo\n' * 5,
    "notes.txt": ("Größe, naïve café\n" * 20).encode("cp1252"),
    "notes.md": ("# Größe\n\nnaïve café\n" * 20).encode("utf-16"),
}
CUES = b"1\n00:00:01,000 --> 00:00:04,000\nHello there\n\n2\n00:01:05,500 --> 00:01:09,000\nand again\n"
NOTEBOOK = json.dumps({
    "nbformat": 4, "nbformat_minor": 5, "metadata": {},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Bigrams\n", "count pairs"]},
        {"cell_type": "code", "metadata": {}, "source": "print(1)", "execution_count": 1,
         "outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]},
    ],
}).encode()  # fmt: skip


@pytest.mark.parametrize("name", REAL)
@cases(25)
@given(data=st.data())
def test_a_bent_document_is_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    around = tmp_path_factory.mktemp("around")
    home = around / "home of hers"
    with untouched(around, home):
        try:
            kept = add(home / "documents", name, data.draw(bent(REAL[name])))
        except (DataError, DocumentError) as error:
            assert len(str(error)) < 600 and str(error).endswith(".")
            assert documents.documents(home / "documents") == []
            left = [one for one in (home / "documents").rglob("*") if one.is_file()]
            assert left == []
        else:
            assert kept.text.read_text(encoding="utf-8").strip()
            assert kept.original.is_file()


@cases(30)
@given(name=words(), suffix=st.sampled_from((".txt", ".MD", ".csv", "", ".exe")))
def test_whatever_a_document_is_called_it_stays_in_its_folder(
    tmp_path_factory: pytest.TempPathFactory, name: str, suffix: str
) -> None:
    around = tmp_path_factory.mktemp("around")
    home = around / "home of hers"
    with untouched(around, home):
        try:
            kept = add(home / "documents", name + suffix, b"some words")
        except DocumentError as error:
            assert str(error).endswith(".")
        else:
            assert kept.original.parent == home / "documents"
            assert kept.original.suffix.lower() == suffix.lower()
            assert [one.name for one in documents.documents(home / "documents")] == [kept.name]


@cases(30)
@given(data=st.data(), kind=st.sampled_from((".srt", ".vtt")))
def test_a_bent_transcript_is_kept_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str
) -> None:
    around = tmp_path_factory.mktemp("around")
    home = around / "home of hers"
    with untouched(around, home):
        try:
            kept = transcripts.keep(home / "transcripts", "kCc8FmEb1nY", f"a{kind}", data.draw(bent(CUES)))
        except TutorError as error:
            assert str(error).endswith(".")
        else:
            split(f"transcripts/{kept.name}", "transcripts", read_source(kept) or "")


@cases(30)
@given(data=st.data())
def test_a_bent_notebook_is_indexed_or_left_out(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("notebooks") / "lecture.ipynb"
    file.write_bytes(data.draw(bent(NOTEBOOK)))
    for passage in split("lectures/lecture.ipynb", "lectures", read_source(file) or "").passages:
        assert passage.text and passage.span.path == "lectures/lecture.ipynb"


@pytest.mark.parametrize("name", ["memo.docx", "paper.pdf"])
def test_a_document_cut_anywhere_ends_in_a_sentence(tmp_path: Path, name: str) -> None:
    whole = REAL[name]
    for cut in range(1, len(whole), max(1, len(whole) // 40)):
        with_cut = tmp_path / name
        with_cut.write_bytes(whole[:cut])
        try:
            readers.read_text(with_cut, 1000)
        except DataError as error:
            assert str(error).startswith(str(with_cut))


def test_a_name_of_300_characters_is_shortened(tmp_path: Path) -> None:
    kept = add(tmp_path, "ü" * 300 + ".txt", b"some words")
    assert (
        len(kept.name) <= names.LONGEST
        and len(kept.name.encode()) < names.MOST_BYTES
        and kept.name.endswith(".txt")
    )
    assert [one.name for one in documents.documents(tmp_path)] == [kept.name]


def swollen(path: Path, megabytes: int) -> None:
    """A Word document whose text is mostly the same letter, so that it is small until it is unpacked."""
    with (
        zipfile.ZipFile(io.BytesIO(a_docx(1))) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename != "word/document.xml":
                new.writestr(entry, old.read(entry))
                continue
            before, after = old.read(entry).split(b"Paragraph", 1)
            with new.open("word/document.xml", "w", force_zip64=True) as part:
                part.write(before)
                for _ in range(megabytes):
                    part.write(b"a" * 2**20)
                part.write(after)


def test_a_document_that_unpacks_to_300_mb_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    swollen(path, 300)
    assert path.stat().st_size < 2**20
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(DataError, match="unpacks to more than 150 MB"):
        readers.read_text(path, 20_000_000)
    assert time.monotonic() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    tracemalloc.stop()


def test_a_document_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "liar.docx"
    swollen(path, 20)
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("word/document.xml").file_size
    place = raw.rfind(struct.pack("<I", size))  # in the list of parts at the end
    raw[place : place + 4] = struct.pack("<I", 1000)
    path.write_bytes(raw)
    with pytest.raises(DataError, match="cannot be read as Word document"):
        readers.read_text(path, 20_000_000)


def test_a_zip_of_too_many_parts_is_refused_before_its_list_is_read(tmp_path: Path) -> None:
    path = tmp_path / "many.docx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}", "")
    with pytest.raises(DataError, match="more than 100 parts"):
        check_zip(path, 100, 2**20)
    check_zip(path, 300, 2**20)


def test_the_pages_of_a_pdf_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf"
    writer = __import__("pypdf").PdfWriter(clone_from=io.BytesIO(small_pdf("One page")))
    for _ in range(3):
        writer.add_page(writer.pages[0])
    writer.write(path)
    assert "text of 4 pages" in readers.read_text(path, 1000)[1]
    monkeypatch.setattr(readers, "MOST_PAGES", 2)
    text, note = readers.read_text(path, 1000)
    assert text.count("One page") == 2 and "only these are read" in note


def test_a_table_with_an_endless_cell_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"' + "x" * 200_000, encoding="utf-8")
    text, note = readers.read_text(path, 1_000_000)
    assert "xxx" in text and "cannot be told apart" in note


def test_more_documents_than_the_limit_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST", 2)
    for name in ("a.txt", "b.txt"):
        add(tmp_path, name, b"words")
    with pytest.raises(DocumentError, match="2 documents are kept at most"):
        add(tmp_path, "c.txt", b"words")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "link.txt").symlink_to("/dev/zero")
    for name, kind in (("pipe.txt", "a pipe"), ("link.txt", "a device"), (".", "a folder")):
        with pytest.raises(DataError, match=kind):
            load_text(str(tmp_path / name), tmp_path)
    with pytest.raises(ValueError, match="no file of its own"):
        read_json(tmp_path / "pipe.txt")
    assert read_lines(tmp_path / "pipe.txt") == []
    with pytest.raises(DataError, match="a device"):
        load_text("/dev/null", tmp_path)


def test_a_page_names_texts_of_the_home_and_the_project_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    kept = add(home / "documents", "memo.txt", b"some words")
    for name in ("lessons", "tinyshakespeare", str(kept.original), "README.md"):
        check_named(name, home)
    (tmp_path / "letter.txt").write_text("private", encoding="utf-8")
    (home / "way out.txt").symlink_to(tmp_path / "letter.txt")
    for name in (tmp_path / "letter.txt", home / "way out.txt", home / ".." / "letter.txt"):
        with pytest.raises(DataError, match="outside your home"):
            check_named(str(name), home)


@cases(40)
@given(name=words())
def test_whatever_a_text_is_called_the_answer_is_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    around = tmp_path_factory.mktemp("around")
    with untouched(around, around / "home"):
        for look in (check_named, load_text):
            try:
                look(name, around / "home")
            except ExerciseError as error:
                assert str(error).endswith(".")
