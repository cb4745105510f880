"""Her own files as plain text: txt, md, csv in any encoding, pdf, docx."""

from __future__ import annotations

import codecs
import csv
import io
import struct
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from exercises.errors import DataError
from exercises.runs.files import check_zip, regular_size

if TYPE_CHECKING:
    from pypdf import PageObject

ENOUGH_TO_GUESS = 64_000  # bytes from which an encoding is guessed
LARGEST = 200 * 2**20  # bytes of a PDF or Word document: both are read whole
MOST_PAGES = 5_000
LONGEST = 60.0  # seconds for the pages of a PDF; what was read until then is used
LARGEST_PAGE = 5 * 2**20  # bytes of drawing commands, some 100 times a full page of text; more is a drawing
MOST_PARTS, UNPACKED = 10_000, 150 * 2**20  # of a Word document; parsed, its bytes take five times their room
# what the two libraries raise at bytes that somebody bent: seen by bending some hundred thousand
_DAMAGED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError,
            NotImplementedError, RuntimeError, EOFError, OSError, MemoryError, struct.error, zlib.error,
            zipfile.BadZipFile)  # fmt: skip


def read_text(path: Path, most: int) -> tuple[str, str]:
    """The text of a file with LF line ends, at most `most` characters, and a note on what was done.

    Raises DataError for what is no file, an empty or binary one, a damaged document, or one beyond the limits.
    """
    size = regular_size(path)
    if size == 0:
        raise DataError(f"{path} is empty. Give a file that holds some text.")
    if size > LARGEST and path.suffix.lower() in (".pdf", ".docx"):
        raise DataError(
            f"{path} has {size // 2**20:,} MB; {LARGEST // 2**20} are read. Save its text, or a part of it."
        )
    read: Callable[[Path, int], tuple[str, str]] = {
        ".pdf": _pdf,
        ".docx": _docx,
        ".csv": _csv,
    }.get(path.suffix.lower(), _plain)
    text, note = read(path, most)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    if not text.strip():
        raise DataError(f"{path} holds no text (a scan has pictures only). Give a file with words in it.")
    if len(text) > most:
        text, note = text[:most], f"{note}; only the first {most:,} characters are used".strip("; ")
    return text, note


def _plain(path: Path, most: int) -> tuple[str, str]:
    with path.open("rb") as file:
        raw = file.read(most * 4 + 4)  # at most four bytes a character in UTF-8, UTF-16 and UTF-32
    marked = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    for mark, encoding in marked:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace"), f"read as {encoding}"
    if b"\x00" in raw[:ENOUGH_TO_GUESS]:
        raise DataError(f"{path} is not text (it holds zero bytes). Give a txt, md, csv, pdf or docx file.")
    try:
        cut = len(raw) == most * 4 + 4
        return codecs.getincrementaldecoder("utf-8")().decode(raw, final=not cut), ""
    except UnicodeDecodeError:
        return _guessed(path, raw)


def _guessed(path: Path, raw: bytes) -> tuple[str, str]:
    import charset_normalizer

    if _western(raw[:ENOUGH_TO_GUESS]):
        return raw.decode("cp1252", errors="replace"), "read as cp1252"
    best = charset_normalizer.from_bytes(raw[:ENOUGH_TO_GUESS]).best()
    if best is None:
        raise DataError(f"{path} is in no encoding that we know. Save it as UTF-8, then try again.")
    return raw.decode(best.encoding, errors="replace"), f"read as {best.encoding}"


def _western(raw: bytes) -> bool:
    """Whether bytes make sense in Windows' western encoding, which guessers take for a Polish or Mac one."""
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        return False
    strange = [character for character in text if character > "\x7f"]
    signs = sum(unicodedata.category(character) in ("No", "Sk", "So", "Sc", "Cc") for character in strange)
    return signs < 0.1 * len(strange) < 0.035 * len(text)  # Cyrillic, Greek: nearly every letter is strange


def _csv(path: Path, most: int) -> tuple[str, str]:
    text, note = _plain(path, most)
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:10_000])
    except csv.Error:
        dialect = csv.excel
    rows = (
        " ".join(cell.strip() for cell in row if cell.strip())
        for row in csv.reader(io.StringIO(text[:most]), dialect)
    )
    try:
        joined = "\n".join(row for row in rows if row)
    except csv.Error as error:  # a cell of more than 131,072 characters, as an open quotation mark makes
        return text, f"{note}; read as plain text, since its cells cannot be told apart ({error})".strip("; ")
    return joined, f"{note}; cells of a row joined by spaces".strip("; ")


def _pdf(path: Path, most: int) -> tuple[str, str]:
    import pypdf
    from pypdf.errors import PyPdfError

    parts: list[str] = []
    notes: list[str] = []
    try:
        pages = pypdf.PdfReader(path).pages
        for text in _texts(pages, notes):
            parts.append(text)
            if sum(map(len, parts)) > most:
                break
    except (PyPdfError, *_DAMAGED) as error:
        raise DataError(
            f"{path} cannot be read as PDF ({_said(error)}). Save it as text, then try again."
        ) from error
    return "\n".join(parts), "; ".join([f"text of {len(parts)} pages", *notes])


def _texts(pages: Iterable[PageObject], notes: list[str]) -> Iterator[str]:
    """The text of each page, until a limit is met; which one is added to `notes`."""
    until = time.monotonic() + LONGEST
    drawings = 0
    for number, page in enumerate(pages, 1):
        contents = page.get_contents()
        if contents is not None and len(contents.get_data()) > LARGEST_PAGE:
            drawings += 1
            yield ""
        else:
            yield page.extract_text()
        if number == MOST_PAGES or time.monotonic() > until:
            notes.append(f"only these are read: {MOST_PAGES:,} pages or {LONGEST:.0f} s are the most")
            break
    if drawings:
        notes.append(f"{drawings} without text, since they are drawings of over {LARGEST_PAGE // 2**20} MB")


def _docx(path: Path, most: int) -> tuple[str, str]:
    import docx
    from docx.exceptions import PythonDocxError
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    paragraphs: list[str] = []
    try:
        check_zip(path, MOST_PARTS, UNPACKED)
        length = 0
        for one in docx.Document(str(path)).paragraphs:
            paragraphs.append(one.text)
            length += len(paragraphs[-1])
            if length > most:
                break
    except (PythonDocxError, OpcError, LxmlError, *_DAMAGED) as error:
        raise DataError(
            f"{path} cannot be read as Word document ({_said(error)}). Save it as text."
        ) from error
    return "\n".join(paragraphs), f"text of {len(paragraphs)} paragraphs"


def _said(error: BaseException) -> str:
    """What a library said, in a line: it may hold a whole document."""
    return " ".join(str(error).split())[:150] or type(error).__name__
