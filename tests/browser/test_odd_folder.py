"""The app where its folder and its home have a name that addresses, shells and Markdown take for signs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from exercises import shell
from tests.browser.app import (
    PATIENCE,
    ROOT,
    ask,
    close_drawer,
    drawer,
    open_run_form,
    running_app,
    settled,
    visit,
)
from tutor.quoting import JOINER, as_part, in_editor

NAME = "Müller & Söhne #1 (100%) it's"
PICTURE = "![i](http://elsewhere.example/i.png) :material/home: http://elsewhere.example/x"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("around") / NAME


@pytest.fixture(scope="module")
def odd(shared_browser: Browser, folder: Path) -> Iterator[str]:
    project = folder / "the tutor"
    left_out = shutil.ignore_patterns(
        ".git", ".venv*", ".*cache", ".hypothesis", "__pycache__", "tests", "docs", "bench"
    )
    shutil.copytree(ROOT, project, ignore=left_out)
    clones = {"TUTOR_UPSTREAM": str(folder / "home" / "upstream")}
    with running_app(folder / "home", clones, project=project) as address:
        yield address
    assert [one.name for one in folder.parent.iterdir()] == [NAME], "something was written beside the folder"
    assert sorted(one.name for one in folder.iterdir()) == ["home", "the tutor"]
    assert (folder / "home" / "tutor.db").is_file()


@pytest.mark.timeout(600)
def test_an_answer_its_source_and_a_run(page: Page, odd: str, folder: Path) -> None:
    visit(page, f"{odd}/chat")
    ask(page, "explain attention")
    page.locator("[class*=st-key-chips-] button:visible", has_text="nanogpt/model.py").first.click()
    drawer(page).locator(".source .hit").first.wait_for(timeout=PATIENCE)
    link = drawer(page).get_by_role("link", name="Open in VS Code").get_attribute("href") or ""
    place, _, line = link.rpartition(":")
    assert place == in_editor(folder / "the tutor" / "exercises" / "nanogpt" / "model.py") and line.isdigit()
    close_drawer(page)
    page.locator("a[href^='#open-cite']:visible").first.click()
    drawer(page).locator(".source .hit").first.wait_for(timeout=PATIENCE)
    close_drawer(page)
    open_run_form(page, steps=20)
    drawer(page).get_by_text("It falls by less than a quarter").click()
    settled(page)
    drawer(page).get_by_role("button", name="Start").click()
    page.wait_for_url("**/lab?run=*", timeout=PATIENCE)
    page.get_by_text("finished", exact=True).wait_for(timeout=2 * PATIENCE)
    assert len(list((folder / "home" / "runs").iterdir())) == 1


def test_what_is_typed_and_where_files_lie(page: Page, odd: str, folder: Path) -> None:
    visit(page, f"{odd}/repositories")
    page.get_by_text("What you would type").nth(1).click()
    typed = page.get_by_test_id("stCode").filter(has_text="makemore").first
    expect(typed).to_contain_text(shell.enter(folder / "home" / "upstream" / "makemore"))
    assert page.get_by_text(str(folder / "home" / "upstream"), exact=True).count() >= 1
    visit(page, f"{odd}/compare?concept=attention")
    link = page.get_by_role("link", name="in VS Code").first
    assert (link.get_attribute("href") or "").startswith(in_editor(folder / "the tutor"))


def test_a_document_is_kept_and_asked_about(page: Page, odd: str, folder: Path) -> None:
    visit(page, f"{odd}/documents")
    text = b"The gauge at the pier of Zandvoort is read every ten minutes. ![i](http://elsewhere.example/i.png)\n"
    page.locator("input[type=file]").set_input_files(
        {"name": "notes [1](x) :smile: #2.txt", "mimeType": "text/plain", "buffer": text}
    )
    page.get_by_text("notes [1]").first.wait_for(timeout=PATIENCE)
    assert page.get_by_text(str(folder / "home" / "documents"), exact=True).is_visible()
    assert page.get_by_test_id("stException").count() == 0
    visit(page, f"{odd}/chat")
    ask(page, "In my documents: how often is the gauge at the pier of Zandvoort read?")
    page.get_by_text("every ten minutes").first.wait_for(timeout=PATIENCE)
    assert page.locator("img[src*='elsewhere.example']").count() == 0


def test_an_address_that_names_a_picture_fetches_none(page: Page, odd: str) -> None:
    outside: list[str] = []

    def note(request: Request) -> None:
        if "elsewhere.example" in request.url.partition("?")[0]:
            outside.append(request.url)

    page.on("request", note)
    for where in (
        "lab?run=",
        "lab?experiment=",
        "chat?c=",
        "quiz?sitting=",
        "lesson?concept=",
        "compare?concept=",
    ):
        visit(page, f"{odd}/{where}{as_part(PICTURE)}")
        assert page.locator("a[href*='elsewhere.example'], img[src*='elsewhere.example']").count() == 0, where
        assert page.get_by_test_id("stException").count() == 0, where
    assert outside == []
    visit(page, f"{odd}/lab?run={as_part(PICTURE)}")
    said = page.get_by_test_id("stAlert").inner_text().replace(JOINER, "")
    assert PICTURE[:60] in said, "what was asked for is shown as it was, its beginning where it is long"
