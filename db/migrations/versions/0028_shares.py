"""Share links and when they were opened."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

VIEWS = "view IN ('overview', 'customers', 'customer', 'items', 'item', 'presented', 'meeting')"


def upgrade() -> None:
    op.create_table(
        "share",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("link_seed", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("params", Json, nullable=False),
        sa.Column("slides", Json, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("item_id", sa.BigInteger(), nullable=True),
        sa.Column("meeting_id", sa.BigInteger(), nullable=True),
        sa.Column("with_people", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.Column("revoked_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(VIEWS, name="view_known"),
        sa.CheckConstraint("ends_at > made_at", name="ends_later"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_has_name"),
        sa.CheckConstraint("seconds = 0 OR seconds BETWEEN 1 AND 600", name="turn_in_reason"),
        sa.CheckConstraint("seconds = 0 OR view = 'meeting'", name="only_slides_turn"),
        sa.CheckConstraint("(view = 'meeting') = (meeting_id IS NOT NULL)", name="meeting_is_named"),
        sa.CheckConstraint("view <> 'customer' OR customer_id IS NOT NULL", name="customer_is_named"),
        sa.CheckConstraint("(view = 'item') = (item_id IS NOT NULL)", name="item_is_named"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"]),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"]),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_share_customer_id", "share", ["customer_id"])
    op.create_index("ix_share_made_by_id", "share", ["made_by_id"])
    op.create_table(
        "share_opening",
        sa.Column("id", Id, nullable=False),
        sa.Column("share_id", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("opening_of_share", "share_opening", ["share_id", "at"])
