"""Files that many read while one writes: whole or not at all."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from exercises.errors import RunError
from exercises.runs import checkpoints, writer
from exercises.runs.files import cut_lines, read_json, read_lines, replace, write_json
from exercises.runs.writer import RunWriter


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, over = tmp_path / "status.json", threading.Event()
    write_json(path, {"n": 0, "text": "x" * 20_000})

    def write() -> None:
        for n in range(300):
            write_json(path, {"n": n, "text": "x" * 20_000})
        over.set()

    threading.Thread(target=write).start()
    seen = set()
    while not over.is_set():
        data = read_json(path)
        assert len(data["text"]) == 20_000
        seen.add(data["n"])
    assert len(seen) > 1
    assert [one.name for one in tmp_path.iterdir()] == ["status.json"]


def test_a_file_that_somebody_reads_on_windows_is_replaced_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target, really = tmp_path / "a", tmp_path / "b", Path.replace
    source.write_text("new", encoding="utf-8")
    target.write_text("old", encoding="utf-8")
    refusals = [PermissionError("in use")] * 3

    def in_use(self: Path, other: Path) -> Path:
        if refusals:
            raise refusals.pop()
        return really(self, other)

    monkeypatch.setattr(Path, "replace", in_use)
    replace(source, target)
    assert target.read_text(encoding="utf-8") == "new"
    refusals.extend([PermissionError("in use")] * 1000)
    source.write_text("newer", encoding="utf-8")
    with pytest.raises(PermissionError):
        replace(source, target, patience=0.1)


def test_a_torn_last_line_is_left_out_and_mended_by_cutting(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 0}\n{"step": 1, "loss": NaN}\n{"step": 2}\n{"step": 3, "lo', encoding="utf-8")
    assert [row["step"] for row in read_lines(path)] == [0, 1, 2]
    cut_lines(path, 2)
    assert [json.loads(line)["step"] for line in path.read_text(encoding="utf-8").splitlines()] == [0, 1]


def folder_of_a_run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    config: dict[str, Any] = {
        "exercise": "x",
        "knobs": {},
        "device": "cpu",
        "created": writer.now(),
        "total_steps": 9,
    }
    write_json(folder / "config.json", config)
    return folder


def test_a_nearly_full_disk_stops_a_run_after_it_has_saved_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LEAST_FREE", 1 << 60)
    monkeypatch.setattr(writer, "HEARTBEAT", 0.05)
    run = RunWriter(folder_of_a_run(tmp_path))
    run.begin()
    run.running("cpu", 1)
    while not run.should_stop():
        pass
    assert not run.proceed(4, lambda: {"weights": [1.0]})
    run.end("stopped")
    assert "Free some space, then resume it" in read_json(run.folder / "status.json")["note"]
    assert checkpoints.load(run.folder)["step"] == 4


def test_a_damaged_checkpoint_is_said_in_words(tmp_path: Path) -> None:
    for name, content in (("checkpoint.pt", b"PK\x03\x04 no"), ("checkpoint.json", b'{"step": ')):
        folder = tmp_path / f"with {name}"
        folder.mkdir()
        (folder / name).write_bytes(content)
        with pytest.raises(RunError, match="is damaged"):
            checkpoints.load(folder)
    with pytest.raises(RunError, match="has no checkpoint"):
        checkpoints.load(tmp_path)


def test_a_checkpoint_from_elsewhere_cannot_run_code(tmp_path: Path) -> None:
    import torch

    class Evil:
        def __reduce__(self) -> tuple[Any, tuple[Path]]:
            return Path.touch, (tmp_path / "it ran",)

    torch.save({"step": 1, "model": Evil()}, tmp_path / "checkpoint.pt")
    with pytest.raises(RunError, match="is damaged"):
        checkpoints.load(tmp_path)
    assert not (tmp_path / "it ran").exists()
