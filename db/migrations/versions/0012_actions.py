"""The whole report of an action: five whys, cost, approvals in turn, files of evidence."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("action", sa.Column("whys", Json, nullable=False, server_default="[]"))
    # written out, because Alembic makes a check of another column a second step, which SQLite can't do
    op.add_column("action", sa.Column("cost_currency", sa.String(), nullable=False, server_default=""))
    op.execute(
        "ALTER TABLE action ADD COLUMN cost_cents BIGINT CONSTRAINT cost_has_currency "
        "CHECK (cost_cents IS NULL OR (cost_cents >= 0 AND cost_currency <> ''))"
    )
    op.create_table(
        "action_signature",
        sa.Column("id", Id, nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", Moment(), nullable=False),
        sa.CheckConstraint("place >= 0", name="place_in_chain"),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"]),
        sa.ForeignKeyConstraint(["submitted_id"], ["action_event.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("submitted_id", "place"),
        sa.UniqueConstraint("submitted_id", "user_id"),
    )
    op.create_index("ix_action_signature_action_id", "action_signature", ["action_id"])
    op.create_table(
        "action_file",
        sa.Column("id", Id, nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.Column("removed_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("round >= 1", name="file_of_a_round"),
        sa.CheckConstraint("(removed_at IS NULL) = (removed_by_id IS NULL)", name="removed_by_somebody"),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"]),
        sa.ForeignKeyConstraint(["added_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["removed_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file_id"),
    )
    op.create_index("action_file_in_order", "action_file", ["action_id", "id"])
