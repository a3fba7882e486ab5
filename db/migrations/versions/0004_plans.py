"""Plans, approvals, training and closing of waves."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("wave", sa.Column("window_over", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "plan",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("methods", Json, nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("leader_id", sa.BigInteger(), nullable=True),
        sa.Column("budget", sa.Float(), nullable=True),
        sa.Column("milestones", sa.Text(), nullable=False),
        sa.Column("expected_end_on", sa.Date(), nullable=True),
        sa.Column("analysis_on", sa.Date(), nullable=True),
        sa.Column("report_on", sa.Date(), nullable=True),
        sa.Column("sampling", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=True),
        sa.Column("filter", Json, nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("drawn_at", Moment(), nullable=True),
        sa.Column("incentive", sa.Text(), nullable=False),
        sa.Column("incentive_budget", sa.Float(), nullable=True),
        sa.Column("incentive_how", sa.String(), nullable=False),
        sa.Column("incentive_seed", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.CheckConstraint("(state = 'approved') = (approved_by_id IS NOT NULL)", name="approved_has_name"),
        sa.CheckConstraint("incentive_how IN ('', 'answer', 'draw')", name="incentive_how_known"),
        sa.CheckConstraint("sampling IN ('all', 'random', 'stratified', 'spot')", name="sampling_known"),
        sa.CheckConstraint("state <> 'approved' OR approved_at IS NOT NULL", name="approved_has_time"),
        sa.CheckConstraint("state IN ('draft', 'submitted', 'returned', 'approved')", name="state_known"),
        sa.CheckConstraint("approved_by_id IS NULL OR approved_by_id <> author_id", name="not_approved_by_author"),
        sa.CheckConstraint("budget >= 0 AND incentive_budget >= 0", name="budget_not_negative"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["leader_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("wave_id"),
        sa.UniqueConstraint("form_key"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "plan_member",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["plan.wave_id"]),
        sa.PrimaryKeyConstraint("wave_id", "user_id"),
    )
    op.create_table(
        "plan_department",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("must_sign", sa.Boolean(), nullable=False),
        sa.Column("signed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.CheckConstraint("(signed_by_id IS NULL) = (signed_at IS NULL)", name="signed_has_time"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"]),
        sa.ForeignKeyConstraint(["signed_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["plan.wave_id"]),
        sa.PrimaryKeyConstraint("wave_id", "department_id"),
    )
    op.create_table(
        "plan_customer",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["plan.wave_id"]),
        sa.PrimaryKeyConstraint("wave_id", "customer_id"),
    )
    op.create_index("ix_plan_customer_customer_id", "plan_customer", ["customer_id"])
    op.create_table(
        "reward",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("awarded_at", Moment(), nullable=False),
        sa.Column("handed_over_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["plan.wave_id"]),
        sa.PrimaryKeyConstraint("wave_id", "invitation_id"),
    )
    op.create_table(
        "training",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("hours", sa.Float(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("marks", sa.Float(), nullable=True),
        sa.Column("recorded_by_id", sa.BigInteger(), nullable=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.CheckConstraint("hours > 0", name="hours_positive"),
        sa.CheckConstraint("marks >= 0 AND marks <= 100", name="marks_in_range"),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_training_user_id", "training", ["user_id"])
