"""A model that says nothing: the page shows that it is waited for, and she can stop."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.app import PATIENCE, running_app, visit
from tests.tutor.scripted_claude import Reply, says, serving


def test_a_silent_model_is_seen_to_be_waited_for_and_can_be_stopped(
    shared_browser: Browser, tmp_path: Path
) -> None:
    with serving() as claude:
        model = {"TUTOR_MODEL": "anthropic:claude-sonnet-5-5", "TUTOR_MODEL_URL": claude.url,
                 "ANTHROPIC_API_KEY": "sk-ant-anything"}  # fmt: skip
        with running_app(tmp_path / "home", model) as address:
            page = shared_browser.new_page()
            page.set_default_timeout(PATIENCE)
            visit(page, f"{address}/chat")
            claude.replies = [Reply(mute=120), says("Here I am.")]
            box = page.get_by_test_id("stChatInputTextArea")
            box.fill("explain attention")
            box.press("Enter")
            said = page.get_by_text(re.compile(r"Waiting for the model's first words · \d+ s"))
            said.wait_for()
            before = said.inner_text()
            expect(said).not_to_have_text(before, timeout=30_000)  # it counts
            page.get_by_role("button", name="Stop").click()
            page.get_by_text("You stopped this answer here.").wait_for(timeout=30_000)
            box.fill("are you there?")
            box.press("Enter")
            expect(page.get_by_text("Here I am.")).to_be_visible(timeout=30_000)
            page.close()
