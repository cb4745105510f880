import re
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from tests.tutor.conftest import Scripted
from tutor.chat.conversations import Conversations
from tutor.chat.service import LONGEST_QUESTION, ChatService, check_question
from tutor.chat.types import Answer, Delta, Done, Event, Turn
from tutor.errors import BusyError, ModelError, NotFoundError, QuestionError
from tutor.settings import Settings
from tutor.store.database import Database

WORDS = ["It ", "looks ", "back."]


def test_an_answer_is_streamed_and_stored(conversations: Conversations) -> None:
    chat = conversations.create()
    stream = ChatService(conversations, Scripted(WORDS)).ask(chat.id, " Explain  attention ")
    assert "".join(stream.follow()) == "It looks back."
    assert stream.answer is not None and stream.answer.text == "It looks back."
    question, answer = conversations.messages(chat.id)
    assert (question.text, answer.text, answer.state) == ("Explain  attention", "It looks back.", "complete")


def test_a_second_page_reads_all_of_it_from_the_start(conversations: Conversations) -> None:
    chat = conversations.create()
    service = ChatService(conversations, Scripted(WORDS, pause=0.1))
    first = service.ask(chat.id, "?")
    time.sleep(0.15)
    second = service.attach(chat.id)
    assert second is first
    assert "".join(second.follow()) == "".join(first.follow()) == "It looks back."
    assert service.attach(chat.id) is None


def test_a_page_that_goes_away_takes_nothing_with_it(conversations: Conversations) -> None:
    chat = conversations.create()
    service = ChatService(conversations, Scripted(WORDS, pause=0.05))
    stream = service.ask(chat.id, "?")
    next(stream.follow())  # and nobody reads on
    assert stream.wait(5) is not None
    assert conversations.messages(chat.id)[1].text == "It looks back."


def test_the_status_tells_what_is_being_done(conversations: Conversations) -> None:
    chat = conversations.create()
    stream = ChatService(conversations, Scripted(WORDS, pause=0.2)).ask(chat.id, "?")
    time.sleep(0.1)
    assert stream.status == "Thinking"
    stream.wait(5)
    assert stream.status == ""


def test_stop_keeps_what_is_written(conversations: Conversations) -> None:
    chat = conversations.create()
    service = ChatService(conversations, Scripted(["word "] * 100, pause=0.05))
    stream = service.ask(chat.id, "?")
    time.sleep(0.3)
    service.stop(chat.id)
    answer = conversations.messages(chat.id)[1]
    assert answer.state == "stopped" and answer.answer is not None and answer.answer.stopped
    assert 0 < len(answer.text) < 500 and answer.text == stream.text
    service.ask(chat.id, "go on")  # nothing is in the way


class Silent:
    """Says a word, then nothing until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def answer(self, question: str, history: Sequence[Turn]) -> Iterator[Event]:
        yield Delta("Well ")
        self.go.wait(30)
        yield Delta("too late")
        yield Done(Answer("Well too late"))


def test_stop_does_not_wait_for_a_silent_model(conversations: Conversations) -> None:
    chat, tutor = conversations.create(), Silent()
    service = ChatService(conversations, tutor)
    stream = service.ask(chat.id, "?")
    time.sleep(0.1)
    begun = time.monotonic()
    service.stop(chat.id)
    assert time.monotonic() - begun < 3
    tutor.go.set()
    time.sleep(0.2)
    assert conversations.messages(chat.id)[1].text == "Well "
    assert stream.done


def test_partial_text_reaches_the_disk_while_it_streams(
    conversations: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutor.chat.service.KEEP_SECONDS", 0.05)
    chat = conversations.create()
    stream = ChatService(conversations, Scripted(["word "] * 20, pause=0.05)).ask(chat.id, "?")
    time.sleep(0.6)
    on_disk = conversations.messages(chat.id)[1]
    assert on_disk.state == "writing" and on_disk.text.startswith("word word ")
    stream.wait(5)


@pytest.mark.parametrize("fault", [KnowledgeError("No index."), ModelError("The model is overloaded.")])
def test_a_fault_keeps_what_was_written_and_says_so(conversations: Conversations, fault: Exception) -> None:
    chat = conversations.create()
    stream = ChatService(conversations, Scripted(WORDS, fault=fault)).ask(chat.id, "?")
    assert "".join(stream.follow()) == "It looks back."
    assert stream.error == str(fault)
    stored = conversations.messages(chat.id)[1]
    assert (stored.text, stored.state) == ("It looks back.", "failed")
    assert stored.answer is not None and stored.answer.notice == str(fault)


def test_a_fault_of_ours_ends_the_stream_as_well(conversations: Conversations, tmp_path: Path) -> None:
    chat = conversations.create()
    service = ChatService(conversations, Scripted(WORDS, fault=ZeroDivisionError("at last")), tmp_path)
    stream = service.ask(chat.id, "?")
    assert stream.wait(5) is not None
    [number] = re.findall(r"Number (\d{6})", stream.error)
    log = (tmp_path / "faults.log").read_text(encoding="utf-8")
    assert (
        number in log and "ZeroDivisionError: at last" in log and "what was written are kept" in stream.error
    )
    assert conversations.messages(chat.id)[1].state == "failed"


def test_an_answer_that_cannot_be_stored_is_shown_with_the_reason(
    database: Database, conversations: Conversations, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.close()
    monkeypatch.setattr("tutor.store.database.BUSY_SECONDS", 0.2)
    from tutor.store.database import open_database

    impatient = open_database(settings)
    conversations = Conversations(impatient, settings.learner)
    chat = conversations.create()
    stream = ChatService(conversations, Scripted(WORDS, pause=0.1)).ask(chat.id, "?")
    other = sqlite3.connect(settings.home / "tutor.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = stream.wait(10)
    other.execute("ROLLBACK")
    other.close()
    assert answer is not None and answer.text == "It looks back."
    assert "only on the page" in stream.error
    impatient.close()


def test_a_conversation_deleted_in_the_middle_does_not_come_back(conversations: Conversations) -> None:
    chat = conversations.create()
    stream = ChatService(conversations, Scripted(WORDS, pause=0.1)).ask(chat.id, "?")
    conversations.delete(chat.id)
    stream.wait(5)
    assert conversations.list() == []
    assert "deleted" in stream.error


def test_a_second_question_waits_for_the_first(conversations: Conversations) -> None:
    chat = conversations.create()
    service = ChatService(conversations, Scripted(WORDS, pause=0.2))
    service.ask(chat.id, "first")
    with pytest.raises(BusyError):
        service.ask(chat.id, "second")
    assert len(conversations.messages(chat.id)) == 2


def test_the_tutor_hears_what_was_said_before(conversations: Conversations) -> None:
    chat, tutor = conversations.create(), Scripted(WORDS)
    service = ChatService(conversations, tutor)
    service.ask(chat.id, "first").wait(5)
    service.ask(chat.id, "second").wait(5)
    assert tutor.heard[0] == ()
    assert [(turn.role, turn.text) for turn in tutor.heard[1]] == [
        ("learner", "first"),
        ("tutor", "It looks back."),
    ]
    assert tutor.heard[1][1].answer is not None and tutor.heard[1][1].answer.kind == "explain"


def test_twenty_conversations_answer_at_once(conversations: Conversations) -> None:
    service = ChatService(conversations, Scripted(WORDS, pause=0.02))
    streams = [service.ask(conversations.create().id, f"{n}") for n in range(20)]
    assert all(stream.wait(20) is not None for stream in streams)
    assert {stream.error for stream in streams} == {""}


@pytest.mark.parametrize("question", ["", "  \n\t ", "\x00\x07", "x" * 100_000])
def test_what_is_no_question_is_refused_and_leaves_no_trace(
    conversations: Conversations, question: str
) -> None:
    chat = conversations.create()
    with pytest.raises(QuestionError):
        ChatService(conversations, Scripted(WORDS)).ask(chat.id, question)
    assert conversations.messages(chat.id) == []


def test_a_question_to_a_conversation_that_is_gone(conversations: Conversations) -> None:
    with pytest.raises(NotFoundError):
        ChatService(conversations, Scripted(WORDS)).ask("nowhere", "?")


def test_a_question_keeps_its_lines_and_loses_what_cannot_be_seen() -> None:
    assert check_question("a\r\nb\u200b\u202e\x00 c\ud800") == "a\nb c"
    assert len(check_question("é" * LONGEST_QUESTION)) == LONGEST_QUESTION
