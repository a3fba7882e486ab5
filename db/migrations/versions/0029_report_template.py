"""The organisation's own template for slides."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Moment

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_template",
        sa.Column("id", Id, nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", Moment(), nullable=False),
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("file_id"),
    )
