"""Questions with choices of imported files, and flags for review."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "choice_question",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_multiple", sa.Boolean(), nullable=False),
        sa.CheckConstraint("code LIKE 'file:%'", name="code_of_a_file"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.PrimaryKeyConstraint("wave_id", "code"),
    )
    op.create_table(
        "response_flag",
        sa.Column("response_id", sa.BigInteger(), nullable=False),
        sa.Column("flag", sa.String(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "flag IN ('straight_line', 'too_fast', 'duplicate', 'restarted', 'not_attentive')", name="flag_known"
        ),
        sa.ForeignKeyConstraint(["response_id"], ["response.id"]),
        sa.PrimaryKeyConstraint("response_id", "flag"),
    )
