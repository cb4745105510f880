"""axe over every page, light and dark, wide and narrow, with a lived-in record; and a quiz by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from bench.rich_record import Size, fill
from tests.browser.app import PATIENCE, VERDICT, answer_item, drawer, next_item, running_app, settled, visit
from tutor.ui.navigation import TITLES

ADDRESSES = {"home": "", "lesson": "lesson?week=3"}
PAGES = tuple(ADDRESSES.get(name, name) for name in TITLES)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
STREAMLITS_OWN = {  # what Streamlit 1.67 draws by itself and no page of ours can change: rule, element, why it is harmless
    "list": "stSidebarNavItems",  # groups of pages stand as div between ul and li; all are links and are read
    "listitem": "stSidebarNavLink",  # the same
    "presentation-role-conflict": "stFileUploaderDropzone",  # a place to drop a file; the button in it has a name
}


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("lived in")
    fill(home, Size(answers=60, conversations=3, runs=4))
    with running_app(home) as address:
        yield address


def faults(page: Page, where: str) -> list[str]:
    """What axe finds and we could mend."""
    page.wait_for_timeout(400)
    return [
        f"{where}: {rule['id']} ({rule['impact']}): {node['html'][:200]}"
        for rule in Axe().run(page, options=RULES).response["violations"]
        for node in rule["nodes"]
        if STREAMLITS_OWN.get(rule["id"], "nowhere")
        not in page.evaluate(OUTSIDE_AND_INSIDE, node["target"][0])
    ]


OUTSIDE_AND_INSIDE = (
    "target => { const one = document.querySelector(target); return one ? one.outerHTML : ''; }"
)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_any_page(
    shared_browser: Browser, lived_in: str, scheme: str, width: int
) -> None:
    page = window(shared_browser, scheme, width)
    said = []
    for name in PAGES:
        visit(page, f"{lived_in}/{name}")
        said += faults(page, f"/{name}")
    page.close()
    assert not said, "\n".join(said)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_in_the_middle_of_things(
    shared_browser: Browser, lived_in: str, scheme: str, width: int
) -> None:
    page = window(shared_browser, scheme, width)
    said = []
    for name, begin in MIDDLES.items():
        begin(page, lived_in)
        said += faults(page, name)
    page.close()
    assert not said, "\n".join(said)


def window(browser: Browser, scheme: str, width: int) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.set_default_timeout(PATIENCE)
    return page


def a_card(page: Page, address: str) -> None:
    visit(page, f"{address}/lesson?week=3")
    page.locator("a[href='#open-concept/attention']").first.click()
    drawer(page).get_by_role("heading", name="In the code").wait_for()
    settled(page)


def a_question(page: Page, address: str) -> None:
    visit(page, f"{address}/quiz?week=4")
    page.locator(".st-key-quiz-4 button").click()
    page.get_by_text("Question", exact=False).first.wait_for()
    settled(page)
    if page.get_by_text(
        VERDICT
    ).count():  # of an answer that was given in another window: it waits for who goes on
        next_item(page)


def a_verdict(page: Page, address: str) -> None:
    a_question(page, address)
    answer_item(page)


def an_explanation(page: Page, address: str) -> None:
    visit(page, f"{address}/explain?prompt=w3-explain-attention")
    page.get_by_label("Your words").fill("Each token makes a query and a key; softmax gives weights.")
    page.get_by_role("button", name="I have said it").click()
    page.get_by_text("And then:").wait_for()
    settled(page)
    page.get_by_role("button", name="Compare").click()
    page.get_by_text("Point by point.").wait_for()
    settled(page)


def an_interview(page: Page, address: str) -> None:
    visit(page, f"{address}/explain?prompt=w3-interview-window")
    page.get_by_role("button", name="Start the clock").click()
    page.get_by_role("timer").wait_for()
    settled(page)


def a_run(page: Page, address: str) -> None:
    visit(page, f"{address}/lesson?week=3")  # its checklist links the run that it rests on
    page.locator("a[href^='#open-run/']").first.click()
    page.get_by_test_id("stVegaLiteChart").first.wait_for()
    settled(page)


MIDDLES: dict[str, Callable[[Page, str], None]] = {
    "a card": a_card, "a question": a_question, "a verdict": a_verdict, "an explanation": an_explanation,
    "an interview": an_interview, "a run": a_run,
}  # fmt: skip


def focused(page: Page) -> dict[str, str]:
    return dict(
        page.evaluate(
            "() => { const e = document.activeElement; return {tag: e.tagName, type: e.type || '', "
            "role: e.getAttribute('role') || '', said: (e.innerText || e.getAttribute('aria-label') || '').trim(), "
            "in: e.closest('[data-testid=stForm]') ? 'form' : 'page', "
            "key: (e.closest('[class*=st-key-]') || e).className + ''}; }"
        )
    )


def tab_to(page: Page, wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    """Press Tab until the focus is where it should be."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if wanted(now := focused(page)):
            return now
    raise AssertionError("the keyboard does not reach it")


def press_button(page: Page, *names: str) -> None:
    tab_to(page, lambda one: one["tag"] == "BUTTON" and any(name in one["said"] for name in names))
    page.keyboard.press("Enter")
    settled(page)


def give_an_answer(page: Page) -> None:
    """Whatever the question asks for, without a mouse."""
    fields = page.get_by_test_id("stForm").locator("input, textarea")
    fields.first.wait_for(state="attached", timeout=PATIENCE)
    page.wait_for_timeout(150)
    field = tab_to(page, lambda one: one["in"] == "form" and one["tag"] in ("INPUT", "TEXTAREA"))
    if field["type"] in ("radio", "checkbox"):
        page.keyboard.press("Space")
    elif field["tag"] == "TEXTAREA":
        page.keyboard.type("A weighted blend.")
    elif field["role"] == "combobox":
        for _ in range(12):
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.wait_for_timeout(80)
        page.keyboard.press("Escape")
    else:
        page.keyboard.type("8")
    settled(page)
    press_button(page, "Answer")
    page.get_by_text(VERDICT).wait_for(timeout=PATIENCE)
    settled(page)


@pytest.mark.timeout(600)
def test_a_quiz_is_answered_by_keyboard_alone(shared_browser: Browser, lived_in: str) -> None:
    page = window(shared_browser, "light", 1280)
    visit(page, f"{lived_in}/quiz?week=5")
    tab_to(page, lambda one: one["tag"] == "BUTTON" and "st-key-quiz-5" in one["key"])
    page.keyboard.press("Enter")
    page.get_by_text("Question 1 of 10").wait_for(timeout=PATIENCE)
    settled(page)
    for _ in range(10):
        give_an_answer(page)
        press_button(page, "Next question", "See the result")
    page.get_by_role("heading", name="of 10").wait_for(timeout=PATIENCE)
    page.close()
