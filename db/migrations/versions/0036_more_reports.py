"""8D reports and feedback slips are made like every other report; a report that went out is a kind of notification of its own."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0036"
down_revision = "0037"
branch_labels = None
depends_on = None

TOLD = (
    "kind IN ('assigned', 'due_soon', 'overdue', 'approval_waiting', 'clock_running_out', 'red_finding',"
    " 'not_effective', 'told_slip', 'meeting_called', 'minutes_sent', 'report_ready', 'opinion_waiting', 'wave_due',"
    " 'calls_due')"
)
REPORTS = (
    "kind IN ('evidence', 'results', 'summary_table', 'public_summary', 'monthly', 'yearly', 'appraisal',"
    " 'action', 'eight_d', 'slip', 'customer', 'analysis')"
)
FORMS = "form IN ('zip', 'xlsx', 'docx', 'pdf', 'pptx')"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, kinds in (("notification", TOLD), ("made_report", REPORTS), ("report_schedule", REPORTS)):
            op.drop_constraint("kind_known", table, type_="check")
            op.create_check_constraint("kind_known", table, sa.text(kinds))
    else:
        _again()
    op.execute("UPDATE notification SET kind = 'report_ready' WHERE kind = 'minutes_sent' AND link LIKE '/reports%'")


def _again() -> None:
    """SQLite can't change a check, and a table that others point to can't be dropped: what points to it waits aside."""
    op.execute("CREATE TEMPORARY TABLE waiting_delivered AS SELECT * FROM delivered")
    op.execute("CREATE TEMPORARY TABLE waiting_sending AS SELECT * FROM report_sending")
    op.execute("CREATE TEMPORARY TABLE waiting_reader AS SELECT * FROM report_reader")
    op.execute("DELETE FROM delivered")
    op.execute("DELETE FROM report_sending")
    op.execute("DELETE FROM report_reader")
    for table, kinds in ((_notification(), TOLD), (_made(), REPORTS), (_schedule(), REPORTS)):
        with op.batch_alter_table(table.name, copy_from=table, recreate="always") as batch:
            batch.create_check_constraint("kind_known", sa.text(kinds))
    op.execute("INSERT INTO delivered SELECT * FROM waiting_delivered")
    op.execute("INSERT INTO report_sending SELECT * FROM waiting_sending")
    op.execute("INSERT INTO report_reader SELECT * FROM waiting_reader")
    op.execute("DROP TABLE waiting_delivered")
    op.execute("DROP TABLE waiting_sending")
    op.execute("DROP TABLE waiting_reader")


def _notification() -> sa.Table:
    return sa.Table(
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
        sa.Column("waits", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("person_id", "once"),
        sa.Index("notification_of_person", "person_id", "read_at", "id"),
        sa.Index("notification_waiting", "id", sqlite_where=sa.text("waits")),
    )


def _made() -> sa.Table:
    return sa.Table(
        "made_report",
        sa.MetaData(),
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=True),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("figures", sa.String(), nullable=False),
        sa.Column("is_anonymised", sa.Boolean(), nullable=False),
        sa.Column("is_personal", sa.Boolean(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("for_id", sa.BigInteger(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", Moment(), nullable=False),
        sa.CheckConstraint(FORMS, name="form_known"),
        sa.CheckConstraint("figures IN ('', 'frozen', 'live')", name="figures_known"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"]),
        sa.ForeignKeyConstraint(["for_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("file_id"),
        sa.Index("ix_made_report_wave_id", "wave_id"),
        sa.Index("made_report_of_person", "for_id", "id"),
    )


def _schedule() -> sa.Table:
    return sa.Table(
        "report_schedule",
        sa.MetaData(),
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("scheme_id", sa.BigInteger(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(FORMS, name="form_known"),
        sa.CheckConstraint("occasion IN ('before_meeting', 'after_closing')", name="occasion_known"),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.Index("ix_report_schedule_scheme_id", "scheme_id"),
    )
