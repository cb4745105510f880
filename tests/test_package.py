"""The tutor as a package: a wheel of a clean copy, installed elsewhere, used from yet another folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.app import ROOT, running_app
from tests.tutor.test_serving import asked

pytestmark = pytest.mark.slow
ROOMS = ("tutor", "knowledge", "exercises")
PATIENCE = 500  # seconds: a first index is built, on machines that are busy


@dataclass(frozen=True)
class Installed:
    """An environment that holds the package, the folder where commands are typed, and the home they use."""

    environment: Path
    elsewhere: Path
    home: Path

    @property
    def programs(self) -> Path:
        return self.environment / ("Scripts" if os.name == "nt" else "bin")

    @property
    def command(self) -> str:
        found = shutil.which("zero-to-hero", path=str(self.programs))
        assert found, list(self.programs.iterdir())
        return found

    @property
    def variables(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("TUTOR_", "PYTHON"))
        }
        return kept | {"TUTOR_HOME": str(self.home), "TUTOR_MODEL": "builtin", "OMP_NUM_THREADS": "1"}

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.command, *arguments], cwd=self.elsewhere, env=self.variables, timeout=PATIENCE,
            capture_output=True, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout


def tracked() -> list[str]:
    """The files that the project consists of."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("what the project consists of is known where it is a clone, and git is there")
    said = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
    return [name for name in said.split("\0") if name and (ROOT / name).is_file()]


def pip(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", errors="replace", check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    for name in tracked():
        place = folder / "clean copy" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place)
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, folder / "clean copy")
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    around = tmp_path_factory.mktemp("around") / "a new place"
    environment = around / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    pip("--python", environment, "install", "--no-deps", "--no-index", wheel)
    scheme = {"base": str(environment), "platbase": str(environment)}
    packages = Path(sysconfig.get_path("purelib", "venv", scheme))
    # the dependencies are this environment's: installing them again would take minutes and gigabytes
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    elsewhere = around / "elsewhere"
    elsewhere.mkdir()
    # files of hers that are called like ours must not be taken for ours
    for name in ("tutor.py", "app.py"):
        (elsewhere / name).write_text("raise SystemExit('this is hers')\n", encoding="utf-8")
    return Installed(environment, elsewhere, around / "home")


def test_all_that_the_rooms_hold_is_in_the_wheel(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    ours = {name for name in tracked() if name.startswith(tuple(f"{room}/" for room in ROOMS))}
    assert len(ours) > 400
    assert ours - held == set()
    assert {name.partition("/")[0] for name in held if ".d" not in name.partition("/")[0]} == set(ROOMS)


def test_the_command_says_where_everything_is(installed: Installed) -> None:
    places = json.loads(installed.run("where", "--json"))
    assert places["home"] == str(installed.home)
    assert Path(places["project"]).is_relative_to(installed.environment.resolve())


def test_the_doctor_knows_the_pinned_packages_from_the_package(installed: Installed) -> None:
    [line] = [line for line in installed.run("doctor").splitlines() if "Packages" in line]
    assert "requirements.txt" not in line and ("as pinned" in line or "other versions" in line)


@pytest.mark.timeout(900)
def test_the_page_is_served_and_questions_are_answered_from_the_installed_files(installed: Installed) -> None:
    """In this order: the app takes the index that the question has had built."""
    answer = json.loads(installed.run("ask", "explain attention", "--json"))
    project = Path(json.loads(installed.run("where", "--json"))["project"])
    paths = {each["path"] for each in answer["citations"]}
    assert {"exercises/nanogpt/model.py", "knowledge/lessons/concepts/attention.md"} <= paths
    for each in answer["citations"]:
        lines = (project / each["path"]).read_bytes().decode("utf-8").split("\n")
        text = "\n".join(lines[each["start"] - 1 : each["end"]])
        assert text == each["text"]
        assert hashlib.sha256(text.encode("utf-8")).hexdigest() == each["sha256"]
    with running_app(
        installed.home, installed.variables, project=installed.elsewhere, command=[installed.command]
    ) as address:
        port = int(address.rpartition(":")[2])
        assert asked(port, "127.0.0.1")[0] == 200
        assert asked(port, "evil.example")[0] == 400, "Streamlit's settings travel with the package"
