"""Programs that print as upstream's do, in repositories made here; the real ones where a clone is at hand."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from exercises.runs import launch, writer
from exercises.runs.files import write_json
from exercises.runs.findings import findings
from exercises.runs.store import Run, artifact, log, metrics, read_run, samples
from exercises.runs.writer import RunWriter, now
from exercises.upstream import micrograd, nanogpt, running
from exercises.upstream.repositories import UpstreamError

from .conftest import Make

MAKEMORE = """
import argparse, os, sys, time
parser = argparse.ArgumentParser()
for name in ("-i", "-o", "-n", "--max-steps", "--type", "--device"):
    parser.add_argument(name)
args = parser.parse_args()
print("secrets:", [name for name in os.environ if "API_KEY" in name])
os.makedirs(args.o, exist_ok=True)
for step in range(0, int(args.max_steps), 10):
    print(f"step {step} | loss {3 - step / 1000:.4f} | step time 1.00ms")
    sys.stdout.write(f"step {step} | lo")
    sys.stdout.flush()
    time.sleep(PAUSE)
    print("ss 2.0 of somebody else")
print("step 500 train loss: 2.2131 test loss: 2.1970")
print("-" * 80)
print("1 samples that are new:")
print("émma")
print("-" * 80)
"""


def workspace(tmp_path: Path, make: Make, pause: str = "0") -> Path:
    clones = tmp_path / "clones of mine"
    make(clones / "makemore", {"makemore.py": MAKEMORE.replace("PAUSE", pause), "names.txt": "emma\n"})
    return clones


def ended(run: Run, seconds: float = 60) -> Run:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not (now := read_run(run.folder)).active:
            return now
        time.sleep(0.1)
    raise AssertionError(log(run.folder))


def test_its_lines_become_metrics_in_a_run_folder(
    tmp_path: Path, make_known: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-planted")
    clones = workspace(tmp_path, make_known)
    run = ended(running.start(tmp_path / "home", "makemore", clones, {"type": "mlp", "steps": "101"}, "cpu"))
    assert run.state == "finished", log(run.folder)
    rows = metrics(run.folder)
    assert [row["batch_loss"] for row in rows if "batch_loss" in row][:3] == [3.0, 2.99, 2.98]
    assert [row["val_loss"] for row in rows if "val_loss" in row] == [2.1970]
    assert samples(run.folder) == [(500, "1 samples that are new:\némma")]
    upstream = artifact(run.folder, "upstream")
    assert upstream is not None
    assert upstream["commands"][0].startswith("python -u makemore.py -i names.txt -o ")
    assert "--max-steps 101 --type mlp --device cpu" in upstream["commands"][0]
    assert "secrets: []" in log(run.folder) and "sk-planted" not in log(run.folder)
    assert run.extra["ours"] == "makemore"


def test_stopping_ends_its_whole_process_tree(tmp_path: Path, make_known: Make) -> None:
    clones = workspace(tmp_path, make_known, pause="0.2")
    run = running.start(tmp_path / "home", "makemore", clones, {"steps": "20000"}, "cpu")
    until = time.monotonic() + 30
    while not metrics(run.folder) and time.monotonic() < until:
        time.sleep(0.1)
    mine = [p.pid for p in psutil.process_iter(["cmdline"]) if str(clones) in str(p.info["cmdline"]) or (
        "makemore.py" in str(p.info["cmdline"]) and str(run.folder) in str(p.info["cmdline"]))]  # fmt: skip
    assert mine
    launch.request_stop(run)
    assert ended(run, 15).state == "stopped"
    assert not [pid for pid in mine if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


def test_a_program_that_fails_is_explained(tmp_path: Path, make_known: Make) -> None:
    clones = tmp_path / "clones"
    make_known(clones / "makemore", {"makemore.py": "import tensorbored\n", "names.txt": ""})
    run = ended(running.start(tmp_path / "home", "makemore", clones, {}, "cpu"))
    assert run.state == "failed" and "exit code 1" in run.error
    found = findings(run, metrics(run.folder), log(run.folder))
    assert any("tensorbored" in one.sentence for one in found)


def test_an_empty_download_is_fetched_anew_not_trained_on(tmp_path: Path, make_known: Make) -> None:
    clones = tmp_path / "clones"
    files = {
        "train.py": "print('step 0: train loss 4.2, val loss 4.3')\nprint('iter 0: loss 4.2, time 1.00ms, mfu 0.10%')\n",
        "model.py": "",
        "sample.py": "print('Overriding: x')\nprint('O Romeo')\nprint('-' * 15)\n",
        "data/shakespeare_char/prepare.py": (
            "from pathlib import Path\nhere = Path(__file__).parent\n"
            "print('vocab size:', len(set((here / 'input.txt').read_text(encoding='utf-8'))))\n"
        ),
        "data/shakespeare_char/input.txt": "",
    }
    make_known(clones / "nanoGPT", files)
    home = tmp_path / "home"
    run = ended(running.start(home, "nanogpt-shakespeare", clones, {"steps": 1}, "cpu"))
    text = log(run.folder)
    assert "removed an empty input.txt" in text
    if run.state == "failed":  # no network: the text is asked for, nothing is trained on nothing
        assert "put a text of your own" in run.error
    (clones / "nanoGPT" / nanogpt.DATA / "input.txt").write_text("to be or not", encoding="utf-8")
    run = ended(running.start(home, "nanogpt-shakespeare", clones, {"steps": 1}, "cpu"))
    assert run.state == "finished", log(run.folder)
    assert {"train_loss": 4.2, "val_loss": 4.3}.items() <= metrics(run.folder)[0].items()
    assert samples(run.folder) == [(1, "O Romeo")]


def test_the_flags_fit_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--device=cpu" in nanogpt.flags("cpu") and "--compile=False" in nanogpt.flags("cpu")
    assert nanogpt.flags("cuda") == ()
    monkeypatch.setattr(sys, "platform", "win32")
    assert nanogpt.flags("cuda") == ("--compile=False",)


def test_what_cannot_be_run_says_why(tmp_path: Path) -> None:
    with pytest.raises(UpstreamError, match=r"upstream clone minbpe"):
        running.start(tmp_path, "minbpe", tmp_path / "nothing")
    with pytest.raises(UpstreamError, match="20 years"):
        running.start(tmp_path, "train_gpt2", tmp_path)
    with pytest.raises(UpstreamError, match="nanogpt-shakespeare"):
        running.start(tmp_path, "stylegan", tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not os.environ.get("TUTOR_UPSTREAM"), reason="TUTOR_UPSTREAM names no folder of clones")
@pytest.mark.parametrize(
    ("name", "given"), [("minbpe", {}), ("makemore", {"type": "bigram"}), ("micrograd", {})]
)
def test_the_real_ones(tmp_path: Path, name: str, given: dict[str, str]) -> None:
    run = ended(running.start(tmp_path / "home", name, Path(os.environ["TUTOR_UPSTREAM"]), given, "cpu"), 570)
    assert run.state == "finished", log(run.folder)
    assert len(metrics(run.folder)) > 50


def notebook(*cells: str) -> str:
    """A notebook with these cells of code."""
    code = [
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "id": f"c{number}",
            "source": cell,
        }
        for number, cell in enumerate(cells)
    ]
    python = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": code, "metadata": python, "nbformat": 4, "nbformat_minor": 5})


SILENT = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(300)'])\n"
    "print('step 0 loss 0.9, accuracy 50.0%', flush=True)\n"
    "print('child', child.pid, flush=True)\n"
    "time.sleep(300)  # prints nothing any more"
)


@pytest.fixture
def silent(tmp_path: Path, make_known: Make) -> Path:
    """A workspace whose micrograd notebook prints a line, starts a child, and is silent then."""
    files = {"demo.ipynb": notebook("print('hello')", SILENT), "micrograd/engine.py": ""}
    make_known(tmp_path / "clones" / "micrograd", files)
    return tmp_path / "clones"


def at_work(run: Run, seconds: float = 90) -> int:
    """Wait until the notebook is silent; the process that it started."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := re.search(r"^child (\d+)$", log(run.folder), re.M):
            return int(found[1])
        time.sleep(0.1)
    raise AssertionError(log(run.folder))


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("what", "state"), [("stop", "stopped"), ("pause", "paused")])
def test_a_silent_notebook_obeys_a_request_in_its_folder(
    tmp_path: Path, silent: Path, what: str, state: str
) -> None:
    run = running.start(tmp_path / "home", "micrograd", silent, {}, "cpu")
    child = at_work(run)
    (run.folder / what).touch()  # nobody waits to end it by force
    over = ended(run, 20)
    assert over.state == state, log(run.folder)
    assert "stopped in the middle of the notebook" in log(run.folder)
    assert [row["train_loss"] for row in metrics(run.folder)] == [0.9]
    assert gone(child)
    assert (run.folder / "demo-executed.ipynb").is_file()


def test_a_silent_notebook_ends_when_its_owner_has_gone(tmp_path: Path, silent: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    config = {
        "exercise": "upstream-micrograd", "module": "exercises.upstream.micrograd", "knobs": {"workspace": str(silent)},
        "device": "cpu", "total_steps": 99, "extra": {"owner": [owner.pid, psutil.Process(owner.pid).create_time()]},
    }  # fmt: skip
    run = launch.launch(tmp_path / "home", config)
    child = at_work(run)
    owner.kill()
    owner.wait()
    over = ended(run, 20)
    assert over.state == "stopped" and "has ended" in over.note
    assert gone(child)


def test_a_silent_notebook_ends_when_the_disk_runs_full(
    tmp_path: Path, silent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home" / "runs" / "a-run"
    folder.mkdir(parents=True)
    config = {
        "exercise": "upstream-micrograd",
        "created": now(),
        "device": "cpu",
        "total_steps": 99,
        "knobs": {},
    }
    write_json(folder / "config.json", config)
    run = RunWriter(folder)
    run.begin()

    def fill() -> None:
        while not metrics(folder):
            time.sleep(0.1)
        monkeypatch.setattr(writer, "LEAST_FREE", 2**60)  # no disk has that much: the next heartbeat sees it

    threading.Thread(target=fill, daemon=True).start()
    began = time.monotonic()
    micrograd.train(micrograd.Knobs(workspace=str(silent)), run, "cpu")
    assert time.monotonic() - began < 60
    assert "disk has only" in run.reason and run.request() == "stop"
    run.end("stopped")
