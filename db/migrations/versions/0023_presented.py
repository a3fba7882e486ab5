"""What was presented has a table of its own: results of closed waves move there, and meetings freeze theirs."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0023"
down_revision = "0017"
branch_labels = None
depends_on = None

WAVE = sa.table(
    "wave",
    sa.column("id", sa.BigInteger),
    sa.column("scheme_version_id", sa.BigInteger),
    sa.column("closed_at", Moment()),
    sa.column("frozen", Json),
)
EVENT = sa.table(
    "audit_event",
    *(sa.column(name, sa.BigInteger) for name in ("id", "about_id", "user_id")),
    *(sa.column(name, sa.String) for name in ("about", "verb")),
)


def upgrade() -> None:
    frozen_result = op.create_table(
        "frozen_result",
        sa.Column("id", Id, nullable=False),
        sa.Column("wave_id", sa.BigInteger(), nullable=False),
        sa.Column("scheme_version_id", sa.BigInteger(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("compared_with", sa.String(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("after_event", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("occasion IN ('closing', 'meeting')", name="occasion_known"),
        sa.CheckConstraint("(occasion = 'closing') = (number = 0) AND number >= 0", name="one_closing"),
        sa.ForeignKeyConstraint(["wave_id"], ["wave.id"]),
        sa.ForeignKeyConstraint(["scheme_version_id"], ["scheme_version.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wave_id", "number"),
    )
    kept = _kept()
    if kept:
        op.bulk_insert(frozen_result, kept)
    op.execute("ALTER TABLE wave DROP COLUMN frozen")


def _kept() -> list[dict[str, object]]:
    """What closed waves froze, with who closed them."""
    closing = sa.and_(EVENT.c.about == "wave", EVENT.c.verb == "close", EVENT.c.about_id == WAVE.c.id)
    closed = sa.select(WAVE, EVENT.c.id.label("event"), EVENT.c.user_id).outerjoin(EVENT, closing)
    rows = op.get_bind().execute(closed.where(WAVE.c.closed_at.is_not(None))).all()
    return [
        {
            "wave_id": row.id,
            "scheme_version_id": row.scheme_version_id,
            "occasion": "closing",
            "number": 0,
            "compared_with": row.frozen.get("compared_with") or "",
            "figures": {name: value for name, value in row.frozen.items() if name != "sha256"},
            "sha256": row.frozen["sha256"],
            "after_event": row.event or 0,
            "at": row.closed_at,
            "by_id": row.user_id,
        }
        for row in {row.id: row for row in rows}.values()
        if row.frozen
    ]
