"""A line that breaks or falls silent, for real: the partial answer stays, and nothing is done twice."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tutor.asking import KEY, NAME
from tests.tutor.scripted_claude import Claude, Reply, calls, says, start, stop, text
from tutor.chat.conversations import Conversations
from tutor.chat.llm.agent import AgentDeps, AgentTutor
from tutor.chat.llm.client import RETRIES, SILENCE, open_model
from tutor.chat.llm.selection import WithFallback
from tutor.chat.rules.tutor import BuiltinTutor
from tutor.chat.service import ChatService
from tutor.settings import Settings


def torn(place: int) -> Reply:
    """Half an answer, the connection reset in the middle of the event at `place`; -1: before any byte."""
    return Reply([start(), *text("Half an ans", "wer"), *stop()], cut=place, torn=True)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "written by a tool"


@pytest.fixture
def service(
    here: Settings, deps: AgentDeps, tutor: BuiltinTutor, conversations: Conversations, written: Path
) -> ChatService:
    """A chat whose agent has a tool that leaves a line in a file each time it is called."""

    def progress() -> str:
        with written.open("a", encoding="utf-8") as file:
            file.write("called\n")
        return "shaky: softmax"

    agent = AgentTutor(open_model(NAME, here, KEY), NAME, replace(deps, progress=progress))
    return ChatService(conversations, WithFallback(lambda: agent, tutor, lambda: None))


def test_a_line_cut_in_the_middle_of_an_event_keeps_what_was_said(
    service: ChatService, conversations: Conversations, claude: Claude
) -> None:
    claude.replies = [torn(3)]
    chat = conversations.create()
    stream = service.ask(chat.id, "?")
    stream.wait(30)
    stored = conversations.messages(chat.id)[1]
    assert (stored.state, stored.text) == ("failed", "Half an ans")
    assert stream.error and stored.answer is not None and stored.answer.notice == stream.error
    assert len(claude.requests) == 1


def test_a_line_cut_before_the_first_byte_is_tried_again(
    service: ChatService, conversations: Conversations, claude: Claude
) -> None:
    claude.replies = [torn(-1), says("Here I am.")]
    answer = service.ask(conversations.create().id, "?").wait(30)
    assert answer is not None and answer.text == "Here I am." and answer.model == NAME
    assert len(claude.requests) == 2


def test_a_line_that_stays_cut_leaves_the_built_in_tutor(
    service: ChatService, conversations: Conversations, claude: Claude
) -> None:
    claude.replies = [torn(-1)] * (RETRIES + 1)
    answer = service.ask(conversations.create().id, "explain attention").wait(30)
    assert answer is not None and "cannot be reached" in answer.notice and answer.concept == "attention"
    assert len(claude.requests) == RETRIES + 1


def test_a_tool_that_has_written_is_not_called_again_when_the_line_is_cut(
    service: ChatService, conversations: Conversations, claude: Claude, written: Path
) -> None:
    claude.replies = [calls(("my_progress", {})), torn(-1), says("Softmax is shaky.")]
    answer = service.ask(conversations.create().id, "how do I do?").wait(30)
    assert answer is not None and answer.text == "Softmax is shaky."
    assert written.read_text(encoding="utf-8") == "called\n"
    assert claude.requests[1] == claude.requests[2]  # the same request again, with the tool's result in it


@pytest.mark.parametrize("replies", [[torn(3)], [torn(-1)] * (RETRIES + 1)], ids=["middle", "before"])
def test_nor_when_the_line_stays_cut_after_it(
    service: ChatService, conversations: Conversations, claude: Claude, written: Path, replies: list[Reply]
) -> None:
    claude.replies = [calls(("my_progress", {}), before="Let me look."), *replies]
    chat = conversations.create()
    service.ask(chat.id, "how do I do?").wait(30)
    stored = conversations.messages(chat.id)[1]
    assert stored.state == "failed" and stored.text.startswith("Let me look.")
    claude.replies = [says("You do well.")]
    again = service.ask(chat.id, "go on").wait(30)
    assert again is not None and again.text == "You do well."
    assert written.read_text(encoding="utf-8") == "called\n"


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_a_full_minute_of_silence_ends_by_itself_and_nobody_has_to_wait_for_it(
    service: ChatService, conversations: Conversations, claude: Claude
) -> None:
    """Silences of the length that the product allows, side by side: it takes a little more than a minute."""
    assert SILENCE == 60
    silences = {
        "before a byte": Reply(mute=SILENCE + 30),
        "before a word": Reply([start(), *text("late")], delay=SILENCE + 30),
        "in the middle": Reply([start(), *text("Hm", " well")], cut=3, hush=SILENCE + 30),
        "not waited for": Reply([start(), *text("Hm", " well")], cut=3, hush=SILENCE + 30),
    }
    begun = time.monotonic()
    chats, streams = {}, {}
    for number, (when, reply) in enumerate(silences.items(), 1):
        claude.replies = [reply]
        chats[when] = conversations.create().id
        streams[when] = service.ask(chats[when], "explain attention")
        _until(lambda count=number: len(claude.requests) == count)

    _until(lambda: streams["not waited for"].text == "Hm")
    stopped = time.monotonic()
    service.stop(chats["not waited for"])
    assert time.monotonic() - stopped < SILENCE / 4, "a stop does not wait for the silence to end"
    left = conversations.messages(chats["not waited for"])[1]
    assert (left.state, left.text) == ("stopped", "Hm")
    claude.replies = [says("Here I am.")]
    other = service.ask(chats["not waited for"], "are you there?").wait(SILENCE / 2)
    assert other is not None and other.text == "Here I am."
    assert streams["before a byte"].status and streams["before a word"].status  # what is being done is said
    assert not any(streams[when].done for when in ("before a byte", "before a word", "in the middle"))

    claude.replies = [says("At the second try.")]
    for when in ("before a word", "in the middle", "before a byte"):
        assert streams[when].wait(SILENCE + 20) is not None, when
        assert SILENCE <= time.monotonic() - begun < SILENCE + 20, when
    middle = conversations.messages(chats["in the middle"])[1]
    assert (middle.state, middle.text) == ("failed", "Hm")
    assert "did not answer for 60 seconds" in streams["in the middle"].error
    instead = streams["before a word"].answer  # the built-in tutor's, openly
    assert instead is not None and "did not answer for 60 seconds" in instead.notice
    assert instead.concept == "attention"
    again = streams["before a byte"].answer
    assert again is not None and again.text == "At the second try."


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
