"""How long until she can ask, and until she has her answer: the first start beside a warm one.

    python -m bench.first_answer [--runs 3] [--against COMMIT]

Starts the app with an empty home in a real process, as she does (no variable sets the number of threads), drives
headless Chromium, and prints seconds:
page     from the command until the chat input can be typed into
answer   from Enter until "explain attention" is complete, with its buttons
index    from the command until the whole index stands (first start only)
memory   MB that the app holds at the end
Whatever has not come by a deadline is said, and the rest is printed all the same. With --against each run is done
with the code of another commit too, in turns. Clones are indexed too where TUTOR_UPSTREAM names their folder.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, TimeoutError

from bench.machine import machine
from tests.browser.app import PATIENCE, ROOT, browser, chromium, running_app

LONGEST = 180.0  # seconds that an index may take
AS_SHE_STARTS: dict[str, None] = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"))
Figures = dict[str, list[float | None]]


def usable(page: Page, address: str, began: float) -> float | None:
    """Open the chat; seconds from the command until the input is there."""
    page.goto(address)
    return _seconds(began, lambda: page.get_by_test_id("stChatInputTextArea").wait_for(timeout=PATIENCE))


def answered(page: Page) -> float | None:
    """Ask; seconds from Enter until the answer stands with its buttons."""
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("explain attention")
    began = time.perf_counter()
    box.press("Enter")
    return _seconds(began, lambda: page.get_by_role("button", name="Run it").first.wait_for(timeout=PATIENCE))


def indexed(home: Path, began: float) -> float | None:
    """Seconds from the command until the index stands, as another process sees it; None after the deadline."""
    while not (home / "index" / "current").is_file():
        time.sleep(0.1)
        if time.perf_counter() - began > LONGEST:
            return None
    return time.perf_counter() - began


def memory_mb() -> float:
    """MB that the app holds: all processes that this one started and that run Streamlit."""
    apps = [one for one in psutil.Process().children() if "streamlit" in one.cmdline()]
    family = [each for app in apps for each in (app, *app.children(recursive=True))]
    return sum(each.memory_info().rss for each in family) / 2**20


def one_run(one: Browser, project: Path, figures: Figures) -> None:
    """A first start and a warm one, with an empty home."""
    with tempfile.TemporaryDirectory(prefix="tutor home ", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        for start in ("first start", "warm start"):
            began = time.perf_counter()
            with running_app(home, AS_SHE_STARTS, project) as address:
                page = one.new_page()
                figures[f"{start}: page"].append(usable(page, f"{address}/chat", began))
                figures[f"{start}: answer"].append(answered(page))
                if start == "first start":
                    figures[f"{start}: index"].append(indexed(home, began))
                time.sleep(3)  # the model is loaded and what was needed for a moment is let go
                figures[f"{start}: memory"].append(memory_mb())
                page.close()


@contextlib.contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A folder with the code of a commit, for a while."""
    with tempfile.TemporaryDirectory(prefix="tutor commit ", ignore_cleanup_errors=True) as folder:
        place = Path(folder) / "project"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(place), commit], check=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def _seconds(began: float, wait: Callable[[], None]) -> float | None:
    try:
        wait()
    except TimeoutError:
        return None
    return time.perf_counter() - began


def told(seen: list[float | None]) -> str:
    """Median, least and most of what came; how often it did not come."""
    came = [value for value in seen if value is not None]
    late = f"{len(seen) - len(came)} of {len(seen)} not by the deadline" if len(came) < len(seen) else ""
    if not came:
        return late
    return f"{statistics.median(came):7.2f} ({min(came):.2f} to {max(came):.2f}) {late}".rstrip()


def main() -> None:
    """Measure and print."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--against", metavar="COMMIT", help="measure this commit as well")
    options = parser.parse_args()
    if chromium() is None:
        raise SystemExit("There is no Chromium or Chrome on this machine. Install one, then try again.")
    with contextlib.ExitStack() as stack:
        one = stack.enter_context(browser())
        projects = {"this code": ROOT}
        if options.against:
            projects[options.against] = stack.enter_context(checked_out(options.against))
        measured: dict[str, Figures] = {name: defaultdict(list) for name in projects}
        for _ in range(options.runs):
            for name, project in projects.items():
                one_run(one, project, measured[name])
    print(f"{machine()}\n{options.runs} runs; seconds, and MB of memory: median (least to most)")
    for name, figures in measured.items():
        for what, seen in figures.items():
            print(f"{name:<12} {what:<22} {told(seen)}")


if __name__ == "__main__":
    main()
