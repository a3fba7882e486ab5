"""What an action still needs to pass its gates: why something isn't applicable, what the customer was told, whom it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXTS = ("containment_not_applicable", "prevention_not_applicable", "customer_told")


def upgrade() -> None:
    # written out, because Alembic makes a reference a second step, which SQLite can't do
    op.execute("ALTER TABLE action ADD COLUMN customer_id BIGINT REFERENCES customer (id)")
    op.create_index("ix_action_customer_id", "action", ["customer_id"])
    for name in TEXTS:
        op.add_column("action", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("action", sa.Column("customer_told_on", sa.Date(), nullable=True))
    op.add_column("action", sa.Column("customer_confirmed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("action", sa.Column("not_reached", sa.Integer(), nullable=False, server_default="0"))
