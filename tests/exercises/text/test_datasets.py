"""Texts: always there, downloaded once, or her own in any encoding."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import docx
import pytest

from exercises.errors import DataError
from exercises.text import datasets, readers
from exercises.text.datasets import DOWNLOADS, Download, available, load_text

SAYING = "Größe, naïve café – «déjà vu» œuvre\nzweite Zeile\n"


@pytest.mark.parametrize(
    ("name", "least"), [("python-docs", 100_000), ("lessons", 10_000), ("first-names", 30_000)]
)
def test_packaged_texts_are_always_there(tmp_path: Path, name: str, least: int) -> None:
    text = load_text(name, tmp_path)
    assert len(text.text) > least and "\r" not in text.text
    assert available(tmp_path)[name] and not available(tmp_path)["tinyshakespeare"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_her_own_file_is_read_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "mein text.txt"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path.write_bytes(mark + (SAYING * 40).replace("\n", "\r\n").encode(encoding))
    assert load_text(str(path), tmp_path).text == SAYING * 40


@pytest.mark.parametrize(
    ("encoding", "saying"),
    [
        ("cp1251", "Привет, как дела? Сегодня хорошая погода в нашем городе.\n"),
        ("cp1250", "Zażółć gęślą jaźń, śliczna łąka i źdźbło trawy w Łodzi.\n"),
        ("shift_jis", "これは日本語の文章です。今日は天気がいいですね。\n"),
        ("gb18030", "这是一段中文文字。今天天气很好，我们去公园散步。\n"),
        ("cp1253", "Καλημέρα σας, σήμερα ο καιρός είναι πολύ καλός.\n"),
    ],
)
def test_encodings_of_other_alphabets_are_told_apart(tmp_path: Path, encoding: str, saying: str) -> None:
    (tmp_path / "a.txt").write_bytes((saying * 20).encode(encoding))
    assert load_text(str(tmp_path / "a.txt"), tmp_path).text == saying * 20


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('name;city\n"Ana; Maria";Lisboa\nBo;Oslo\n', encoding="utf-8")
    assert load_text(str(path), tmp_path).text == "name city\nAna; Maria Lisboa\nBo Oslo"


def test_a_word_document_and_a_pdf_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("First paragraph.")
    document.add_paragraph("Second, with ü.")
    document.save(str(tmp_path / "a.docx"))
    assert load_text(str(tmp_path / "a.docx"), tmp_path).text == "First paragraph.\nSecond, with ü."
    (tmp_path / "a.pdf").write_bytes(small_pdf("Attention is all you need"))
    text = load_text(str(tmp_path / "a.pdf"), tmp_path)
    assert text.text.strip() == "Attention is all you need" and text.note == "text of 1 pages"


def small_pdf(words: str) -> bytes:
    """A PDF of one page with one line, written by hand."""
    stream = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return out + tail % (size, table, size, len(out))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n\t\n", "holds no text"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not text"),
        ("broken.pdf", b"%PDF-1.4 nothing", "cannot be read as PDF"),
        ("broken.docx", b"PK nothing", "cannot be read as Word"),
    ],
)
def test_a_file_that_holds_no_text_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        load_text(str(tmp_path / name), tmp_path)


def test_a_folder_and_a_name_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder"):
        load_text(str(tmp_path), tmp_path)
    for name in ("", "shakespear"):
        with pytest.raises(DataError, match="Give one of: python-docs, lessons"):
            load_text(name, tmp_path)


def test_of_a_file_of_200_mb_only_the_first_part_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b"0123456789abcde\n" * (1 << 16))
    text = load_text(str(path), tmp_path)
    assert path.stat().st_size == 200 * 2**20
    assert len(text.text) == datasets.MOST_CHARACTERS and "only the first 20,000,000" in text.note


def test_a_long_text_is_not_cut_in_the_middle_of_a_character(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("😀" * 100, encoding="utf-8")
    assert readers.read_text(path, 9)[0] == "😀" * 9


class Server(http.server.SimpleHTTPRequestHandler):
    """A server of one file that understands ranges and can break off."""

    content = b"To be, or not to be\n" * 5000
    break_after: ClassVar[int] = 0
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        body = self.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.break_after] if self.break_after else body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Server]]:
    """tinyshakespeare from a server on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/input.txt"
    entry = Download(url, hashlib.sha256(Server.content).hexdigest(), len(Server.content))
    monkeypatch.setitem(DOWNLOADS, "tinyshakespeare", entry)
    Server.break_after, Server.asked = 0, []
    yield Server
    server.shutdown()
    server.server_close()


def test_a_text_is_downloaded_once(web: type[Server], tmp_path: Path) -> None:
    for _ in range(2):
        assert load_text("tinyshakespeare", tmp_path).text.encode() == Server.content
    assert web.asked == [""] and available(tmp_path)["tinyshakespeare"]


def test_a_download_that_broke_off_goes_on_where_it_was(web: type[Server], tmp_path: Path) -> None:
    web.break_after = 30_000
    with pytest.raises(DataError):
        load_text("tinyshakespeare", tmp_path)
    web.break_after = 0
    assert load_text("tinyshakespeare", tmp_path).text.encode() == Server.content
    assert web.asked == ["", "bytes=30000-"]


def test_another_file_than_expected_is_not_kept(
    web: type[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(DOWNLOADS, "tinyshakespeare", replace(DOWNLOADS["tinyshakespeare"], sha256="0" * 64))
    with pytest.raises(DataError, match="its hash differs"):
        load_text("tinyshakespeare", tmp_path)
    assert not list((tmp_path / "data").iterdir())


def test_without_a_network_the_message_names_what_is_always_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = replace(DOWNLOADS["tinyshakespeare"], url="http://127.0.0.1:9/input.txt")
    monkeypatch.setitem(DOWNLOADS, "tinyshakespeare", closed)
    with pytest.raises(DataError, match="Without a network use text=python-docs"):
        load_text("tinyshakespeare", tmp_path)
