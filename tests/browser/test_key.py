"""A key that she gives on the page stays where it belongs: with the model's service, and nowhere else."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.app import running_app, settled, visit
from tests.browser.conftest import WINDOW
from tests.tutor.scripted_claude import Claude, Reply, broken, says, serving, start, stop, text

GOOD = "sk-ant-planted-secret-000"
BAD = "bad"
NAME = "anthropic:claude-sonnet-5-5"


def give(page: Page, key: str) -> None:
    page.get_by_label("Claude key").fill(key)
    page.get_by_role("button", name="Try this key").click()
    settled(page)


def test_a_key_is_in_no_page_address_log_or_file(tmp_path: Path, shared_browser: Browser) -> None:
    home = tmp_path / "home of hers"
    seen: list[str] = []
    with (
        serving() as claude,
        running_app(home, {"TUTOR_MODEL": NAME, "TUTOR_MODEL_URL": claude.url}) as address,
    ):
        window = shared_browser.new_page(viewport=WINDOW)
        window.on("console", lambda message: seen.append(message.text))
        window.on("request", lambda request: seen.append(request.url))
        _use(window, address, claude, seen)
        seen.append(str(window.evaluate("() => JSON.stringify([localStorage, sessionStorage])")))
        window.close()
        assert GOOD in claude.keys
    assert not [text[:200] for text in seen if GOOD in text]
    files = [file for file in home.rglob("*") if file.is_file()]
    assert {"app.log", "tutor.db"} <= {file.name for file in files}
    assert not [file for file in files if GOOD.encode() in file.read_bytes()]


def _use(page: Page, address: str, claude: Claude, seen: list[str]) -> None:
    """Settings, an answer, one that is refused with the key in its words, one that breaks off; all pages kept."""
    visit(page, f"{address}/settings")
    give(page, BAD)
    assert page.get_by_text("refused the key").count()
    seen.append(page.content())
    give(page, GOOD)
    page.get_by_role("button", name="Forget the key").wait_for()
    seen.append(page.content())
    claude.replies = [
        says("Attention is a weighted look back."),
        broken(401, "authentication_error", f"invalid x-api-key {GOOD}"),
        Reply([start(), *text("Half an ans"), *stop()], cut=3, garbage=True),
    ]
    page.get_by_role("link", name="Ask", exact=True).click()
    settled(page)
    for question, shown in (
        ("explain attention", "weighted look back"),
        ("explain dropout", "refused the key"),
        ("explain softmax", "Half an ans"),
    ):
        ask_and_see(page, question, shown)
        seen.extend((page.content(), page.url))
    page.reload()
    page.get_by_text("This answer broke off.").wait_for()
    seen.append(page.content())


def ask_and_see(page: Page, question: str, shown: str) -> None:
    page.locator("[data-testid=stChatInputTextArea]").fill(question)
    page.keyboard.press("Enter")
    page.get_by_text(shown).first.wait_for()
    settled(page)
