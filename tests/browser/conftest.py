"""One app and one browser for all tests here; each test has a window of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.app import PATIENCE, browser, chromium, running_app

WINDOW = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def shared_browser() -> Iterator[Browser]:
    if chromium() is None:
        message = "there is no Chromium or Chrome on this machine"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with browser() as one:
        yield one


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="package")
def address(shared_browser: Browser, home: Path) -> Iterator[str]:
    with running_app(home) as address:
        yield address


@pytest.fixture
def page(shared_browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    window = shared_browser.new_page(viewport=WINDOW)
    window.set_default_timeout(PATIENCE)
    failures = request.session.testsfailed
    yield window
    if request.session.testsfailed > failures:
        print(f"The page at {window.url} said:\n{window.locator('body').inner_text()}")
    window.close()
