"""Mails, reminders, links that can be made again, who holds a job, and the company's own working days."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("claims", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("invitation", sa.Column("link_seed", sa.String(), nullable=False, server_default=""))
    _mail()
    _reminder()
    op.create_table(
        "open_link",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("link_seed", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("wave_id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "company_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )


def _mail() -> None:
    op.create_table(
        "mail",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("queued_by_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('invitation', 'reminder')", name="kind_known"),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'failed', 'unclear', 'undeliverable', 'dropped')",
            name="state_known",
        ),
        sa.CheckConstraint("(state = 'sending') = (job_id IS NOT NULL)", name="sending_has_job"),
        sa.CheckConstraint("(kind = 'reminder') = (round > 0)", name="reminder_has_round"),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.ForeignKeyConstraint(["queued_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invitation_id", "kind", "round"),
    )
    op.create_index("mail_of_wave", "mail", ["wave_id", "state", "attempts", "id"])
    op.create_index("ix_mail_job_id", "mail", ["job_id"])


def _reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("id", Id, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("how IN ('mail', 'message', 'phone')", name="how_known"),
        sa.CheckConstraint("round > 0", name="round_counts"),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitation.id"]),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invitation_id", "round"),
    )
    op.create_index("reminder_of_wave", "reminder", ["wave_id", "invitation_id"])
