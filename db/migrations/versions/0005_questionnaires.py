"""Questionnaires, drafts, consent and extra answers."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "questionnaire",
        sa.Column("id", Id, nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("number > 0", name="number_counts"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wave_id", "number"),
    )
    op.create_table(
        "answer_draft",
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("fields", Json, nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("key_hash"),
    )
    op.create_index("ix_answer_draft_wave_id", "answer_draft", ["wave_id"])
    op.create_table(
        "consent",
        sa.Column("id", Id, nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=True),
        sa.Column("invitation_id", sa.BigInteger(), nullable=True),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("given = (response_id IS NOT NULL)", name="given_has_response"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"]),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("response_id"),
        sa.UniqueConstraint("invitation_id"),
    )
    op.create_index("ix_consent_wave_id", "consent", ["wave_id"])
    _answers()


def _answers() -> None:
    op.create_table(
        "extra_answer",
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"]),
        sa.PrimaryKeyConstraint("response_id", "question"),
    )
    op.create_table(
        "problem_answer",
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column("opinion_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.CheckConstraint("verdict IN ('improved', 'partly', 'not')", name="verdict_known"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"]),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"]),
        sa.PrimaryKeyConstraint("response_id", "opinion_id"),
    )
    op.create_index("ix_problem_answer_opinion_id", "problem_answer", ["opinion_id"])
    op.create_table(
        "open_try",
        sa.Column("id", Id, nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("address_hash", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("open_try_of_address", "open_try", ["wave_id", "address_hash", "at"])
