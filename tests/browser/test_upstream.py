"""Karpathy's code on the page: side by side with ours, and any repository cloned, then asked about."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.app import PATIENCE, ask, drawer, settled, visit

HERE = not os.environ.get("TUTOR_UPSTREAM")  # else clones would go where real ones lie


def test_an_idea_stands_side_by_side_and_a_missing_clone_is_offered(page: Page, address: str) -> None:
    visit(page, f"{address}/compare?concept=attention")
    page.get_by_role("heading", name="Attention", exact=True).wait_for(timeout=PATIENCE)
    assert "self.query_key_value(x).split" in page.locator(".source .hit").first.inner_text()
    page.get_by_text("Spelled out or in one kernel").click()
    page.locator(".source .hit", has_text="math.sqrt").first.wait_for(timeout=PATIENCE)
    settled(page)
    assert not any(".split(C" in line for line in page.locator(".source .hit").all_inner_texts())
    folded = page.locator(".source details").first
    folded.locator("summary").click()
    assert folded.locator(".line").first.is_visible()
    if HERE:
        assert page.get_by_role("button", name="Clone nanoGPT").is_visible()


@pytest.mark.skipif(not HERE, reason="TUTOR_UPSTREAM is set")
@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_any_repository_is_cloned_and_asked_about(page: Page, address: str, tmp_path: Path) -> None:
    source = tmp_path / "tidebook"
    source.mkdir()
    code = 'def read_gauge(path):\n    """Reads the gauge at the pier, one height a line."""\n    return open(path)\n'
    (source / "tides.py").write_text(code, encoding="utf-8")
    for arguments in (
        ("init", "--quiet"),
        ("add", "."),
        ("-c", "user.name=T", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "x"),
    ):
        subprocess.run(["git", *arguments], cwd=source, check=True, capture_output=True)
    visit(page, f"{address}/repositories")
    page.get_by_text("Another repository, a mirror, another folder").click()
    page.get_by_label("Any git address").fill(source.as_uri())
    page.get_by_role("button", name="Clone it").click()
    page.get_by_role("button", name="What is in tidebook?").wait_for(timeout=PATIENCE)
    visit(page, f"{address}/chat")
    ask(page, "what does read_gauge do")
    page.locator("a[href^='#open-cite']:visible").first.click()
    drawer(page).get_by_text("tidebook/tides.py").wait_for(timeout=PATIENCE)
    assert "def read_gauge(path):" in drawer(page).locator(".hit").first.inner_text()
    assert "Commit" in drawer(page).inner_text()
