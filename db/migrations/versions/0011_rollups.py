"""Roll-ups no longer look up what they are about at every write: they are derived, and `verify` recounts them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TALLY, SCORE, RETURN = (
    ("n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "n10", "n", "total", "squares"),
    ("n", "satisfied", "total", "squares_high", "squares_low"),
    ("sent", "returned", "in_time", "late", "undeliverable", "valid", "invalid"),
)
TABLES = {
    "cohort_tally": (("wave_id", "item_id", "cohort_id"), TALLY),
    "customer_tally": (("wave_id", "customer_id", "item_id"), TALLY),
    "cohort_score": (("wave_id", "composite", "cohort_id"), SCORE),
    "customer_score": (("wave_id", "composite", "customer_id"), SCORE),
    "cohort_return": (("wave_id", "cohort_id"), RETURN),
    "customer_return": (("wave_id", "customer_id"), RETURN),
}

ROOM = (
    "ALTER TABLE cohort_tally SET (fillfactor = 50)",
    "ALTER TABLE customer_tally SET (fillfactor = 50)",
    "ALTER TABLE cohort_score SET (fillfactor = 50)",
    "ALTER TABLE customer_score SET (fillfactor = 50)",
    "ALTER TABLE cohort_return SET (fillfactor = 50)",
    "ALTER TABLE customer_return SET (fillfactor = 50)",
)
"""PostgreSQL fills half of each page: a cell that is added to again and again finds its next version's place beside it,
and no index has to be told."""


def upgrade() -> None:
    without_references = _on_sqlite if op.get_bind().dialect.name == "sqlite" else _on_postgresql
    for name, (keys, numbers) in TABLES.items():
        without_references(name, keys, numbers)
    if without_references is _on_postgresql:
        for statement in ROOM:
            op.execute(statement)


def _on_postgresql(name: str, _keys: tuple[str, ...], _numbers: tuple[str, ...]) -> None:
    for reference in sa.inspect(op.get_bind()).get_foreign_keys(name):
        op.drop_constraint(str(reference["name"]), name, type_="foreignkey")


def _on_sqlite(name: str, keys: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    """SQLite can't drop a reference: the table is made again, and filled from the old one."""
    op.rename_table(name, f"old_{name}")
    new = op.create_table(
        name,
        *(sa.Column(number, sa.BigInteger(), server_default="0", nullable=False) for number in numbers),
        *(sa.Column(key, sa.BigInteger(), nullable=False) for key in keys),
        sa.PrimaryKeyConstraint(*keys),
        sqlite_with_rowid=False,
    )
    every = (*numbers, *keys)
    old = sa.table(f"old_{name}", *(sa.column(column) for column in every))
    op.execute(sa.insert(new).from_select(every, sa.select(old)))
    op.drop_table(f"old_{name}")
