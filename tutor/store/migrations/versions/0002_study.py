"""What she did besides answering: activities and explanations."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"

TIME = sa.DateTime(timezone=True)


def _create(table: str, *columns: sa.Column[object], index: tuple[str, ...]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("learner_id", sa.String(64), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["learner_id"], ["learners.id"], name=f"fk_{table}_learner_id_learners", ondelete="CASCADE"
        ),
    )
    op.create_index(f"ix_{table}_{'_'.join(index)}", table, list(index))


def upgrade() -> None:
    """Two tables more."""
    _create(
        "activities",
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        index=("learner_id", "kind", "subject"),
    )
    _create(
        "explanations",
        sa.Column("prompt_id", sa.String(100), nullable=False),
        sa.Column("audience", sa.String(16), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("met", sa.JSON, nullable=False),
        sa.Column("wrong", sa.JSON, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("follow_up", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        index=("learner_id", "prompt_id"),
    )


def downgrade() -> None:
    """Back to conversations and quizzes."""
    op.drop_table("explanations")
    op.drop_table("activities")
