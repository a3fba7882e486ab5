"""Complaints that take points from customer scores, and the waves in whose period they were verified."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0022"
branch_labels = None
depends_on = None

COMPLAINT = sa.table("complaint", sa.column("id", sa.BigInteger), sa.column("wave_id", sa.BigInteger))


def upgrade() -> None:
    for name in ("deducted", "complaints"):
        op.add_column("customer_score", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    made = op.create_table(
        "complaint_wave",
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("complaint_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["complaint_id"], ["complaint.id"]),
        sa.PrimaryKeyConstraint("wave_id", "complaint_id"),
    )
    op.create_index("ix_complaint_wave_complaint_id", "complaint_wave", ["complaint_id"])
    known = sa.select(COMPLAINT.c.wave_id, COMPLAINT.c.id).where(COMPLAINT.c.wave_id.is_not(None))
    op.execute(made.insert().from_select(["wave_id", "complaint_id"], known))
