"""The main job, start to end, in a real browser: ask, open a citation, run, watch, quiz, reload."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Browser, Locator, Page, Route

from tests.browser.app import (
    PATIENCE,
    ROOT,
    VERDICT,
    answer_item,
    ask,
    close_drawer,
    drawer,
    next_item,
    open_run_form,
    running_app,
    settled,
    visit,
)

# loaded by every Python of the app and of its runs: what is not this machine cannot be reached
FIREWALL = """
import ipaddress, os, socket

real_connect, real_lookup = socket.socket.connect, socket.getaddrinfo

def note(what):
    with open(os.environ["FIREWALL_LOG"], "a", encoding="utf-8") as log:
        log.write(f"{what}\\n")
    raise OSError(f"the network is blocked: {what}")

def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
        note(address[0])
    return real_connect(self, address)

def lookup(host, *rest, **more):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        note(name)
    return real_lookup(host, *rest, **more)

socket.socket.connect, socket.getaddrinfo = connect, lookup
"""


@pytest.mark.timeout(600)
def test_a_newcomer_asks_reads_the_code_runs_it_and_takes_the_quiz(page: Page, address: str) -> None:
    walk_the_thread(page, address)


@pytest.mark.timeout(600)
def test_the_same_with_no_network_but_this_machine(shared_browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "wall").mkdir()
    (tmp_path / "wall" / "sitecustomize.py").write_text(FIREWALL, encoding="utf-8")
    log = tmp_path / "asked.txt"
    log.touch()
    page, outside = shared_browser.new_page(), []

    def only_here(route: Route) -> None:
        if urlparse(route.request.url).hostname in ("127.0.0.1", "localhost"):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    page.route("**/*", only_here)
    wall = {"PYTHONPATH": str(tmp_path / "wall"), "FIREWALL_LOG": str(log)}
    with running_app(tmp_path / "home", wall) as address:
        walk_the_thread(page, address)
    page.close()
    assert outside == [], "the page asked for something from elsewhere"
    assert log.read_text(encoding="utf-8") == "", "the app asked for something from elsewhere"


def walk_the_thread(page: Page, address: str) -> None:
    visit(page, address)
    page.get_by_role("button", name="Continue").wait_for(timeout=PATIENCE)
    visit(page, f"{address}/chat")
    ask(page, "explain attention")
    conversation = page.url
    assert "query" in page.get_by_test_id("stChatMessage").inner_text()
    read_a_citation(page)
    run = run_it(page)
    take_the_quiz(page, address)

    visit(page, conversation)
    page.reload()
    settled(page)
    assert "query" in page.get_by_test_id("stChatMessage").inner_text()
    assert page.get_by_role("button", name="explain attention").count() >= 1
    visit(page, run)
    page.get_by_text("You said:").wait_for(timeout=PATIENCE)
    page.get_by_text("finished", exact=True).wait_for(timeout=PATIENCE)
    visit(page, f"{address}/quiz")
    page.get_by_text("last time").wait_for(timeout=PATIENCE)


def read_a_citation(page: Page) -> None:
    """The lines that open are those of the file on disk, under its own line numbers."""
    chip = page.locator("[class*=st-key-chips-] button:visible", has_text="nanogpt/model.py").first
    where = chip.inner_text().split()[-1]
    start, end = (int(number) for number in where.split("–"))
    inline = page.locator(f"a[href$='/{chip.inner_text().split()[0]}'][href^='#open-cite']").first
    inline.click()
    marked = drawer(page).locator(".source .hit")
    marked.first.wait_for(timeout=PATIENCE)
    on_disk = (ROOT / "exercises/nanogpt/model.py").read_text(encoding="utf-8").split("\n")[start - 1 : end]
    numbers = [int(text) for text in marked.locator(".no").all_inner_texts()]
    assert numbers == list(range(start, end + 1))
    shown = [text.rstrip() for text in marked.locator(".src").all_text_contents()]
    assert shown == [line.rstrip() for line in on_disk]
    close_drawer(page)


def run_it(page: Page) -> str:
    """A hundred steps, with a prediction first; the curve moves. Returns the run's address."""
    open_run_form(page, steps=100)
    start = drawer(page).get_by_role("button", name="Start")
    assert start.is_disabled(), "a run must wait for a prediction"
    drawer(page).get_by_text("It falls by less than a quarter").click()
    settled(page)
    start.click()
    page.wait_for_url("**/lab?run=*", timeout=PATIENCE)
    chart = page.get_by_test_id("stVegaLiteChart").first
    chart.wait_for(timeout=PATIENCE)
    early = lines_of(chart)
    page.get_by_text("finished", exact=True).wait_for(timeout=2 * PATIENCE)
    settled(page)
    chart.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(500)
    assert lines_of(chart) != early, "the curve did not move"
    page.get_by_text("The loss fell").first.wait_for(timeout=PATIENCE)
    return page.url


def lines_of(chart: Locator) -> list[str]:
    """The curves as they are drawn at this moment; a picture would wait until they no longer move."""
    paths = chart.locator("svg .mark-line path")
    drawn: list[str] = paths.evaluate_all("all => all.map(one => one.getAttribute('d'))")
    return drawn


def take_the_quiz(page: Page, address: str) -> None:
    visit(page, f"{address}/quiz?week=3")
    page.locator(".st-key-quiz-3 button").click()
    page.get_by_text("Question 1 of 10").wait_for(timeout=PATIENCE)
    settled(page)
    answer_item(page)
    page.reload()  # in the middle: what was answered is kept, and its verdict waits until she goes on
    settled(page)
    page.get_by_text(VERDICT).wait_for(timeout=PATIENCE)
    next_item(page)
    page.get_by_text("Question 2 of 10").wait_for(timeout=PATIENCE)
    settled(page)
    for _ in range(9):
        answer_item(page)
        next_item(page)
    page.get_by_role("heading", name="of 10").wait_for(timeout=PATIENCE)
