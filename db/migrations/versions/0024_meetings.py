"""Meetings with participants, agenda and minutes; people are told of both."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0024"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('assigned', 'due_soon', 'overdue', 'approval_waiting', 'clock_running_out', 'red_finding',"
    " 'not_effective', 'told_slip', 'opinion_waiting', 'meeting_called', 'minutes_sent')"
)


def upgrade() -> None:
    _meetings()
    _notifications()


def _meetings() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("previous_id", sa.BigInteger(), nullable=True),
        sa.Column("frozen_id", sa.BigInteger(), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.Column("signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_has_name"),
        sa.CheckConstraint("sent_at IS NULL OR signed_at IS NOT NULL", name="sent_after_signing"),
        sa.CheckConstraint("position >= 0", name="position_counts"),
        sa.CheckConstraint("previous_id <> id", name="not_after_itself"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["previous_id"], ["meeting.id"]),
        sa.ForeignKeyConstraint(["frozen_id"], ["frozen_result.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["signed_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index("ix_meeting_wave_id", "meeting", ["wave_id"])
    op.create_table(
        "meeting_person",
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("meeting_id", "person_id"),
    )
    op.create_index("ix_meeting_person_person_id", "meeting_person", ["person_id"])
    op.create_table(
        "meeting_topic",
        sa.Column("id", Id, nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('last_actions', 'index', 'returns', 'dimensions', 'items', 'customers', 'opinions',"
            " 'complaints', 'new_actions', 'decisions', 'own')",
            name="kind_known",
        ),
        sa.CheckConstraint("kind <> 'own' OR title <> ''", name="own_has_title"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("topic_of_meeting", "meeting_topic", ["meeting_id", "place"])
    op.create_table(
        "meeting_minute",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("meeting_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("is_edited", sa.Boolean(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('shown', 'decided', 'assigned')", name="kind_known"),
        sa.CheckConstraint("text <> ''", name="minute_has_text"),
        sa.CheckConstraint("(kind = 'assigned') = (action_id IS NOT NULL)", name="assigned_has_action"),
        sa.CheckConstraint("kind = 'decided' OR (owner_id IS NULL AND due_on IS NULL)", name="decided_has_owner"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"]),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index("minute_of_meeting", "meeting_minute", ["meeting_id", "id"])


def _notifications() -> None:
    """Two more kinds; SQLite makes the table again."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("kind_known", "notification", type_="check")
        op.create_check_constraint("kind_known", "notification", sa.text(KINDS))
        return
    told = sa.Table(
        "notification",
        sa.MetaData(),
        sa.Column("id", Id, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("once", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "once"),
        sa.Index("notification_of_person", "person_id", "read_at", "id"),
    )
    with op.batch_alter_table("notification", copy_from=told, recreate="always") as batch:
        batch.create_check_constraint("kind_known", sa.text(KINDS))
