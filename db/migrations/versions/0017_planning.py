"""Waves say whether they were run here or brought in by an import; customers that are not the same stay apart."""

import sqlalchemy as sa
from alembic import op

from db.columns import Moment

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # written out, because Alembic makes checks a second step, which SQLite can't do
    op.execute(
        "ALTER TABLE wave ADD COLUMN origin VARCHAR NOT NULL DEFAULT 'run_here'"
        " CONSTRAINT origin_known CHECK (origin IN ('run_here', 'imported'))"
    )
    op.execute(
        "UPDATE wave SET origin = 'imported' WHERE id IN (SELECT wave_id FROM import_run)"
        " AND id NOT IN (SELECT wave_id FROM plan) AND id NOT IN (SELECT wave_id FROM invitation)"
        " AND id NOT IN (SELECT wave_id FROM open_link)"
    )
    op.create_table(
        "customers_apart",
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("first_id <> second_id", name="two_apart"),
        sa.ForeignKeyConstraint(["first_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["second_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("first_id", "second_id"),
    )
    op.create_index("ix_customers_apart_second_id", "customers_apart", ["second_id"])
