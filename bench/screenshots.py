"""The pictures of the README: start the app with a fresh home, use it, and keep a picture of each page.

    python bench/screenshots.py [--dark] [--only chat lab] [--index DIR]

Needs a Chromium or Chrome and the packages of requirements-dev.txt; writes docs/images/*.png.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Page  # noqa: E402

from tests.browser.app import (  # noqa: E402
    PATIENCE,
    answer_item,
    ask,
    browser,
    chromium,
    close_drawer,
    drawer,
    next_item,
    open_run_form,
    running_app,
    settled,
    visit,
)

IMAGES = ROOT / "docs" / "images"
WINDOW = {"width": 1280, "height": 860}


def keep(page: Page, name: str) -> None:
    """Take a picture once everything is drawn."""
    settled(page)
    page.mouse.move(5, 5)
    page.wait_for_timeout(600)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png", flush=True)


def index_is_ready(page: Page, address: str) -> None:
    """Wait for the first index: its progress is gone from the chat page."""
    visit(page, f"{address}/chat")
    page.get_by_text("until then I search by words alone").wait_for(state="detached", timeout=6 * PATIENCE)
    settled(page)


def chat(page: Page, address: str) -> None:
    """An answer from its beginning, then the lines behind a citation."""
    visit(page, f"{address}/chat")
    ask(page, "explain attention")
    page.locator("[class*=st-key-asked-]").scroll_into_view_if_needed()
    keep(page, "chat")
    page.locator("[class*=st-key-chips-] button:visible", has_text="nanogpt/model.py").first.click()
    drawer(page).locator(".source .hit").first.wait_for(timeout=PATIENCE)
    keep(page, "source")
    close_drawer(page)


def lab(page: Page, address: str) -> None:
    """The form with its prediction, a run, and the list."""
    visit(page, f"{address}/chat")
    ask(page, "explain multi-head attention")
    open_run_form(page, steps=120)
    drawer(page).get_by_text("here, between").first.wait_for(timeout=2 * PATIENCE)
    drawer(page).get_by_text("By a quarter to a half").click()
    keep(page, "predict")
    drawer(page).get_by_role("button", name="Start").click()
    page.wait_for_url("**/lab?run=*", timeout=PATIENCE)
    page.get_by_text("finished", exact=True).wait_for(timeout=6 * PATIENCE)
    keep(page, "lab")


def lesson(page: Page, address: str) -> None:
    """A week's page, and a card beside it."""
    visit(page, f"{address}/lesson?week=3")
    page.get_by_role("heading", name="How a token looks back").scroll_into_view_if_needed()
    keep(page, "lesson")
    page.locator("a[href='#open-concept/attention']").first.click()
    drawer(page).get_by_text("Week 3").wait_for(timeout=PATIENCE)
    keep(page, "card")
    close_drawer(page)


def concept_map(page: Page, address: str) -> None:
    """What needs what."""
    visit(page, f"{address}/map")
    page.get_by_test_id("stButtonGroup").get_by_text("Week 3").click()
    page.locator("svg a").first.wait_for(timeout=PATIENCE)
    keep(page, "map")


def quiz(page: Page, address: str) -> None:
    """A question that has been answered, with its reasons."""
    visit(page, f"{address}/quiz?week=3")
    page.locator(".st-key-quiz-3 button").click()
    page.get_by_text("question 1 of 10").wait_for(timeout=PATIENCE)
    settled(page)
    for _ in range(2):
        answer_item(page)
        next_item(page)
    answer_item(page)
    keep(page, "quiz")


def plain(name: str) -> Callable[[Page, str], None]:
    """A page as it opens."""

    def take(page: Page, address: str) -> None:
        visit(page, f"{address}/{name}")
        keep(page, name or "home")

    return take


PICTURES: dict[str, Callable[[Page, str], None]] = {
    "chat": chat,
    "lab": lab,
    "lesson": lesson,
    "map": concept_map,
    "quiz": quiz,
    "cost": plain("cost"),
    "explain": plain("explain"),
    "compare": plain("compare"),
    "repositories": plain("repositories"),
    "documents": plain("documents"),
    "portfolio": plain("portfolio"),
    "settings": plain("settings"),
    "home": plain(""),
}


@contextmanager
def fresh_home(index: Path | None) -> Iterator[Path]:
    """A home of nobody's, with a copy of an index where one is given."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if index is not None:
            shutil.copytree(index, Path(folder) / "index")
        yield Path(folder)


def main() -> None:
    """Take the pictures that were asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dark", action="store_true", help="with the dark theme")
    parser.add_argument("--only", nargs="+", choices=list(PICTURES), help="some of them")
    parser.add_argument("--index", type=Path, help="an index folder to begin with, instead of building one")
    asked = parser.parse_args()
    if chromium() is None:
        sys.exit("There is no Chromium or Chrome on this machine. Install one and try again.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        fresh_home(asked.index) as home,
        running_app(home) as address,
        browser() as window,
    ):
        page = window.new_page(
            viewport=WINDOW, color_scheme="dark" if asked.dark else "light", device_scale_factor=1.5
        )
        page.set_default_timeout(PATIENCE)
        index_is_ready(page, address)
        for name in asked.only or PICTURES:
            PICTURES[name](page, address)


if __name__ == "__main__":
    main()
