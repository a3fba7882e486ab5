"""What people are told leaves the house by mail and into chats; red findings, waves and calls that are due are told."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('assigned', 'due_soon', 'overdue', 'approval_waiting', 'clock_running_out', 'red_finding',"
    " 'not_effective', 'told_slip', 'opinion_waiting', 'meeting_called', 'minutes_sent', 'wave_due', 'calls_due')"
)


def upgrade() -> None:
    _more_kinds()
    # what was told before the upgrade is in the app, and leaves the house no more
    op.add_column("notification", sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE notification SET waits = FALSE")
    waits = sa.text("waits")
    op.create_index("notification_waiting", "notification", ["id"], sqlite_where=waits, postgresql_where=waits)
    op.add_column("finding", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE finding SET told = TRUE")
    untold = sa.text("rule = 'ITEM_BELOW' AND NOT told")
    op.create_index("finding_to_tell", "finding", ["wave_id"], sqlite_where=untold, postgresql_where=untold)
    op.create_table(
        "leader",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("claim", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "chat_target",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("with_titles", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('wecom', 'dingtalk', 'feishu', 'slack', 'teams')", name="kind_known"),
        sa.CheckConstraint("name <> ''", name="target_has_name"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index("ix_chat_target_department_id", "chat_target", ["department_id"])
    op.create_table(
        "telling_choice",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("rhythm", sa.String(), nullable=False),
        sa.Column("digest_at", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_until", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.CheckConstraint("rhythm IN ('at_once', 'digest')", name="rhythm_known"),
        sa.CheckConstraint("digest_at BETWEEN 0 AND 1439", name="digest_in_day"),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 1439 AND quiet_until BETWEEN 0 AND 1439",
            name="quiet_in_day",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_table(
        "chosen_chat",
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["target_id"], ["chat_target.id"]),
        sa.PrimaryKeyConstraint("person_id", "target_id"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("claim", sa.BigInteger(), nullable=True),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'unclear', 'dropped')",
            name="state_known",
        ),
        sa.CheckConstraint("(state = 'sending') = (claim IS NOT NULL)", name="sending_has_claim"),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["target_id"], ["chat_target.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "thing"),
    )
    op.create_index("ix_delivery_person_id", "delivery", ["person_id"])
    op.create_index("ix_delivery_target_id", "delivery", ["target_id"])
    op.create_index("delivery_by_turn", "delivery", ["state", "not_before", "id"])
    op.create_table(
        "delivered",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("notification_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.ForeignKeyConstraint(["notification_id"], ["notification.id"]),
        sa.PrimaryKeyConstraint("delivery_id", "notification_id"),
    )
    op.create_index("ix_delivered_notification_id", "delivered", ["notification_id"])


def _more_kinds() -> None:
    """Waves and calls that are due. SQLite can't change a check, so the table is made again there; nothing refers to it."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint("kind_known", "notification", type_="check")
        op.create_check_constraint("kind_known", "notification", KINDS)
        return
    op.drop_index("notification_of_person", "notification")
    op.rename_table("notification", "notification_before")
    op.create_table(
        "notification",
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.CheckConstraint(KINDS, name="kind_known"),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "once"),
    )
    op.execute(
        "INSERT INTO notification (id, person_id, kind, link, facts, once, at, read_at)"
        " SELECT id, person_id, kind, link, facts, once, at, read_at FROM notification_before"
    )
    op.drop_table("notification_before")
    op.create_index("notification_of_person", "notification", ["person_id", "read_at", "id"])
