"""Her whole record as one file: taken along to another machine, or erased.

The file is a zip: JSON Lines, one member a table, the format's version, her runs with what they measured and wrote
(checkpoints are left out: a run can be made again), and her own documents. Importing adds what is not there yet:
rows and runs have names that are unique over machines.
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select
from sqlalchemy.orm import Session

from exercises.errors import DataError, ExerciseError, RunError
from exercises.names import is_link, is_reserved
from exercises.runs.files import check_zip, read_json, write_json
from exercises.runs.store import read_run, runs_folder
from exercises.stored import StoredConfig
from tutor.corpus import documents
from tutor.errors import TutorError
from tutor.store.database import Database
from tutor.store.tables import Base, LearnerRow
from tutor.study.imported import Here, RowError, checked, pair_columns

FORMAT = 1
MOST_PARTS, UNPACKED = 100_000, 2**30  # of an export: some ten thousand runs, 1 GB
MANIFEST = "manifest.json"
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
)  # RuntimeError: with a password
RUN = re.compile(r"[0-9]{8}-[0-9]{6}-[\w-]{1,80}")
RUN_FILE = re.compile(r"[\w-]{1,60}\.(json|jsonl|txt)")


class TransferError(TutorError):
    """A file that is no export of the tutor, or one that a newer version wrote."""


@dataclass(frozen=True)
class Imported:
    """How many rows came in, and a sentence for each thing that did not."""

    added: int
    left_out: tuple[str, ...] = ()


def _hers(table: Table) -> Column[Any]:
    return table.c.id if table.name == "learners" else table.c.learner_id


def export_record(database: Database, learner: str, file: Path, home: Path | None = None) -> int:
    """Write all rows of a learner to `file` (a .zip), whole or not at all, with the runs and the
    documents of `home`. Returns how many rows.
    """
    partial = file.with_name(file.name + ".partial")
    count = 0
    with database.read() as session, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, json.dumps({"format": FORMAT, "learner": learner, "at": _now()}))
        for table in Base.metadata.sorted_tables:
            lines = list(_lines(session, table, learner))
            archive.writestr(f"{table.name}.jsonl", "".join(f"{line}\n" for line in lines))
            count += len(lines)
        for run in _run_files(home):
            archive.write(run, f"runs/{run.parent.name}/{run.name}")
        for document in documents.documents(home / documents.SOURCE) if home else ():
            archive.write(document.original, f"{documents.SOURCE}/{document.name}")
    partial.replace(file)
    return count


def _lines(session: Session, table: Table, learner: str) -> Iterator[str]:
    for row in session.execute(select(table).where(_hers(table) == learner)).mappings():
        plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}
        yield json.dumps(plain, ensure_ascii=False)


def _run_files(home: Path | None) -> Iterator[Path]:
    folder = runs_folder(home) if home else None
    for run in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
        if RUN.fullmatch(run.name) and (run / "config.json").is_file():
            yield from (
                one for one in sorted(run.iterdir()) if RUN_FILE.fullmatch(one.name) and one.is_file()
            )


def import_record(database: Database, learner: str, file: Path, home: Path | None = None) -> Imported:
    """Add the rows of an export to this learner's record, keeping those already here.

    With `home` its runs and documents too; what is here already stays as it is, and what is damaged is left out,
    which is said. Raises TransferError for a file that is no export; then nothing was added.
    """
    tables, left_out = _read(file)
    added = 0
    with database.write() as session:
        if session.get(LearnerRow, learner) is None:
            session.add(LearnerRow(id=learner))
            session.flush()
        here = Here()
        for table in Base.metadata.sorted_tables:
            if table.name == "learners":
                continue
            _note_here(session, table, learner, here)
            rows, bad = _fresh(table, tables.get(table.name, []), learner, here)
            left_out += bad
            if rows:
                session.execute(insert(table), rows)
            added += len(rows)
    if home is not None:
        left_out += _import_runs(file, runs_folder(home))
        left_out += _import_documents(file, home / documents.SOURCE)
    return Imported(added, tuple(left_out))


def _note_here(session: Session, table: Table, learner: str, here: Here) -> None:
    here.ids[table.name] = set(session.scalars(select(table.c.id)))
    mine = table.c.learner_id == learner
    here.hers[table.name] = set(session.scalars(select(table.c.id).where(mine)))
    if columns := pair_columns(table):
        here.pairs[table.name] = {(one, other) for one, other in session.execute(select(*columns))}


def _fresh(
    table: Table, lines: list[tuple[int, Any]], learner: str, here: Here
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of an export that are good and not here yet, and what is wrong with the bad ones."""
    rows, bad = [], []
    for number, row in lines:
        try:
            known = checked(table, row, learner)
            if known["id"] in here.ids[table.name]:
                continue
            here.take(table, known)
            rows.append(known)
        except RowError as error:
            bad.append(f"Line {number} of {table.name} was left out: {error}.")
    return rows, bad


def _import_documents(file: Path, folder: Path) -> list[str]:
    """Each is taken as if she gave it now: its name made safe, its text read anew. Returns what was left out."""
    left_out = []
    with zipfile.ZipFile(file) as archive:
        for member in archive.namelist():
            top, _, name = member.partition("/")
            if top != documents.SOURCE or not name or member.endswith("/"):
                continue
            try:
                documents.add(folder, name, archive.read(member))
            except (TutorError, ExerciseError, *UNREADABLE) as error:
                left_out.append(f"The document {name[:100]!r} was left out: {error}")
    return left_out


def _import_runs(file: Path, folder: Path) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    left_out: dict[str, str] = {}
    with (
        zipfile.ZipFile(file) as archive,
        tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as aside,
    ):
        for run, name, member in _runs_in(archive):
            (Path(aside) / run).mkdir(exist_ok=True)
            try:
                (Path(aside) / run / name).write_bytes(archive.read(member))
            except UNREADABLE as error:
                left_out[run] = f"The run {run} was left out: {error}."
        for whole in sorted(Path(aside).iterdir()):  # each appears whole or not at all
            if whole.name in left_out or (folder / whole.name).exists() or is_link(folder / whole.name):
                continue
            try:
                _make_plain(whole)
                whole.rename(folder / whole.name)
            except RunError as error:
                left_out[whole.name] = f"The run {whole.name} was left out: {error}"
    return list(left_out.values())


def _make_plain(run: Path) -> None:
    """Keep of a run's config what a run has: no module, no path of another machine. Raises RunError."""
    read_run(run)
    config = StoredConfig.model_validate(read_json(run / "config.json"))
    write_json(run / "config.json", config.model_dump(mode="json"))


def _runs_in(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, str]]:
    """Run, file name and member; a name that is not one of a run's files is passed over, wherever it points."""
    for member in archive.namelist():
        top, _, rest = member.partition("/")
        run, _, name = rest.partition("/")
        if top == "runs" and RUN.fullmatch(run) and RUN_FILE.fullmatch(name) and not is_reserved(name):
            yield run, name, member


def _read(file: Path) -> tuple[dict[str, list[tuple[int, Any]]], list[str]]:
    """The rows of each table with the numbers of their lines, and sentences about lines that are none."""
    try:
        check_zip(file, MOST_PARTS, UNPACKED)
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["format"] > FORMAT:
                raise TransferError(
                    f"{file.name} was written by a newer version. Update the tutor, then import it."
                )
            tables: dict[str, list[tuple[int, Any]]] = {}
            bad: list[str] = []
            for table in Base.metadata.sorted_tables:
                name = f"{table.name}.jsonl"
                if name in archive.namelist():
                    tables[table.name] = _rows(table.name, archive.read(name), bad)
            return tables, bad
    except FileNotFoundError as error:
        raise TransferError(f"There is no file {file}.") from error
    except DataError as error:
        raise TransferError(str(error)) from error
    except (*UNREADABLE, KeyError, TypeError, ValueError, RecursionError) as error:
        raise TransferError(
            f"{file.name} is not an export of the tutor, or it is damaged. Nothing was added."
        ) from error


def _rows(table: str, raw: bytes, bad: list[str]) -> list[tuple[int, Any]]:
    rows = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.strip():
            try:
                rows.append((number, json.loads(line)))
            except (ValueError, RecursionError):
                bad.append(f"Line {number} of {table} was left out: it is damaged.")
    return rows


def erase(database: Database, learner: str) -> int:
    """Delete every row of a learner. Returns how many; it cannot be undone."""
    count = 0
    with database.write() as session:
        for table in reversed(Base.metadata.sorted_tables):
            count += len(
                session.execute(delete(table).where(_hers(table) == learner).returning(table.c.id)).all()
            )
    return count


def _now() -> str:
    return datetime.now(UTC).isoformat()
