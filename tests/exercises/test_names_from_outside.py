"""Generated: names, run folders and clone addresses of any kind touch nothing outside the home."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises import trash
from exercises.errors import ExerciseError, OutsideError, RunError, TrashError
from exercises.names import inside, is_plain, is_reserved, safe
from exercises.runs import launch
from exercises.runs.findings import findings
from exercises.runs.store import as_it_stands, find_run, list_runs, log, metrics, program_of, samples
from exercises.upstream.repositories import REPOSITORIES, UpstreamError, is_taken, repository
from tests.bent import altered, cases, json_values, tree, words

GOOD: dict[str, Any] = {
    "exercise": "nanogpt", "knobs": {"steps": 5}, "device": "cpu", "created": "2026-01-01T00:00:00+00:00", "total_steps": 5,
}  # fmt: skip
STATUS: dict[str, Any] = {
    "state": "finished",
    "step": 5,
    "seconds": 1.5,
    "heartbeat": "2026-01-01T00:00:01+00:00",
}
HALF = st.just("\ud800")  # of a pair: JSON and arguments may carry it, addresses cannot
OTHERS = ("extra", "pid", "experiment", "module", "threads")
ROW: dict[str, Any] = {"step": 1, "time": 0.5, "train_loss": 2.5}
IDS = ("20260101-000000-nanogpt-aaaaaa", "20260102-000000-minbpe-bbbbbb")


def put_run(home: Path, name: str, config: Any = None, status: Any = None) -> Path:
    folder = home / "runs" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(GOOD if config is None else config), encoding="utf-8")
    (folder / "status.json").write_text(json.dumps(STATUS if status is None else status), encoding="utf-8")
    (folder / "metrics.jsonl").write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with two runs, beside a folder that is none of its business and looks like a run."""
    home = tmp_path / "a home"
    for name in IDS:
        put_run(home, name)
    put_run(tmp_path / "outside", "..")
    put_run(tmp_path / "outside", "theirs")
    (tmp_path / "outside" / "config.json").write_text(json.dumps(GOOD), encoding="utf-8")
    (tmp_path / "outside" / "thesis.txt").write_text("hers", encoding="utf-8")
    if hasattr(os, "symlink"):
        (home / "runs" / "link").symlink_to(tmp_path / "outside", target_is_directory=True)
    return home


@cases(100)
@given(name=words() | HALF | st.sampled_from([*IDS, "aaaaaa"]))
def test_whatever_names_a_run_finds_one_of_hers_or_none(home: Path, name: str) -> None:
    before, mine = tree(home.parent, home), tree(home, home / "trash")
    for asked in (name, str(home.parent / "outside"), str(home / "runs" / IDS[0])):
        try:
            run = find_run(home, asked)
        except RunError as error:
            assert len(str(error)) < 1000
            continue
        assert run.folder.parent == home / "runs"
        try:
            thrown = launch.delete(home, run)
        except ExerciseError:
            assert run.id == "link" and run.damaged
            continue
        assert not run.folder.exists()
        assert trash.put_back(home, thrown) == [run.id]
    with pytest.raises((OutsideError, TrashError)):
        trash.put_back(home, name)
    assert tree(home.parent, home) == before
    assert tree(home, home / "trash") == mine


@cases(120)
@given(
    config=altered(GOOD, *OTHERS),
    status=altered(STATUS, *OTHERS),
    row=altered(ROW, *OTHERS),
    sample=json_values(),
    program=json_values(),
)
def test_a_run_folder_may_hold_anything(
    home: Path, config: Any, status: Any, row: Any, sample: Any, program: Any
) -> None:
    before = tree(home.parent, home)
    folder = put_run(home, "20260103-000000-bad-cccccc", config, status)
    (folder / "metrics.jsonl").write_text(f"{json.dumps(row)}\n{json.dumps(ROW)}\n", encoding="utf-8")
    (folder / "samples.jsonl").write_text(json.dumps(sample) + "\n", encoding="utf-8")
    (folder / "upstream.json").write_text(json.dumps(program), encoding="utf-8")
    runs = list_runs(home)
    assert {run.id for run in runs} >= set(IDS), "the others are listed as ever"
    run = as_it_stands(folder)
    if run.damaged:
        assert run.error and run.exercise == "" and not run.resumable and not run.active
    rows = metrics(folder)
    assert rows[-1] == ROW
    assert all(isinstance(value, int | float) for row in rows for value in row.values())
    findings(run, rows, log(folder))
    assert all(isinstance(text, str) for _, text in samples(folder))
    program_of(folder)
    assert run.created.astimezone() and 0 <= run.progress <= 1
    with pytest.raises(ExerciseError):  # damaged, finished, or of no exercise: nothing of it starts
        launch.resume(run if run.damaged else find_run(home, IDS[0]))
    if not run.active:
        launch.delete(home, run)
        assert not folder.exists()
    assert tree(home.parent, home) == before


@cases(150)
@given(
    address=st.text(max_size=60)
    | st.builds("{}://{}/{}{}".format, st.sampled_from(["https", "ssh", "file", "ext"]), st.text(max_size=12), words(), st.sampled_from(["", ".git", "/"]))
    | st.builds("https://example.org/someone/{}".format, st.sampled_from([*REPOSITORIES, "Exercises", "tutor", "x.partial", "CON"])),
    called=st.just("") | words(),
)  # fmt: skip
def test_a_clone_address_gives_a_name_of_its_own_or_is_refused(
    tmp_path: Path, address: str, called: str
) -> None:
    try:
        found = repository(address, called)
    except UpstreamError as error:
        assert len(str(error)) < 1000
        return
    if found not in REPOSITORIES.values():
        assert not is_taken(found.name) and not is_reserved(found.name)
    assert inside(tmp_path, found.name).parent == tmp_path


@cases(150)
@given(name=words() | HALF)
def test_a_name_stays_in_its_folder_and_a_file_gets_one_that_all_systems_take(
    tmp_path: Path, name: str
) -> None:
    try:
        assert inside(tmp_path, name).resolve().parent == tmp_path.resolve()
    except OutsideError:
        assert name != "a plain name.txt"
    kept = safe(name)
    assert kept == "" or (is_plain(kept) and not is_reserved(kept) and safe(kept) == kept)


def test_a_link_is_no_run_and_what_it_leads_to_stays(home: Path) -> None:
    link = find_run(home, "link")
    assert link.damaged and "link to another place" in link.error
    with pytest.raises(OutsideError, match="left as it is"):
        launch.delete(home, link)
    log_of_a_run = home / "runs" / IDS[0] / "log.txt"
    log_of_a_run.symlink_to(home.parent / "outside" / "thesis.txt")
    assert log(log_of_a_run.parent) == ""
    with pytest.raises(RunError, match="Start a new run"):
        launch.resume(find_run(home, IDS[0]))


def test_the_trash_is_kept_for_two_weeks(home: Path) -> None:
    thrown = launch.delete(home, find_run(home, IDS[0]))
    assert [one.name for one in trash.thrown(home, "runs")] == [IDS[0]]
    now = datetime.now(UTC)
    assert trash.purge(home, now + timedelta(days=13)) == 0
    put_run(home, IDS[0])
    with pytest.raises(TrashError, match="There is another"):
        trash.put_back(home, thrown)
    hers = home / "trash" / "notes of mine"
    hers.mkdir()
    assert trash.purge(home, now + timedelta(days=15)) == 1
    assert hers.exists() and trash.thrown(home, "runs") == []
    with pytest.raises(TrashError, match="not in the trash any more"):
        trash.put_back(home, thrown)
