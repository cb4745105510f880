"""Single pages, and what people do to them: reloads, second tabs, double clicks, odd input."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from exercises.runs.store import list_runs
from tests.browser.app import (
    PATIENCE,
    VERDICT,
    answer_item,
    ask,
    close_drawer,
    drawer,
    next_item,
    open_run_form,
    settled,
    visit,
)
from tutor.settings import load_settings
from tutor.store.database import open_database
from tutor.study.quiz.items import OrderItem
from tutor.study.quiz.sittings import Sittings

PAGES = (
    "",
    "chat",
    "lesson?week=3",
    "map",
    "compare?concept=attention",
    "lab",
    "repositories",
    "quiz",
    "explain",
    "cost",
    "portfolio",
    "settings",
)


@pytest.mark.timeout(300)
def test_every_page_opens_without_an_error_wide_and_narrow(page: Page, address: str) -> None:
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        for name in PAGES:
            visit(page, f"{address}/{name}")
            assert page.get_by_test_id("stException").count() == 0, name
            assert page.get_by_role("heading").count() > 0, name
            sideways = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
            assert sideways <= 1, f"{name} is wider than the window by {sideways} px at {width} px"


def test_a_reload_in_the_middle_of_an_answer_loses_nothing(page: Page, address: str) -> None:
    visit(page, f"{address}/chat")
    box = page.get_by_test_id("stChatInputTextArea")
    box.fill("What is a token?")
    box.press("Enter")
    page.wait_for_url("**/chat?c=*", timeout=PATIENCE)
    page.reload()
    page.locator("[class*=st-key-chips-] button:visible").first.wait_for(timeout=PATIENCE)
    settled(page)
    assert "What is a token?" in page.locator("[class*=st-key-asked-]").inner_text()


def test_a_second_tab_shows_the_same_conversation(page: Page, address: str, shared_browser: Browser) -> None:
    visit(page, f"{address}/chat")
    ask(page, "explain softmax")
    other = shared_browser.new_page()
    visit(other, page.url)
    said = [one.get_by_test_id("stChatMessage").inner_text() for one in (page, other)]
    assert said[0] == said[1]
    other.close()


def test_what_she_types_is_shown_as_she_typed_it(page: Page, address: str) -> None:
    visit(page, f"{address}/chat")
    ask(page, "<script>document.title='taken'</script> explain *attention* $x$ [a](b)")
    shown = page.locator("[class*=st-key-asked-]").inner_text().strip()
    assert shown == "<script>document.title='taken'</script> explain *attention* $x$ [a](b)"
    assert page.title() != "taken"


def test_a_double_click_on_start_starts_one_run(page: Page, address: str, home: Path) -> None:
    visit(page, f"{address}/chat")
    ask(page, "explain attention")
    open_run_form(page, steps=5)
    drawer(page).get_by_text("It rises or breaks").click()
    settled(page)
    before = len(list_runs(home))
    drawer(page).get_by_role("button", name="Start").dblclick()
    page.wait_for_url("**/lab?run=*", timeout=PATIENCE)
    page.get_by_text("finished", exact=True).wait_for(timeout=2 * PATIENCE)
    assert len(list_runs(home)) == before + 1


def test_an_order_that_fills_its_box_is_sent_by_one_click(page: Page, address: str, home: Path) -> None:
    settings = load_settings(home=home)
    sitting = Sittings(open_database(settings), settings.learner).start_concept("attention")
    assert sitting is not None
    visit(page, f"{address}/quiz?sitting={sitting.id}")
    box = page.get_by_test_id("stMultiSelect")
    for _ in itertools.takewhile(lambda item: not isinstance(item, OrderItem), sitting.items):
        answer_item(page)
        next_item(page)
    box.locator("input").click()
    for step in ("Apply softmax", "Set the scores", "Divide by", "Take the dot", "Blend the", "Make a query"):
        page.get_by_role("option", name=step).click()
        box.get_by_text(step).wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Answer", exact=True).click()
    page.get_by_text(VERDICT).wait_for()


def test_a_card_opens_beside_the_lesson_and_leads_to_its_neighbors(page: Page, address: str) -> None:
    visit(page, f"{address}/lesson?week=3")
    page.locator("a[href='#open-concept/attention']").first.click()
    drawer(page).get_by_text("Week 3").wait_for(timeout=PATIENCE)
    settled(page)
    assert drawer(page).locator(".katex").count() > 0, "maths is typeset"
    drawer(page).locator("a[href='#open-concept/softmax']").first.click()
    drawer(page).get_by_role("heading", name="Softmax").wait_for(timeout=PATIENCE)
    close_drawer(page)
    assert page.get_by_role("heading", name="How a token looks back").is_visible()


def test_a_concept_on_the_map_opens_its_card(page: Page, address: str) -> None:
    visit(page, f"{address}/map")
    page.locator("svg a", has_text="Backpropagation").click()
    drawer(page).get_by_role("heading", name="Backpropagation").wait_for(timeout=PATIENCE)


def test_a_conversation_is_renamed_and_deleted(page: Page, address: str) -> None:
    visit(page, f"{address}/chat")
    ask(page, "explain dropout")
    manage(page)
    page.get_by_label("Name").fill("About dropout")
    page.get_by_role("button", name="Rename").click()
    page.get_by_role("button", name="About dropout").wait_for(timeout=PATIENCE)
    settled(page)
    manage(page)
    page.get_by_text("Yes, delete it").locator("visible=true").click()
    settled(page)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="About dropout").wait_for(state="detached", timeout=PATIENCE)
    page.get_by_role("heading", name="What would you like to understand?").wait_for(timeout=PATIENCE)


def manage(page: Page) -> None:
    """Open what can be done with the current conversation."""
    if not page.get_by_text("Yes, delete it").locator("visible=true").count():
        page.locator("[class*=st-key-now-] [data-testid=stPopoverButton]:visible").first.click()
    page.get_by_text("Yes, delete it").locator("visible=true").wait_for()
