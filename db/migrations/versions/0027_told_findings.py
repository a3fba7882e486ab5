"""Every finding that says that a target is missed is told of, not only items at red."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0030"
branch_labels = None
depends_on = None

TOLD = (
    *("INDEX_BELOW", "SATISFACTION_RATE_BELOW", "ITEM_BELOW", "CUSTOMER_BELOW"),
    *("RATE_BELOW", "COVERAGE_BELOW", "TOO_FEW_VALID"),
)


def upgrade() -> None:
    # what stood there before the upgrade is known; only what comes is told
    op.execute("UPDATE finding SET told = TRUE WHERE NOT told AND rule <> 'ITEM_BELOW'")
    op.drop_index("finding_to_tell", "finding")
    untold = sa.and_(sa.column("rule", sa.String()).in_(TOLD), ~sa.column("told", sa.Boolean()))
    op.create_index("finding_to_tell", "finding", ["wave_id"], sqlite_where=untold, postgresql_where=untold)
