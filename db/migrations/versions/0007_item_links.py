"""Items that were renamed, split, merged or rescaled."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "item_link",
        sa.Column("id", Id, nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("earlier_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=False),
        sa.Column("confirmed_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('same', 'renamed', 'split', 'merged', 'rescaled', 'new')", name="kind_known"),
        sa.CheckConstraint(
            "kind IN ('split', 'merged') OR (kind = 'renamed') = (item_id <> earlier_id)", name="renamed_is_another"
        ),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["earlier_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["confirmed_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wave_id", "item_id", "earlier_id"),
    )
