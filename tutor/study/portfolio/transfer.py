"""Her whole record as one file: taken along to another machine, or erased.

The file is a zip: JSON Lines, one member a table, the format's version, her runs with what they measured and wrote
(checkpoints are left out: a run can be made again), and her own documents. Importing adds what is not there yet:
rows and runs have names that are unique over machines.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select
from sqlalchemy.orm import Session

from exercises.errors import ExerciseError
from exercises.runs.store import runs_folder
from tutor.corpus import documents
from tutor.errors import TutorError
from tutor.store.database import Database
from tutor.store.tables import Base, LearnerRow, UTCDateTime

FORMAT = 1
MANIFEST = "manifest.json"
log = logging.getLogger(__name__)
RUN = re.compile(r"[0-9]{8}-[0-9]{6}-[\w-]+")
RUN_FILE = re.compile(r"[\w-]+\.(json|jsonl|txt)")


class TransferError(TutorError):
    """A file that is no export of the tutor, or one that a newer version wrote."""


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


def import_record(database: Database, learner: str, file: Path, home: Path | None = None) -> int:
    """Add the rows of an export to this learner's record, keeping those already here; returns how many.

    With `home` its runs and documents too; what is here already stays as it is. Raises TransferError;
    then nothing was added.
    """
    tables = _read(file)
    added = 0
    with database.write() as session:
        if session.get(LearnerRow, learner) is None:
            session.add(LearnerRow(id=learner))
            session.flush()
        for table in Base.metadata.sorted_tables:
            if table.name == "learners":
                continue
            here = set(session.scalars(select(table.c.id)))
            rows = [
                _row(table, row, learner) for row in tables.get(table.name, []) if row.get("id") not in here
            ]
            if rows:
                session.execute(insert(table), rows)
            added += len(rows)
    if home is not None:
        _import_runs(file, runs_folder(home))
        _import_documents(file, home / documents.SOURCE)
    return added


def _import_documents(file: Path, folder: Path) -> None:
    """Each is taken as if she gave it now: its name made safe, its text read anew."""
    with zipfile.ZipFile(file) as archive:
        for member in archive.namelist():
            top, _, name = member.partition("/")
            if top != documents.SOURCE or not name:
                continue
            try:
                documents.add(folder, name, archive.read(member))
            except (TutorError, ExerciseError) as error:
                log.warning("a document of the export was left out: %s", error)


def _import_runs(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(file) as archive,
        tempfile.TemporaryDirectory(prefix=".import-", dir=folder) as aside,
    ):
        for run, name, member in _runs_in(archive):
            (Path(aside) / run).mkdir(exist_ok=True)
            (Path(aside) / run / name).write_bytes(archive.read(member))
        for whole in Path(aside).iterdir():  # each appears whole or not at all
            if not (folder / whole.name).exists():
                whole.rename(folder / whole.name)


def _runs_in(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, str]]:
    """Run, file name and member; a name that is not one of a run's files is passed over, wherever it points."""
    for member in archive.namelist():
        top, _, rest = member.partition("/")
        run, _, name = rest.partition("/")
        if top == "runs" and RUN.fullmatch(run) and RUN_FILE.fullmatch(name):
            yield run, name, member


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            if manifest["format"] > FORMAT:
                raise TransferError(
                    f"{file.name} was written by a newer version. Update the tutor, then import it."
                )
            return {
                name.removesuffix(".jsonl"): [json.loads(line) for line in archive.read(name).splitlines()]
                for name in archive.namelist()
                if name.endswith(".jsonl")
            }
    except FileNotFoundError as error:
        raise TransferError(f"There is no file {file}.") from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise TransferError(
            f"{file.name} is not an export of the tutor, or it is damaged. Nothing was added."
        ) from error


def _row(table: Table, row: dict[str, Any], learner: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for column in table.columns:
        if column.name not in row:
            continue
        value = row[column.name]
        is_time = isinstance(column.type, UTCDateTime) and isinstance(value, str)
        known[column.name] = datetime.fromisoformat(value) if is_time else value
    return known | {"learner_id": learner}


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
