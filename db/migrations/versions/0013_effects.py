"""What a later wave says of an action, what the customer was told, and why a verdict was given."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("action", sa.Column("verdict_reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("action", sa.Column("countermeasure_kind", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "action_effect",
        sa.Column("id", Id, nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("subjects", Json, nullable=False),
        sa.Column("measured_at", Moment(), nullable=False),
        sa.CheckConstraint("verdict IN ('effective', 'not_effective', 'cannot_tell')", name="verdict_known"),
        sa.CheckConstraint("round >= 1", name="effect_of_a_round"),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("action_id", "round", "wave_id"),
    )
    op.create_index("ix_action_effect_wave_id", "action_effect", ["wave_id"])
    op.create_table(
        "action_telling",
        sa.Column("id", Id, nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("happened_at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.CheckConstraint("outcome IN ('told', 'confirmed', 'not_reached')", name="outcome_known"),
        sa.CheckConstraint("outcome <> 'told' OR said <> ''", name="told_has_text"),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("action_telling_in_order", "action_telling", ["action_id", "id"])
