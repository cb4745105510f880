"""The real app in a process of its own, and a Chromium to look at it: for the tests and the pictures."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Locator, Page, TimeoutError, sync_playwright

ROOT = Path(__file__).parents[2]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
COMMAND = (sys.executable, "-m", "streamlit", "run", "app.py")
PATIENCE = 90_000.0  # milliseconds: machines that test are busy
VERDICT = re.compile(r"^(Right|Not this time)\.")  # how the verdict on an answer begins


def chromium() -> str | None:
    """The Chromium or Chrome of this machine."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running_app(
    home: Path,
    extra: Mapping[str, str | None] | None = None,
    flags: Sequence[str] = (),
    *,
    project: Path = ROOT,
    host: str = "127.0.0.1",
    command: Sequence[str] = COMMAND,
) -> Iterator[str]:
    """Start the app with its own home; yields its address, and ends the whole process tree.

    Of `extra` what is None is taken out of the environment; `project` is the folder in which `command` is typed;
    `host` the name that it answers to.
    """
    port = free_port()
    wanted = {**os.environ, "TUTOR_HOME": str(home), "OMP_NUM_THREADS": "1", **(extra or {})}
    environment = {name: value for name, value in wanted.items() if value is not None}
    environment |= {"STREAMLIT_SERVER_HEADLESS": "true", "STREAMLIT_SERVER_PORT": str(port)}
    home.mkdir(parents=True, exist_ok=True)
    with (home / "app.log").open("w", encoding="utf-8") as log:
        app = subprocess.Popen(
            [*command, *flags], cwd=project, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_up(app, address, host, home / "app.log")
            yield address
        finally:
            family = [*psutil.Process(app.pid).children(recursive=True), psutil.Process(app.pid)]
            for process in family:
                process.kill()
            psutil.wait_procs(family, timeout=10)


def _wait_until_up(app: subprocess.Popen[bytes], address: str, host: str, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert app.poll() is None, log.read_text(encoding="utf-8")
        try:
            asked = urllib.request.Request(f"{address}/_stcore/health", headers={"Host": host})
            with urllib.request.urlopen(asked, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the app is not up after 60 s: {log.read_text(encoding='utf-8')}")


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium; its windows wait as long as a busy machine needs."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield one
        one.close()


def settled(page: Page) -> None:
    """Wait until the script has run to its end and the page has drawn it."""
    page.wait_for_timeout(250)
    page.wait_for_selector(".stApp[data-test-script-state=notRunning]", timeout=PATIENCE)
    page.wait_for_function("() => !document.querySelector('[data-testid=stSkeleton]')", timeout=PATIENCE)
    page.wait_for_timeout(150)


def visit(page: Page, address: str) -> None:
    page.goto(address, timeout=PATIENCE)
    page.wait_for_selector("[data-testid=stSidebarNav]", state="attached", timeout=PATIENCE)
    settled(page)


def ask(page: Page, question: str) -> None:
    """Type a question and wait until its answer is whole."""
    before = page.locator("[class*=st-key-chips-]").count()
    box = page.locator("[data-testid=stChatInputTextArea]")
    box.fill(question)
    box.press("Enter")
    page.wait_for_function(
        "n => document.querySelectorAll('[class*=st-key-chips-]').length > n", arg=before, timeout=PATIENCE
    )
    settled(page)


def drawer(page: Page) -> Locator:
    """What lies open beside the page."""
    return page.get_by_role("dialog")


def close_drawer(page: Page) -> None:
    page.keyboard.press("Escape")
    drawer(page).wait_for(state="detached", timeout=PATIENCE)
    settled(page)


def open_run_form(page: Page, steps: int) -> None:
    page.get_by_role("button", name="Run it").first.click()
    drawer(page).get_by_role("spinbutton", name="Updates of the weights").fill(str(steps))
    page.keyboard.press("Tab")
    settled(page)


def answer_item(page: Page) -> None:
    """Give some answer to the quiz item on the page, of whatever kind it is."""
    form = page.get_by_test_id("stForm")
    form.locator("input, textarea, [data-testid=stMultiSelect]").first.wait_for(
        state="attached", timeout=PATIENCE
    )
    verdict = page.get_by_text(VERDICT)
    # more than once: on a busy machine a click may meet a form that goes
    for patience in (PATIENCE / 3, PATIENCE / 3, PATIENCE):
        settled(page)
        page.wait_for_timeout(150)
        _give(page, form)
        form.get_by_role("button", name="Answer", exact=True).click()
        with contextlib.suppress(TimeoutError):
            verdict.wait_for(timeout=patience)
            break
    assert verdict.is_visible(), page.locator("body").inner_text()
    settled(page)


def _give(page: Page, form: Locator) -> None:
    if form.get_by_test_id("stRadio").count():
        form.locator("[data-testid=stRadio] label").nth(1).click()
    elif form.get_by_placeholder("a number").count():
        form.get_by_placeholder("a number").fill("8")
    elif form.get_by_test_id("stMultiSelect").count():
        _choose_all(page, form.get_by_test_id("stMultiSelect"))
    elif form.locator("textarea").count():
        form.locator("textarea").fill("A weighted blend of what the tokens carry.")
    else:
        form.get_by_role("checkbox").first.check(force=True)  # the label lies over it


def _choose_all(page: Page, box: Locator) -> None:
    box.locator("input").click()
    page.get_by_role("option").first.wait_for(timeout=PATIENCE)
    while page.get_by_role("option").count() and page.get_by_text("No results").count() == 0:
        left = page.get_by_role("option").count()
        page.get_by_role("option").first.click()
        page.wait_for_timeout(250)
        if page.get_by_role("option").count() >= left:
            break
    page.keyboard.press("Escape")


def next_item(page: Page) -> None:
    onward = page.get_by_role("button", name="Next question").or_(
        page.get_by_role("button", name="See the result")
    )
    onward.click()
    onward.wait_for(state="detached", timeout=PATIENCE)  # a busy app shows the old question for a while
    settled(page)
