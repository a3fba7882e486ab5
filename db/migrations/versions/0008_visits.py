"""Entries by hand and their check, calls, visits, symposia and inspections."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _entry_sample()
    _visit()
    _visit_defect()
    _customer_call()
    _entry_check()
    _hand_entry()
    _call_attempt()
    _feedback_slip()
    _visit_opinion()


def _entry_sample() -> None:
    op.create_table(
        "entry_sample",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("checker_id", sa.BigInteger(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("drawn_at", Moment(), nullable=False),
        sa.CheckConstraint("size > 0 AND size <= population", name="size_within_population"),
        sa.ForeignKeyConstraint(["checker_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index("ix_entry_sample_wave_id", "entry_sample", ["wave_id"])


def _visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=True),
        sa.Column("wave_id", sa.BigInteger(), nullable=True),
        sa.Column("visitor_id", sa.BigInteger(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("conclusions", sa.Text(), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("advantages", sa.Text(), nullable=False),
        sa.Column("competitors", sa.Text(), nullable=False),
        sa.Column("buying_habits", sa.Text(), nullable=False),
        sa.Column("people_news", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind <> 'visit' OR customer_id IS NOT NULL", name="visit_has_customer"),
        sa.CheckConstraint("kind IN ('visit', 'symposium', 'mystery', 'inspection')", name="kind_known"),
        sa.CheckConstraint("purpose <> ''", name="has_purpose"),
        sa.CheckConstraint("state <> 'held' OR held_on IS NOT NULL", name="held_has_day"),
        sa.CheckConstraint("state IN ('planned', 'held', 'cancelled')", name="state_known"),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["visitor_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index("ix_visit_customer_id", "visit", ["customer_id"])
    op.create_index("ix_visit_visitor_id", "visit", ["visitor_id"])
    op.create_index("ix_visit_wave_id", "visit", ["wave_id"])


def _visit_defect() -> None:
    op.create_table(
        "visit_defect",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("touchpoint", sa.Text(), nullable=False),
        sa.Column("defect", sa.Text(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("picture_id", sa.BigInteger(), nullable=True),
        sa.Column("finding_id", sa.BigInteger(), nullable=True),
        sa.Column("inspected_on", sa.Date(), nullable=True),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("gone_on", sa.Date(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("defect <> ''", name="has_defect"),
        sa.CheckConstraint("is_gone = (gone_on IS NOT NULL)", name="gone_has_day"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"]),
        sa.ForeignKeyConstraint(["picture_id"], ["stored_file.id"]),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("visit_id", "number"),
    )
    op.create_index("ix_visit_defect_visit_id", "visit_defect", ["visit_id"])


def _customer_call() -> None:
    op.create_table(
        "customer_call",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("scheme_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("purchase_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("appointment_at", Moment(), nullable=True),
        sa.Column("caller_id", sa.BigInteger(), nullable=True),
        sa.Column("response_id", sa.BigInteger(), nullable=True),
        sa.Column("special_needs", sa.Text(), nullable=False),
        sa.Column("buys_again", sa.Text(), nullable=False),
        sa.Column("buys_again_for_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(kind = 'free') = (purchase_id IS NULL)", name="due_by_purchase"),
        sa.CheckConstraint("(state IN ('settled', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_has_time"),
        sa.CheckConstraint("kind IN ('1m', '3m', '1y', 'free')", name="kind_known"),
        sa.CheckConstraint("state <> 'cancelled' OR reason <> ''", name="cancelled_has_reason"),
        sa.CheckConstraint("state IN ('due', 'waiting', 'again', 'settled', 'cancelled')", name="state_known"),
        sa.ForeignKeyConstraint(["buys_again_for_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["caller_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"]),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"]),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("scheme_id", "purchase_id", "kind"),
    )
    op.create_index("ix_customer_call_caller_id", "customer_call", ["caller_id"])
    op.create_index("ix_customer_call_customer_id", "customer_call", ["customer_id"])
    op.create_index("ix_customer_call_due_on", "customer_call", ["due_on"])
    op.create_index("ix_customer_call_scheme_id", "customer_call", ["scheme_id"])


def _entry_check() -> None:
    op.create_table(
        "entry_check",
        sa.Column("sample_id", sa.BigInteger(), nullable=False),
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("cells", sa.Integer(), nullable=True),
        sa.Column("wrong", sa.Integer(), nullable=True),
        sa.Column("differences", Json, nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.CheckConstraint("(cells IS NULL) = (wrong IS NULL)", name="cells_have_wrong"),
        sa.CheckConstraint("(checked_at IS NULL) = (cells IS NULL)", name="checked_has_cells"),
        sa.CheckConstraint("settled_at IS NULL OR checked_at IS NOT NULL", name="settled_after_check"),
        sa.CheckConstraint("wrong >= 0 AND wrong <= cells", name="wrong_within_cells"),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"]),
        sa.ForeignKeyConstraint(["sample_id"], ["entry_sample.id"]),
        sa.PrimaryKeyConstraint("sample_id", "response_id"),
    )


def _hand_entry() -> None:
    op.create_table(
        "hand_entry",
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("interviewer_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_by_id", sa.BigInteger(), nullable=True),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.CheckConstraint("channel IN ('phone', 'paper', 'visit')", name="channel_known"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["interviewer_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("response_id"),
    )
    op.create_index("ix_hand_entry_entered_by_id", "hand_entry", ["entered_by_id"])
    op.create_index("ix_hand_entry_wave_id", "hand_entry", ["wave_id"])


def _call_attempt() -> None:
    op.create_table(
        "call_attempt",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("company_line", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "result IN ('spoken', 'no_answer', 'busy', 'appointment', 'refused', 'wrong_number')", name="result_known"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["call_id"], ["customer_call.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index("ix_call_attempt_call_id", "call_attempt", ["call_id"])


def _feedback_slip() -> None:
    op.create_table(
        "feedback_slip",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("call_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("technician_on", sa.Date(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("written_by_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("answered_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(answered_at IS NULL) = (result = '')", name="answered_has_result"),
        sa.CheckConstraint("problem <> ''", name="has_problem"),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["call_id"], ["customer_call.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["written_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_index("ix_feedback_slip_call_id", "feedback_slip", ["call_id"])
    op.create_index("ix_feedback_slip_department_id", "feedback_slip", ["department_id"])


def _visit_opinion() -> None:
    op.create_table(
        "visit_opinion",
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("visit_id", sa.BigInteger(), nullable=False),
        sa.Column("opinion_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["opinion_id"], ["opinion.id"]),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"]),
        sa.PrimaryKeyConstraint("visit_id", "opinion_id"),
        sa.UniqueConstraint("form_key"),
    )
