"""Her own files as plain text: txt, md, csv in any encoding, pdf, docx."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path

from exercises.errors import DataError

ENOUGH_TO_GUESS = 64_000  # bytes from which an encoding is guessed


def read_text(path: Path, most: int) -> tuple[str, str]:
    """The text of a file with LF line ends, at most `most` characters, and a note on what was done.

    Raises DataError for a folder, an empty file, a binary file or a damaged document.
    """
    if not path.is_file():
        raise DataError(f"{path} is a folder. Give a file: txt, md, csv, pdf or docx.")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty. Give a file that holds some text.")
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

    if _western(raw):
        return raw.decode("cp1252"), "read as cp1252"
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
        for row in csv.reader(io.StringIO(text), dialect)
    )
    return "\n".join(row for row in rows if row), f"{note}; cells of a row joined by spaces".strip("; ")


def _pdf(path: Path, most: int) -> tuple[str, str]:
    import pypdf
    from pypdf.errors import PyPdfError

    parts: list[str] = []
    try:
        for page in pypdf.PdfReader(path).pages:
            parts.append(page.extract_text())
            if sum(map(len, parts)) > most:
                break
    except (PyPdfError, ValueError, KeyError, TypeError, OSError) as error:
        raise DataError(
            f"{path} cannot be read as PDF ({error}). Save it as text, then try again."
        ) from error
    return "\n".join(parts), f"text of {len(parts)} pages"


def _docx(path: Path, most: int) -> tuple[str, str]:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        paragraphs = [one.text for one in docx.Document(str(path)).paragraphs]
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Word document ({error}). Save it as text.") from error
    return "\n".join(paragraphs), f"text of {len(paragraphs)} paragraphs"
