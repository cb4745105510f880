"""Conversations in the database: every message is stored before it is shown.

A learner sees her own rows and no others; an id of somebody else's is as good as none.
"""

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import psutil
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tutor.chat.export import conversation_as_markdown
from tutor.chat.types import Answer, Turn, answer_from_json
from tutor.errors import BusyError, NotFoundError
from tutor.store.database import Database, now
from tutor.store.tables import ConversationRow, MessageRow

Role = Literal["learner", "tutor"]
State = Literal["complete", "writing", "stopped", "interrupted", "failed"]
UNTITLED = "New conversation"
TITLE_LENGTH = 60
SILENT_MINUTES = 10  # a writer on another machine that has been silent for so long is taken for gone


@dataclass(frozen=True)
class Conversation:
    """A conversation in a list; times are UTC."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    messages: int


@dataclass(frozen=True)
class Message:
    """One message. `answer` is there on the tutor's messages that came to an end, stopped ones included."""

    id: str
    role: Role
    text: str
    state: State
    answer: Answer | None
    created_at: datetime


class Conversations:
    """The conversations of one learner. All methods raise DatabaseError when the database cannot be used."""

    def __init__(self, database: Database, learner: str) -> None:
        self._database = database
        self._learner = learner
        self.owner = _me()
        self._cut_off: set[str] = set()

    def create(self, title: str = "") -> Conversation:
        """A new, empty conversation; without a title its first question becomes one."""
        row = ConversationRow(learner_id=self._learner, title=_one_line(title))
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return _conversation(row, 0)

    def list(self, limit: int = 200) -> list[Conversation]:
        """The latest first."""
        count = (
            select(func.count())
            .where(MessageRow.conversation_id == ConversationRow.id)
            .correlate(ConversationRow)
            .scalar_subquery()
        )
        query = (
            select(ConversationRow, count)
            .where(ConversationRow.learner_id == self._learner)
            .order_by(ConversationRow.updated_at.desc(), ConversationRow.id)
            .limit(limit)
        )
        with self._database.read() as session:
            return [_conversation(row, messages) for row, messages in session.execute(query)]

    def get(self, conversation_id: str) -> Conversation:
        """One conversation. Raises NotFoundError."""
        with self._database.read() as session:
            row = self._own(session, conversation_id)
            count = select(func.count()).where(MessageRow.conversation_id == row.id)
            return _conversation(row, session.scalar(count) or 0)

    def rename(self, conversation_id: str, title: str) -> None:
        """Give it a title; an empty one is passed over. Raises NotFoundError."""
        with self._database.write() as session:
            row = self._own(session, conversation_id)
            row.title = _one_line(title) or row.title

    def delete(self, conversation_id: str) -> None:
        """Remove it with its messages. Raises NotFoundError."""
        with self._database.write() as session:
            session.delete(self._own(session, conversation_id))

    def messages(self, conversation_id: str) -> Sequence[Message]:
        """All messages, oldest first. Raises NotFoundError."""
        with self._database.read() as session:
            self._own(session, conversation_id)
            return [_message(row) for row in self._rows(session, conversation_id)]

    def export_markdown(self, conversation_id: str) -> str:
        """The conversation with its sources as one Markdown document. Raises NotFoundError."""
        return conversation_as_markdown(self.get(conversation_id), self.messages(conversation_id))

    def history(self, conversation_id: str) -> tuple[Turn, ...]:
        """What was said, as a tutor reads it: without the answer that is being written."""
        said = [each for each in self.messages(conversation_id) if each.state != "writing"]
        return tuple(Turn(each.role, each.text, each.answer) for each in said)

    def begin(self, conversation_id: str, question: str) -> str:
        """Store the question and the place of its answer; returns the answer's message id.

        Raises BusyError while the last answer is being written, and NotFoundError.
        """
        with self._database.write() as session:
            return self._begin(session, self._own(session, conversation_id), question)

    def begin_new(self, question: str) -> tuple[str, str]:
        """The same in a new conversation, in one piece: a kill leaves both or neither. Returns its id, then that."""
        with self._database.write() as session:
            conversation = ConversationRow(learner_id=self._learner, title="")
            session.add(conversation)
            session.flush()
            return conversation.id, self._begin(session, conversation, question)

    def _begin(self, session: Session, conversation: ConversationRow, question: str) -> str:
        last = session.scalars(
            select(MessageRow)
            .where(MessageRow.conversation_id == conversation.id)
            .order_by(MessageRow.position.desc())
            .limit(1)
        ).first()
        if last is not None and last.state == "writing":
            if not _gone(last.owner, last.updated_at):
                raise BusyError("The last answer is still being written. Wait for its end, or stop it.")
            last.state = "interrupted"
        place = last.position + 1 if last else 0
        common = {"conversation_id": conversation.id, "learner_id": self._learner}
        answer = MessageRow(**common, position=place + 1, role="tutor", state="writing", owner=self.owner)
        session.add_all([MessageRow(**common, position=place, role="learner", text=question), answer])
        conversation.title = conversation.title or _one_line(question)
        conversation.updated_at = now()
        session.flush()
        return answer.id

    def keep(self, message_id: str, text: str) -> None:
        """Store what has been written so far of an answer; one that has ended is left alone."""
        with self._database.write() as session:
            session.execute(
                update(MessageRow)
                .where(MessageRow.id == message_id, MessageRow.state == "writing")
                .values(text=text, updated_at=now())
            )

    def finish(self, message_id: str, answer: Answer, state: State) -> None:
        """Store the answer and how it ended. Raises NotFoundError when its conversation was deleted."""
        with self._database.write() as session:
            row = session.get(MessageRow, message_id)
            if row is None or row.learner_id != self._learner:
                raise NotFoundError("The conversation was deleted while its answer was being written.")
            row.text, row.answer, row.state, row.updated_at = answer.text, answer.to_json(), state, now()
            self._own(session, row.conversation_id).updated_at = now()

    def recover(self) -> int:
        """Mark the answers whose writer was killed; what was written of them stays. Returns how many.

        Their conversations are `cut_off` from then on, until they are opened.
        """
        with self._database.write() as session:
            writing = select(MessageRow).where(MessageRow.state == "writing")
            rows = session.scalars(writing.where(MessageRow.learner_id == self._learner))
            lost = [row for row in rows if _gone(row.owner, row.updated_at)]
            for row in lost:
                row.state = "interrupted"
            self._cut_off.update(row.conversation_id for row in lost)
            return len(lost)

    def cut_off(self) -> Sequence[Conversation]:
        """The conversations whose last answer was cut off when the tutor ended, as this start found them."""
        return [one for one in self.list() if one.id in self._cut_off]

    def looked_at(self, conversation_id: str) -> None:
        """She has seen that its answer was cut off."""
        self._cut_off.discard(conversation_id)

    def _own(self, session: Session, conversation_id: str) -> ConversationRow:
        row = session.get(ConversationRow, conversation_id)
        if row is None or row.learner_id != self._learner:
            raise NotFoundError("This conversation is not there any more. Choose another one.")
        return row

    def _rows(self, session: Session, conversation_id: str) -> Sequence[MessageRow]:
        query = select(MessageRow).where(MessageRow.conversation_id == conversation_id)
        return session.scalars(query.order_by(MessageRow.position)).all()


def _conversation(row: ConversationRow, messages: int) -> Conversation:
    return Conversation(row.id, row.title or UNTITLED, row.created_at, row.updated_at, messages)


def _message(row: MessageRow) -> Message:
    answer = answer_from_json(row.text, row.answer) if row.answer is not None else None
    return Message(row.id, cast(Role, row.role), row.text, cast(State, row.state), answer, row.created_at)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"


def _me() -> str:
    """This process, so that another can tell whether it still lives; ids alone are given anew."""
    return f"{socket.gethostname()[:80]}:{os.getpid()}:{psutil.Process().create_time():.0f}"


def _gone(owner: str, last_sign: datetime) -> bool:
    """Whether the process that was writing has ended."""
    host, pid, created = owner.rsplit(":", 2)
    if host != socket.gethostname()[:80]:
        return now() - last_sign > timedelta(minutes=SILENT_MINUTES)
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(created)) > 1.5
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False
