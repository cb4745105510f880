"""How long until she can ask, and until she has her answer: the first start beside a warm one.

    python -m bench.first_answer [--runs 3]

Starts the app with an empty home in a real process, drives headless Chromium, and prints seconds:
page     from the command until the chat input can be typed into
answer   from Enter until "explain attention" is complete, with its buttons
index    from the command until the whole index stands (first start only)
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from bench.chromium import FLAGS, find_chromium

ROOT = Path(__file__).parent.parent
PATIENCE = 180_000  # milliseconds


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def app(home: Path) -> Iterator[tuple[str, float]]:
    """The app as the README starts it; gives the chat's address and the moment of the command."""
    port = free_port()
    began = time.perf_counter()
    options = ["--server.headless=true", f"--server.port={port}"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "TUTOR_HOME": str(home)}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/chat", began
    finally:
        process.kill()
        process.wait()


def usable(page: Page, address: str, began: float) -> float:
    """Open the chat; seconds from the command until the input is there."""
    page.goto(address)
    page.get_by_test_id("stChatInputTextArea").wait_for(timeout=PATIENCE)
    return time.perf_counter() - began


def answered(page: Page) -> float:
    """Ask; seconds from Enter until the answer stands with its buttons."""
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("explain attention")
    began = time.perf_counter()
    box.press("Enter")
    page.get_by_role("button", name="Run it").first.wait_for(timeout=PATIENCE)
    return time.perf_counter() - began


def indexed(home: Path, began: float) -> float:
    """Seconds from the command until the index stands, as another process sees it."""
    while not list((home / "index").glob("pointer*")) and not list((home / "index").glob("current*")):
        time.sleep(0.2)
        if time.perf_counter() - began > PATIENCE / 1000:
            raise SystemExit("no index within three minutes")
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    figures: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(FLAGS))
        for _ in range(runs):
            with tempfile.TemporaryDirectory(prefix="tutor home ", ignore_cleanup_errors=True) as folder:
                home = Path(folder)
                for start in ("first start", "warm start"):
                    with app(home) as (address, began):
                        page = browser.new_page()
                        figures.setdefault(f"{start}: page", []).append(usable(page, address, began))
                        figures.setdefault(f"{start}: answer", []).append(answered(page))
                        if start == "first start":
                            figures.setdefault(f"{start}: index", []).append(indexed(home, began))
                        page.close()
        browser.close()
    print(f"{runs} runs, {os.cpu_count()} cores, seconds: median (least to most)")
    for name, seconds in figures.items():
        print(f"{name:<22} {statistics.median(seconds):6.2f} ({min(seconds):.2f} to {max(seconds):.2f})")


if __name__ == "__main__":
    main()
