"""Learners, conversations, messages, predictions, quiz sittings and their answers."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None

TIME = sa.DateTime(timezone=True)


def _owned() -> list[sa.Column[str]]:
    return [
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("learner_id", sa.String(64), nullable=False),
    ]


def _keys(table: str, **parents: str) -> list[sa.Constraint]:
    """Primary key, the learner, and further parents (column=table); children go with what they belong to."""
    columns = {"learner_id": "learners", **parents}
    return [
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{parent}.id"], name=f"fk_{table}_{column}_{parent}", ondelete="CASCADE"
            )
            for column, parent in columns.items()
        ),
    ]


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade() -> None:
    """From nothing."""
    op.create_table(
        "learners",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_learners"),
    )
    _conversations()
    op.create_table(
        "predictions",
        *_owned(),
        sa.Column("run_id", sa.String(200), nullable=False),
        sa.Column("experiment", sa.String(64)),
        sa.Column("exercise", sa.String(64), nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("outcome", sa.Text),
        *_keys("predictions"),
    )
    _index("predictions", "learner_id", "created_at")
    _index("predictions", "run_id")
    _quizzes()


def _conversations() -> None:
    op.create_table(
        "conversations",
        *_owned(),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        *_keys("conversations"),
    )
    _index("conversations", "learner_id", "updated_at")
    op.create_table(
        "messages",
        *_owned(),
        sa.Column("conversation_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("answer", sa.JSON),
        sa.Column("owner", sa.String(128), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        *_keys("messages", conversation_id="conversations"),
        sa.UniqueConstraint("conversation_id", "position", name="uq_messages_conversation_id_position"),
    )
    _index("messages", "learner_id", "state")


def _quizzes() -> None:
    op.create_table(
        "quiz_sittings",
        *_owned(),
        sa.Column("week", sa.Integer, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("item_ids", sa.JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        *_keys("quiz_sittings"),
    )
    _index("quiz_sittings", "learner_id", "week")
    op.create_table(
        "quiz_answers",
        *_owned(),
        sa.Column("sitting_id", sa.String(32), nullable=False),
        sa.Column("item_id", sa.String(100), nullable=False),
        sa.Column("concept", sa.String(64), nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
        sa.Column("correct", sa.Boolean, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("answered_at", TIME, nullable=False),
        *_keys("quiz_answers", sitting_id="quiz_sittings"),
        sa.UniqueConstraint("sitting_id", "item_id", name="uq_quiz_answers_sitting_id_item_id"),
    )
    _index("quiz_answers", "learner_id", "concept")
    _index("quiz_answers", "learner_id", "answered_at")


def downgrade() -> None:
    """Back to nothing."""
    for table in ("quiz_answers", "quiz_sittings", "predictions", "messages", "conversations", "learners"):
        op.drop_table(table)
