"""Runs as real child processes: how they wait, stop, die and go on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from exercises import catalog
from exercises.errors import DeviceError, KnobError, RunError, TooLongError
from exercises.runs import checkpoints, launch
from exercises.runs.processes import alive
from exercises.runs.store import Run, artifact, find_run, list_runs, log, metrics, read_run, samples
from tests.exercises.conftest import TINY, until

Count = Callable[..., Run]


def over(run: Run) -> bool:
    return not run.active


def started(run: Run) -> bool:
    return run.step >= 3


def test_a_run_trains_a_real_model_and_leaves_its_folder(home: Path) -> None:
    run = until(launch.start(home, "nanogpt", {**TINY, "steps": 30}, "cpu"), over)
    assert run.state == "finished", log(run.folder)
    rows = metrics(run.folder)
    assert [row["step"] for row in rows] == list(range(31))
    assert rows[-1]["val_loss"] < rows[0]["val_loss"]
    assert {"time", "train_loss", "lr", "grad_norm", "tokens_per_second", "memory_mb"} <= rows[0].keys()
    assert [step for step, _ in samples(run.folder)] == [0, 20, 30]
    assert run.step == run.total_steps == 30 and run.progress == 1.0


def comparable(run: Run) -> list[dict[str, float]]:
    """Rows without what a clock measures."""
    kept = ("step", "train_loss", "val_loss", "lr", "grad_norm", "known_words")
    return [{name: row[name] for name in kept if name in row} for row in metrics(run.folder)]


def test_paused_killed_and_resumed_losses_equal_those_of_an_unbroken_run(home: Path) -> None:
    knobs = {**TINY, "steps": 800, "eval_every": 200, "sample_every": 400}
    whole = until(launch.start(home, "nanogpt", knobs, "cpu"), over)
    broken = launch.start(home, "nanogpt", knobs, "cpu")
    until(broken, started)
    launch.request_pause(broken)
    paused = until(broken, over)
    assert paused.state == "paused" and 0 < paused.step < 800
    until(launch.resume(paused), lambda run: run.step > paused.step + 5)
    pid = read_run(broken.folder).pid
    assert pid is not None
    psutil.Process(pid).kill()
    died = until(broken, over, patience=5)
    assert died.state == "died" and "killed" in died.note
    ended = until(launch.resume(died), over)
    assert ended.state == "finished", log(ended.folder)
    assert comparable(ended) == comparable(whole)
    assert samples(ended.folder) == samples(whole.folder)


def test_a_stopped_run_says_so_and_can_go_on(count: Count) -> None:
    run = count(steps=200, pause=0.02)
    until(run, started)
    launch.request_stop(run)
    stopped = until(run, over)
    assert stopped.state == "stopped" and checkpoints.exists(stopped.folder)
    ended = until(launch.resume(stopped), over)
    assert ended.state == "finished"
    assert metrics(ended.folder)[-1]["total"] == sum(range(200))
    assert [row["step"] for row in metrics(ended.folder)] == list(range(200))


def test_the_patience_of_a_request_does_not_reach_the_run_that_was_resumed(
    count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch.wait_stopped, "__defaults__", (2.0,))
    run = until(count(steps=200, pause=0.03), started)
    launch.request_pause(run)
    launch.resume(until(run, over))
    assert until(run, over).state == "finished"


def test_the_oldest_waiting_run_goes_first_and_never_two_at_once(count: Count, home: Path) -> None:
    runs = [count(steps=15, pause=0.03) for _ in range(4)]
    states = []
    while any(read_run(run.folder).active for run in runs):
        states.append([read_run(run.folder).state for run in runs])
        time.sleep(0.03)
    ended = [read_run(run.folder) for run in runs]
    assert all(run.state == "finished" for run in ended)
    assert max(row.count("running") for row in states) == 1
    begun = [run.started for run in ended]
    assert begun == sorted(begun, key=str)
    assert not list((home / "queue" / "cpu").iterdir())


def test_a_run_in_the_queue_waits_without_torch_and_can_be_called_off(count: Count, home: Path) -> None:
    first = count(steps=500, pause=0.02)
    until(first, started)
    waiting = launch.start(home, "nanogpt", TINY, "cpu")
    pid = until(waiting, lambda run: run.pid is not None).pid
    assert pid is not None
    assert psutil.Process(pid).memory_info().rss < 120 * 2**20  # torch alone takes 200 MB
    launch.request_stop(waiting)
    assert until(waiting, over).state == "stopped"
    assert read_run(first.folder).state == "running"


def test_the_dead_do_not_hold_up_the_queue(count: Count) -> None:
    holder, next_one, last = count(steps=1000, pause=0.02), count(steps=3), count(steps=3)
    until(holder, started)
    for run in (holder, next_one):
        pid = until(run, lambda one: one.pid is not None).pid
        assert pid is not None
        psutil.Process(pid).kill()
    assert until(last, over, patience=20).state == "finished"
    assert read_run(next_one.folder).state == "died"


def test_a_child_that_obeys_nothing_is_ended_with_all_its_processes(count: Count) -> None:
    run = count(deaf=True)
    until(run, lambda one: artifact(one.folder, "child") is not None)
    grandchild = psutil.Process((artifact(run.folder, "child") or {})["pid"])
    (run.folder / "stop").touch()
    ended = launch.wait_stopped(run, grace=1.0)
    assert ended.state == "stopped" and "ended before" in ended.note
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_a_run_outlives_the_app_and_the_next_app_finds_it(count: Count, home: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from exercises.runs import launch\n"
        "launch.CHILD = 'counting_child'\n"
        "config = {'exercise': 'counting', 'device': 'cpu', 'total_steps': 60,"
        " 'knobs': {'steps': 60, 'pause': 0.02}}\n"
        "print(launch.launch(Path(sys.argv[1]), config).folder, flush=True)\n"
        "import time; time.sleep(100)\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{os.environ['PYTHONPATH']}{os.pathsep}{catalog.ROOT}"}
    app = subprocess.Popen(
        [sys.executable, "-c", script, str(home)], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert app.stdout is not None
    run = read_run(Path(app.stdout.readline().strip()))
    app.kill()
    app.wait()
    app.stdout.close()
    ended = until(run, over)
    assert ended.state == "finished" and [one.id for one in list_runs(home)] == [run.id]
    assert ended.pid is not None
    gone = time.monotonic() + 5
    while alive(ended.pid, 0, run.id) and time.monotonic() < gone:
        time.sleep(0.05)
    assert not alive(ended.pid, 0, run.id)


def test_app_and_child_killed_together_leave_a_run_that_can_be_resumed(count: Count) -> None:
    run = until(count(steps=100, pause=0.02), started)
    assert run.pid is not None
    psutil.Process(run.pid).kill()
    (run.folder / "metrics.jsonl").open("a", encoding="utf-8").write('{"step": 9')  # torn in the middle
    died = until(run, over, patience=5)
    assert died.state == "died"
    ended = until(launch.resume(died), over)
    assert [row["step"] for row in metrics(ended.folder)] == list(range(100))


def test_a_run_that_belongs_to_a_program_stops_when_that_is_killed(count: Count) -> None:
    program = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    owner = [program.pid, psutil.Process(program.pid).create_time()]
    run = until(count(steps=2000, pause=0.02, owner=owner), started)
    assert run.active
    program.kill()
    program.wait()
    ended = until(run, over, patience=10)
    assert ended.state == "stopped" and "has ended" in ended.note and ended.resumable


def test_two_processes_cannot_take_the_same_run(count: Count) -> None:
    run = until(count(steps=1000, pause=0.02), started)
    second = subprocess.run(
        [sys.executable, "-m", "exercises.runs.worker", str(run.folder)],
        cwd=catalog.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "another process has this run" in second.stdout
    assert read_run(run.folder).state == "running"
    launch.request_stop(run)
    assert until(run, over).state == "stopped"


def test_a_failing_run_keeps_its_error_in_words(home: Path) -> None:
    run = until(launch.start(home, "nanogpt", {**TINY, "text": "/no/such/file"}, "cpu", anywhere=True), over)
    assert run.state == "failed"
    assert "There is no text and no file '/no/such/file'" in run.error


def test_what_cannot_run_is_refused_before_anything_starts(home: Path) -> None:
    with pytest.raises(KnobError, match=r"n_hed.*Did you mean n_head"):
        launch.start(home, "nanogpt", {"n_hed": 2})
    with pytest.raises(KnobError, match="between 1 and 48"):
        launch.start(home, "nanogpt", {"n_layer": 4000})
    with pytest.raises(TooLongError, match="years"):
        launch.start(home, "nanogpt", dict(catalog.exercise("nanogpt").presets["gpt2-124M"]), "cpu")
    if not __import__("exercises.device").device.cuda_devices():
        with pytest.raises(DeviceError, match="no NVIDIA GPU"):
            launch.start(home, "nanogpt", {}, "cuda")
    assert list_runs(home) == []


def test_a_thousand_finished_runs_list_at_once(home: Path) -> None:
    for i in range(1000):
        folder = home / "runs" / f"20260101-{i:06d}-nanogpt-abc"
        folder.mkdir(parents=True)
        config = {"exercise": "nanogpt", "knobs": {}, "device": "cpu", "created": "2026-01-01T00:00:00+00:00"}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (folder / "status.json").write_text(json.dumps({"state": "finished", "step": i}), encoding="utf-8")
    began = time.process_time()  # others may be at work on this machine
    runs = list_runs(home)
    assert time.process_time() - began < 1.0  # 0.25 s as a rule
    assert len(runs) == 1000 and runs[0].step == 999


def test_a_damaged_folder_is_shown_and_an_id_may_be_shortened(count: Count, home: Path) -> None:
    run = until(count(steps=3), over)
    broken = home / "runs" / "20200101-000000-nanogpt-ffffff"
    broken.mkdir()
    (broken / "config.json").write_text("{", encoding="utf-8")
    os.utime(broken, (1, 1))
    assert [one.state for one in list_runs(home)] == ["finished", "damaged"]
    assert find_run(home, run.id[-6:]).id == run.id
    with pytest.raises(RunError, match="names no run"):
        find_run(home, "nothing")
    launch.delete(home, run)
    assert not run.folder.exists()


def test_a_full_disk_ends_a_run_in_words(count: Count, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "LEAST_FREE", 1 << 60)
    with pytest.raises(RunError, match="are free on the disk"):
        count()


def test_a_run_that_the_disk_does_not_take_leaves_nothing(home: Path, tmp_path: Path) -> None:
    home.mkdir()
    (home / "runs").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(RunError, match="nothing of it was kept"):
        launch.start(home, "micrograd", {"steps": 2})
    assert [one.name for one in home.iterdir() if one.name != "queue"] == ["runs"]
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="Runs cannot be kept"):
        launch.start(tmp_path / "file" / "home", "micrograd", {"steps": 2})
