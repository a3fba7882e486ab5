"""What people are told inside the app."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KINDS = (
    *("assigned", "due_soon", "overdue", "approval_waiting", "clock_running_out", "red_finding"),
    *("not_effective", "told_slip"),
)


def upgrade() -> None:
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
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
        sa.CheckConstraint(f"kind IN ({listed})", name="kind_known"),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "once"),
    )
    op.create_index("notification_of_person", "notification", ["person_id", "read_at", "id"])
