import subprocess
import sys
from pathlib import Path

import pytest

from tutor.chat.conversations import TITLE_LENGTH, Conversations
from tutor.chat.types import Answer, Citation, RunProposal, answer_from_json
from tutor.errors import BusyError, NotFoundError
from tutor.settings import PROJECT, Settings
from tutor.store.database import Database
from tutor.store.tables import LearnerRow

CITED = Citation(1, "a.py:1-2", "a.py", 1, 2, None, "0" * 64, "x = 1\n", "x", "https://example.org/a.py#L1")
WHOLE = Answer(
    "One [1].",
    (CITED,),
    False,
    ("More",),
    RunProposal("nanogpt", {"steps": 3}),
    "attention",
    "explain",
    "attention",
)


def test_an_answer_survives_storage_whole() -> None:
    assert answer_from_json(WHOLE.text, WHOLE.to_json()) == WHOLE


def test_an_answer_of_another_version_is_read_as_far_as_it_goes() -> None:
    assert answer_from_json("Text", {"from_the_future": 1}) == Answer("Text")


def test_a_question_is_stored_before_its_answer_begins(conversations: Conversations) -> None:
    chat = conversations.create()
    conversations.begin(chat.id, "What is\n attention?")
    said = conversations.messages(chat.id)
    assert [(each.role, each.text, each.state) for each in said] == [
        ("learner", "What is\n attention?", "complete"),
        ("tutor", "", "writing"),
    ]
    assert conversations.get(chat.id).title == "What is attention?"


def test_partial_text_is_kept_until_the_answer_is_whole(conversations: Conversations) -> None:
    chat = conversations.create()
    message = conversations.begin(chat.id, "?")
    conversations.keep(message, "Half of")
    assert conversations.messages(chat.id)[1].text == "Half of"
    conversations.finish(message, WHOLE, "complete")
    conversations.keep(message, "too late")
    last = conversations.messages(chat.id)[1]
    assert (last.text, last.state, last.answer) == ("One [1].", "complete", WHOLE)


def test_one_answer_at_a_time(conversations: Conversations) -> None:
    chat = conversations.create()
    message = conversations.begin(chat.id, "first")
    with pytest.raises(BusyError, match="stop it"):
        conversations.begin(chat.id, "second")
    conversations.finish(message, WHOLE, "complete")
    conversations.begin(chat.id, "second")
    assert len(conversations.messages(chat.id)) == 4


def test_the_history_leaves_out_what_is_being_written(conversations: Conversations) -> None:
    chat = conversations.create()
    conversations.finish(conversations.begin(chat.id, "first"), WHOLE, "complete")
    conversations.begin(chat.id, "second")
    assert [(turn.role, turn.text) for turn in conversations.history(chat.id)] == [
        ("learner", "first"),
        ("tutor", "One [1]."),
        ("learner", "second"),
    ]


def test_conversations_are_listed_latest_first_renamed_and_deleted(conversations: Conversations) -> None:
    old, new = conversations.create("old"), conversations.create("new")
    assert [each.title for each in conversations.list()] == ["new", "old"]
    conversations.finish(conversations.begin(old.id, "again"), WHOLE, "complete")
    assert [each.id for each in conversations.list()] == [old.id, new.id]
    conversations.rename(new.id, "  a\nname ")
    conversations.rename(new.id, "   ")
    assert conversations.get(new.id).title == "a name"
    conversations.rename(new.id, "long " * 50)
    assert len(conversations.get(new.id).title) == TITLE_LENGTH
    conversations.delete(old.id)
    assert [each.id for each in conversations.list()] == [new.id]
    with pytest.raises(NotFoundError):
        conversations.messages(old.id)


def test_nobody_reaches_the_conversations_of_another(
    database: Database, conversations: Conversations
) -> None:
    chat = conversations.create("mine")
    message = conversations.begin(chat.id, "secret")
    with database.write() as session:
        session.add(LearnerRow(id="bo"))
    other = Conversations(database, "bo")
    assert other.list() == []
    for attempt in (
        lambda: other.get(chat.id),
        lambda: other.messages(chat.id),
        lambda: other.rename(chat.id, "x"),
        lambda: other.delete(chat.id),
        lambda: other.begin(chat.id, "x"),
        lambda: other.export_markdown(chat.id),
        lambda: other.finish(message, WHOLE, "complete"),
    ):
        with pytest.raises(NotFoundError):
            attempt()
    assert other.recover() == 0


def test_a_deleted_conversation_takes_its_messages_along(conversations: Conversations) -> None:
    chat = conversations.create()
    message = conversations.begin(chat.id, "?")
    conversations.delete(chat.id)
    with pytest.raises(NotFoundError, match="deleted"):
        conversations.finish(message, WHOLE, "complete")


def test_the_export_stands_on_its_own(conversations: Conversations) -> None:
    chat = conversations.create()
    conversations.finish(conversations.begin(chat.id, "What is it?\nReally."), WHOLE, "complete")
    conversations.finish(conversations.begin(chat.id, "And?"), Answer("Half", stopped=True), "stopped")
    text = conversations.export_markdown(chat.id)
    assert text.startswith("# What is it? Really.\n")
    assert "> What is it?\n> Really." in text
    assert "- [1] [`a.py:1-2`](https://example.org/a.py#L1) x (sha256 000000000000)" in text
    assert "Half\n\n*Stopped here.*" in text


KILLED = """
import sys
from tutor.settings import load_settings
from tutor.store.database import open_database
from tutor.chat.conversations import Conversations
settings = load_settings(home=sys.argv[1])
conversations = Conversations(open_database(settings), settings.learner)
message = conversations.begin(conversations.create().id, "explain attention")
conversations.keep(message, "As far as I ca")
print("written", flush=True)
sys.stdin.read()
"""


def test_after_a_kill_the_partial_answer_is_there_and_marked(
    conversations: Conversations, settings: Settings
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(settings.home)],
        cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert writer.stdout is not None and writer.stdout.readline().strip() == b"written"
    assert conversations.recover() == 0  # it lives: another window is writing
    [chat] = conversations.list()
    with pytest.raises(BusyError):
        conversations.begin(chat.id, "me too")
    writer.kill()
    writer.communicate()
    assert conversations.recover() == 1
    assert [one.id for one in conversations.cut_off()] == [chat.id], "said where a reload leads"
    conversations.looked_at(chat.id)
    assert conversations.cut_off() == []
    partial = conversations.messages(chat.id)[1]
    assert (partial.text, partial.state) == ("As far as I ca", "interrupted")
    assert "closed while it wrote" in conversations.export_markdown(chat.id)
    conversations.begin(chat.id, "go on")


def test_a_list_of_500_conversations_with_10000_messages_is_quick(
    conversations: Conversations, database: Database, settings: Settings
) -> None:
    import time

    from tutor.store.tables import ConversationRow, MessageRow, new_id

    with database.write() as session:
        ids = [new_id() for _ in range(500)]
        session.add_all([ConversationRow(id=name, learner_id=settings.learner, title="t") for name in ids])
        session.flush()
        session.add_all(
            MessageRow(
                conversation_id=name, learner_id=settings.learner, position=n, role="tutor", text="x" * 200
            )
            for name in ids
            for n in range(20)
        )
    begun = time.perf_counter()
    assert len(conversations.list()) == 200
    assert len(conversations.messages(ids[0])) == 20
    assert time.perf_counter() - begun < 0.3


def test_export_is_utf8_text(conversations: Conversations, tmp_path: Path) -> None:
    chat = conversations.create("注意力 ∂L/∂w")
    (tmp_path / "a.md").write_text(conversations.export_markdown(chat.id), encoding="utf-8")
    assert "∂L/∂w" in (tmp_path / "a.md").read_text(encoding="utf-8")
