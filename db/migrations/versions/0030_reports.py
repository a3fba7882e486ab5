"""Reports that were made, whom they go to by themselves, a month's analysis, and summaries for the public."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Moment

revision = "0030"
down_revision = "0026"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('evidence', 'results', 'summary_table', 'public_summary', 'monthly', 'yearly', 'appraisal',"
    " 'action', 'customer', 'analysis')"
)
FORMS = "form IN ('zip', 'xlsx', 'docx', 'pdf', 'pptx')"


def upgrade() -> None:
    _made()
    _schedules()
    _written()


def _made() -> None:
    op.create_table(
        "made_report",
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
        sa.CheckConstraint(KINDS, name="kind_known"),
        sa.CheckConstraint(FORMS, name="form_known"),
        sa.CheckConstraint("figures IN ('', 'frozen', 'live')", name="figures_known"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"]),
        sa.ForeignKeyConstraint(["for_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("file_id"),
    )
    op.create_index("ix_made_report_wave_id", "made_report", ["wave_id"])
    op.create_index("made_report_of_person", "made_report", ["for_id", "id"])


def _schedules() -> None:
    op.create_table(
        "report_schedule",
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
        sa.CheckConstraint(KINDS, name="kind_known"),
        sa.CheckConstraint(FORMS, name="form_known"),
        sa.CheckConstraint("occasion IN ('before_meeting', 'after_closing')", name="occasion_known"),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index("ix_report_schedule_scheme_id", "report_schedule", ["scheme_id"])
    op.create_table(
        "report_reader",
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["schedule_id"], ["report_schedule.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("schedule_id", "person_id"),
    )
    op.create_index("ix_report_reader_person_id", "report_reader", ["person_id"])
    op.create_table(
        "report_sending",
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("made_id", sa.BigInteger(), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("(made_id IS NULL) = (trouble <> '')", name="made_or_trouble"),
        sa.ForeignKeyConstraint(["schedule_id"], ["report_schedule.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["made_id"], ["made_report.id"]),
        sa.PrimaryKeyConstraint("schedule_id", "person_id", "thing"),
    )
    op.create_index("ix_report_sending_person_id", "report_sending", ["person_id"])
    op.create_index("ix_report_sending_made_id", "report_sending", ["made_id"])


def _written() -> None:
    op.create_table(
        "month_analysis",
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_has_name"),
        sa.CheckConstraint("said <> ''", name="has_text"),
        sa.ForeignKeyConstraint(["written_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["signed_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("month"),
    )
    op.create_table(
        "public_summary",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_zh", sa.Text(), nullable=False),
        sa.Column("changed_en", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'approved', 'withdrawn')", name="state_known"),
        sa.CheckConstraint("(approved_by_id IS NULL) = (approved_at IS NULL)", name="approved_has_time"),
        sa.CheckConstraint("state <> 'approved' OR approved_by_id IS NOT NULL", name="approved_has_name"),
        sa.CheckConstraint("approved_by_id IS NULL OR approved_by_id <> asked_by_id", name="approved_by_another"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("wave_id"),
    )
