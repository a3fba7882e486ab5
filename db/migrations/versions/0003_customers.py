"""Customers that were merged, and what plans choose them by."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # written out, because Alembic makes references and checks a second step, which SQLite can't do
    op.execute("ALTER TABLE customer ADD COLUMN value FLOAT CONSTRAINT value_not_negative CHECK (value >= 0)")
    op.add_column("customer", sa.Column("vip", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("customer", sa.Column("since_on", sa.Date(), nullable=True))
    op.execute(
        "ALTER TABLE customer ADD COLUMN merged_into_id BIGINT REFERENCES customer (id)"
        " CONSTRAINT not_merged_into_itself CHECK (merged_into_id <> id)"
    )
    op.create_index("ix_customer_merged_into_id", "customer", ["merged_into_id"])
    op.add_column("customer", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "customer_merge",
        sa.Column("id", Id, nullable=False),
        sa.Column("kept_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", Moment(), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("moved", Json, nullable=False),
        sa.CheckConstraint("kept_id <> merged_id", name="two_customers"),
        sa.ForeignKeyConstraint(["kept_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["merged_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["undone_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_customer_merge_kept_id", "customer_merge", ["kept_id"])
    op.create_index("ix_customer_merge_merged_id", "customer_merge", ["merged_id"])
