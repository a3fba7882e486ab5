"""Requests, complaints with their clocks and 8D, the abnormality history, quality figures of waves."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _request()
    _quality_figure()
    _complaint()
    _abnormality()
    _complaint_clock()
    _complaint_discipline()
    _complaint_event()
    _complaint_minutes()
    _complaint_picture()
    _complaint_rework()
    _complaint_slip()
    _countermeasure_audit()
    _minutes_signature()


def _request() -> None:
    op.create_table(
        "request",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("solution_due_at", Moment(), nullable=False),
        sa.Column("phone_failed_at", Moment(), nullable=True),
        sa.Column("on_site_due_at", Moment(), nullable=True),
        sa.Column("solution", sa.Text(), nullable=False),
        sa.Column("solved_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("called_back_at", Moment(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state IN ('closed', 'settled')) = (closed_at IS NOT NULL)", name="closed_has_time"),
        sa.CheckConstraint(
            "channel IN ('phone', 'fax', 'mail', 'message', 'web', 'visit', 'api')", name="channel_known"
        ),
        sa.CheckConstraint("kind IN ('complaint', 'repair', 'enquiry', 'suggestion')", name="kind_known"),
        sa.CheckConstraint("said <> ''", name="has_text"),
        sa.CheckConstraint("state <> 'assigned' OR department_id IS NOT NULL", name="assigned_has_department"),
        sa.CheckConstraint("state <> 'settled' OR (satisfied IS NOT NULL AND satisfied)", name="settled_is_satisfied"),
        sa.CheckConstraint("state IN ('recorded', 'assigned', 'closed', 'settled')", name="state_known"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_request_customer_id"), "request", ["customer_id"], unique=False)
    op.create_index(op.f("ix_request_department_id"), "request", ["department_id"], unique=False)
    op.create_index(op.f("ix_request_recorded_by_id"), "request", ["recorded_by_id"], unique=False)


def _quality_figure() -> None:
    op.create_table(
        "quality_figure",
        sa.Column("id", Id, nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("code IN ('complaint_rate', 'part_fault', 'repair_rate')", name="code_known"),
        sa.CheckConstraint("value >= 0", name="value_not_negative"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wave_id", "customer_id", "code"),
    )
    op.create_index(op.f("ix_quality_figure_customer_id"), "quality_figure", ["customer_id"], unique=False)


def _complaint() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", Id, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("part_number", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), nullable=False),
        sa.Column("quantity", sa.Float(), nullable=True),
        sa.Column("defect_share", sa.Float(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("responsibility", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("wave_id", sa.BigInteger(), nullable=True),
        sa.Column("finding_id", sa.BigInteger(), nullable=True),
        sa.Column("opinion_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("report_due_at", Moment(), nullable=True),
        sa.Column("verified_at", Moment(), nullable=True),
        sa.Column("verified_by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("auditor_id", sa.BigInteger(), nullable=True),
        sa.Column("project_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_time"),
        sa.CheckConstraint("(state = 'recorded') = (verified_at IS NULL)", name="judged_has_time"),
        sa.CheckConstraint("category IN ('quality', 'delivery', 'service', 'other')", name="category_known"),
        sa.CheckConstraint(
            "channel IN ('phone', 'fax', 'mail', 'message', 'web', 'visit', 'api')", name="channel_known"
        ),
        sa.CheckConstraint("description <> ''", name="has_description"),
        sa.CheckConstraint("responsibility IN ('open', 'ours', 'not_ours')", name="responsibility_known"),
        sa.CheckConstraint("state IN ('recorded', 'verified', 'rejected', 'closed')", name="state_known"),
        sa.CheckConstraint("defect_share >= 0 AND defect_share <= 1", name="share_within_one"),
        sa.CheckConstraint("quantity >= 0", name="quantity_not_negative"),
        sa.CheckConstraint("round >= 1", name="round_counts_from_one"),
        sa.ForeignKeyConstraint(["auditor_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.ForeignKeyConstraint(["verified_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_complaint_customer_id"), "complaint", ["customer_id"], unique=False)
    op.create_index(op.f("ix_complaint_department_id"), "complaint", ["department_id"], unique=False)
    op.create_index(op.f("ix_complaint_opinion_id"), "complaint", ["opinion_id"], unique=False)
    op.create_index(op.f("ix_complaint_part_number"), "complaint", ["part_number"], unique=False)
    op.create_index(op.f("ix_complaint_request_id"), "complaint", ["request_id"], unique=False)
    op.create_index(op.f("ix_complaint_wave_id"), "complaint", ["wave_id"], unique=False)


def _abnormality() -> None:
    op.create_table(
        "abnormality",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("part_number", sa.String(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("prevention", sa.Text(), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("complaint_id", "round"),
    )
    op.create_index(op.f("ix_abnormality_customer_id"), "abnormality", ["customer_id"], unique=False)
    op.create_index(op.f("ix_abnormality_part_number"), "abnormality", ["part_number"], unique=False)


def _complaint_clock() -> None:
    op.create_table(
        "complaint_clock",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("done_by_id", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "code IN ('slip', 'tell_oqc', 'stock', 'tell_ipqc', 'wip', 'report', 'solution', 'on_site')",
            name="code_known",
        ),
        sa.CheckConstraint("done_at >= started_at", name="done_after_start"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.ForeignKeyConstraint(["done_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("complaint_id", "round", "code"),
    )
    op.create_index("clock_still_running", "complaint_clock", ["due_at", "done_at"], unique=False)


def _complaint_discipline() -> None:
    op.create_table(
        "complaint_discipline",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("done_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("step >= 0 AND step <= 8", name="step_of_8d"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.ForeignKeyConstraint(["done_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("complaint_id", "round", "step"),
    )


def _complaint_event() -> None:
    op.create_table(
        "complaint_event",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("changes", Json, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("(complaint_id IS NULL) <> (request_id IS NULL)", name="about_one_of_them"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_complaint_event_complaint_id"), "complaint_event", ["complaint_id"], unique=False)
    op.create_index(op.f("ix_complaint_event_request_id"), "complaint_event", ["request_id"], unique=False)


def _complaint_minutes() -> None:
    op.create_table(
        "complaint_minutes",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(approved_at IS NULL) = (approved_by_id IS NULL)", name="approved_has_time"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index(op.f("ix_complaint_minutes_complaint_id"), "complaint_minutes", ["complaint_id"], unique=False)


def _complaint_picture() -> None:
    op.create_table(
        "complaint_picture",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"]),
        sa.PrimaryKeyConstraint("complaint_id", "file_id"),
    )


def _complaint_rework() -> None:
    op.create_table(
        "complaint_rework",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("quantity >= 0 AND bad >= 0 AND bad <= quantity", name="bad_within_quantity"),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index(op.f("ix_complaint_rework_complaint_id"), "complaint_rework", ["complaint_id"], unique=False)


def _complaint_slip() -> None:
    op.create_table(
        "complaint_slip",
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.CheckConstraint("read_at >= told_at", name="read_after_told"),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("complaint_id", "round", "person_id"),
    )
    op.create_index(op.f("ix_complaint_slip_person_id"), "complaint_slip", ["person_id"], unique=False)


def _countermeasure_audit() -> None:
    op.create_table(
        "countermeasure_audit",
        sa.Column("id", Id, nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("countermeasure", sa.String(), nullable=False),
        sa.Column("audited_on", sa.Date(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("complaint_id", "countermeasure", "audited_on"),
    )


def _minutes_signature() -> None:
    op.create_table(
        "minutes_signature",
        sa.Column("minutes_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["minutes_id"], ["complaint_minutes.id"]),
        sa.ForeignKeyConstraint(["person_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("minutes_id", "position"),
        sa.UniqueConstraint("minutes_id", "person_id"),
    )
    op.create_index(op.f("ix_minutes_signature_person_id"), "minutes_signature", ["person_id"], unique=False)
