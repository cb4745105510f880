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
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.app import PATIENCE, browser, chromium, running_app

LONGEST = 180.0  # seconds that an index may take


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
        if time.perf_counter() - began > LONGEST:
            raise SystemExit("no index within three minutes")
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    figures: dict[str, list[float]] = {}
    if chromium() is None:
        raise SystemExit("There is no Chromium or Chrome on this machine. Install one, then try again.")
    with browser() as one:
        for _ in range(runs):
            with tempfile.TemporaryDirectory(prefix="tutor home ", ignore_cleanup_errors=True) as folder:
                home = Path(folder)
                for start in ("first start", "warm start"):
                    began = time.perf_counter()
                    with running_app(home) as address:
                        page = one.new_page()
                        figures.setdefault(f"{start}: page", []).append(
                            usable(page, f"{address}/chat", began)
                        )
                        figures.setdefault(f"{start}: answer", []).append(answered(page))
                        if start == "first start":
                            figures.setdefault(f"{start}: index", []).append(indexed(home, began))
                        page.close()
    print(f"{runs} runs, {os.cpu_count()} cores, seconds: median (least to most)")
    for name, seconds in figures.items():
        print(f"{name:<22} {statistics.median(seconds):6.2f} ({min(seconds):.2f} to {max(seconds):.2f})")


if __name__ == "__main__":
    main()
