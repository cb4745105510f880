"""The tables. Each row carries the learner whose it is; all times are UTC."""

import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


def now() -> datetime:
    """The current time, in UTC and saying so."""
    return datetime.now(UTC)


def new_id() -> str:
    """A name for a row that stays unique when records of two machines are brought together."""
    return uuid.uuid4().hex


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time. SQLite gives back times without a zone: they are UTC, and say so here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a time without a zone is refused, for nobody could say when it was."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """With its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What all tables share: names for constraints, without which SQLite could not change them later."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UTCDateTime(), list[Any]: JSON()}


def _id() -> Mapped[str]:
    return mapped_column(String(32), primary_key=True, default=new_id)


def _learner() -> Mapped[str]:
    return mapped_column(String(64), ForeignKey("learners.id", ondelete="CASCADE"))


class LearnerRow(Base):
    """Whose record it is."""

    __tablename__ = "learners"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ConversationRow(Base):
    """A conversation; `updated_at` moves with each message."""

    __tablename__ = "conversations"
    __table_args__ = (Index(None, "learner_id", "updated_at"),)

    id: Mapped[str] = _id()
    learner_id: Mapped[str] = _learner()
    title: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class MessageRow(Base):
    """One message; `state` is complete, writing, stopped, interrupted or failed, `owner` who writes it."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "position"), Index(None, "learner_id", "state"))

    id: Mapped[str] = _id()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    learner_id: Mapped[str] = _learner()
    position: Mapped[int]
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16), default="complete")
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=None)
    owner: Mapped[str] = mapped_column(String(128), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class PredictionRow(Base):
    """What she expected of a run before it started, and what came of it."""

    __tablename__ = "predictions"
    __table_args__ = (Index(None, "learner_id", "created_at"), Index(None, "run_id"))

    id: Mapped[str] = _id()
    learner_id: Mapped[str] = _learner()
    run_id: Mapped[str] = mapped_column(String(200))
    experiment: Mapped[str | None] = mapped_column(String(64))
    exercise: Mapped[str] = mapped_column(String(64))
    prompt: Mapped[str] = mapped_column(Text)
    options: Mapped[list[Any]]
    choice: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    outcome: Mapped[str | None] = mapped_column(Text)


class QuizSittingRow(Base):
    """A sitting: which items, in which order (drawn with `seed`); finished when `finished_at` is set."""

    __tablename__ = "quiz_sittings"
    __table_args__ = (Index(None, "learner_id", "week"),)

    id: Mapped[str] = _id()
    learner_id: Mapped[str] = _learner()
    week: Mapped[int]
    seed: Mapped[int]
    item_ids: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class QuizAnswerRow(Base):
    """One answer, stored when it is given; an item is answered once in a sitting."""

    __tablename__ = "quiz_answers"
    __table_args__ = (
        UniqueConstraint("sitting_id", "item_id"),
        Index(None, "learner_id", "concept"),
        Index(None, "learner_id", "answered_at"),
    )

    id: Mapped[str] = _id()
    sitting_id: Mapped[str] = mapped_column(ForeignKey("quiz_sittings.id", ondelete="CASCADE"))
    learner_id: Mapped[str] = _learner()
    item_id: Mapped[str] = mapped_column(String(100))
    concept: Mapped[str] = mapped_column(String(64))
    answer: Mapped[Any] = mapped_column(JSON)
    correct: Mapped[bool]
    score: Mapped[float]
    answered_at: Mapped[datetime] = mapped_column(default=now)


class ActivityRow(Base):
    """Something she did that no other table tells: a card read, a lecture watched, a plan made.

    `kind` and `subject` name it (`read`, `attention`); rows are only added, the newest of both counts.
    """

    __tablename__ = "activities"
    __table_args__ = (Index(None, "learner_id", "kind", "subject"),)

    id: Mapped[str] = _id()
    learner_id: Mapped[str] = _learner()
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200))
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(default=now)


class ExplanationRow(Base):
    """What she explained, for whom, and which rubric points it met; `mode` is practice, exit or interview."""

    __tablename__ = "explanations"
    __table_args__ = (Index(None, "learner_id", "prompt_id"),)

    id: Mapped[str] = _id()
    learner_id: Mapped[str] = _learner()
    prompt_id: Mapped[str] = mapped_column(String(100))
    audience: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    met: Mapped[list[Any]]
    wrong: Mapped[list[Any]]
    score: Mapped[float]
    follow_up: Mapped[str] = mapped_column(Text, default="")
    seconds: Mapped[float] = mapped_column(default=0.0)
    created_at: Mapped[datetime] = mapped_column(default=now)
