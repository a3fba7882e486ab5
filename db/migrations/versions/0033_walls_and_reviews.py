"""Slides of a wall screen without a meeting; and what the reviewer of a wave's analysis report writes and signs."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0033"
down_revision = "0029"
branch_labels = None
depends_on = None

VIEWS = "view IN ('overview', 'customers', 'customer', 'items', 'item', 'presented', 'meeting', 'wall')"
TURNS = "seconds = 0 OR view IN ('meeting', 'wall')"


def upgrade() -> None:
    _reviews()
    _walls()


def _reviews() -> None:
    op.create_table(
        "report_review",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_has_name"),
        sa.CheckConstraint("said <> ''", name="has_text"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["written_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["signed_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("wave_id"),
    )


def _walls() -> None:
    """One more view, which turns as well; SQLite makes the table again."""
    if op.get_bind().dialect.name == "postgresql":
        for name, rule in (("view_known", VIEWS), ("only_slides_turn", TURNS)):
            op.drop_constraint(name, "share", type_="check")
            op.create_check_constraint(name, "share", sa.text(rule))
        return
    share = sa.Table(
        "share",
        sa.MetaData(),
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
        sa.CheckConstraint("ends_at > made_at", name="ends_later"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_has_name"),
        sa.CheckConstraint("seconds = 0 OR seconds BETWEEN 1 AND 600", name="turn_in_reason"),
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
        sa.Index("ix_share_customer_id", "customer_id"),
        sa.Index("ix_share_made_by_id", "made_by_id"),
    )
    # a table that others point to can't be dropped: what points to it waits aside
    op.execute("CREATE TEMPORARY TABLE waiting AS SELECT * FROM share_opening")
    op.execute("DELETE FROM share_opening")
    with op.batch_alter_table("share", copy_from=share, recreate="always") as batch:
        batch.create_check_constraint("view_known", sa.text(VIEWS))
        batch.create_check_constraint("only_slides_turn", sa.text(TURNS))
    op.execute("INSERT INTO share_opening SELECT * FROM waiting")
    op.execute("DROP TABLE waiting")
