"""What becomes of a customer's opinion: whose it is, its answer, its reward; and people are told that one waits."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0018"
down_revision = "0024"
branch_labels = None
depends_on = None

KINDS = (
    *("assigned", "due_soon", "overdue", "approval_waiting", "clock_running_out", "red_finding"),
    *("not_effective", "told_slip", "meeting_called", "minutes_sent", "opinion_waiting"),
)


def upgrade() -> None:
    # written out, because Alembic makes references and checks a second step, which SQLite can't do
    op.execute(
        "ALTER TABLE opinion ADD COLUMN source VARCHAR NOT NULL DEFAULT 'survey'"
        " CONSTRAINT source_known CHECK (source IN ('survey', 'visit', 'call', 'request', 'record'))"
    )
    for name in ("said_by", "not_adopted", "answer", "reward"):
        op.add_column("opinion", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.execute("ALTER TABLE opinion ADD COLUMN dimension_id BIGINT REFERENCES dimension (id)")
    op.execute("ALTER TABLE opinion ADD COLUMN department_id BIGINT REFERENCES department (id)")
    op.execute("ALTER TABLE opinion ADD COLUMN request_id BIGINT REFERENCES request (id)")
    op.execute("ALTER TABLE opinion ADD COLUMN slip_id BIGINT REFERENCES feedback_slip (id)")
    op.execute("ALTER TABLE opinion ADD COLUMN finding_wave_id BIGINT REFERENCES wave (id)")
    op.execute("ALTER TABLE opinion ADD COLUMN answered_by_id BIGINT REFERENCES user_account (id)")
    op.execute("ALTER TABLE opinion ADD COLUMN recorded_by_id BIGINT REFERENCES user_account (id)")
    op.execute(
        "ALTER TABLE opinion ADD COLUMN answered_how VARCHAR NOT NULL DEFAULT '' CONSTRAINT answered_how_known CHECK"
        " (answered_how IN ('', 'phone', 'mail', 'letter', 'message', 'visit', 'notice', 'action', 'request', 'call'))"
    )
    op.execute(
        "ALTER TABLE opinion ADD COLUMN answered_on DATE"
        " CONSTRAINT answered_has_text CHECK ((answered_on IS NOT NULL) = (answer <> ''))"
    )
    op.execute(
        "ALTER TABLE opinion ADD COLUMN rewarded_on DATE"
        " CONSTRAINT rewarded_has_what CHECK ((rewarded_on IS NOT NULL) = (reward <> ''))"
    )
    op.add_column("opinion", sa.Column("form_key", sa.String(), nullable=True))
    op.add_column("opinion", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    for name in ("department_id", "request_id", "slip_id", "finding_wave_id"):
        op.create_index(f"ix_opinion_{name}", "opinion", [name])
    op.create_index("ix_opinion_form_key", "opinion", ["form_key"], unique=True)
    op.create_index("opinion_by_kind", "opinion", ["kind", "answered_on", "received_at"])
    op.create_index("opinion_by_time", "opinion", ["received_at", "id"])
    _more_kinds()


def _more_kinds() -> None:
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("kind_known", "notification", type_="check")
        op.create_check_constraint("kind_known", "notification", f"kind IN ({listed})")
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
        sa.CheckConstraint(f"kind IN ({listed})", name="kind_known"),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "once"),
        sa.Index("notification_of_person", "person_id", "read_at", "id"),
    )
    with op.batch_alter_table("notification", copy_from=told, recreate="always"):
        pass  # SQLite makes a table anew to change a check
