"""Actions of a state in the order of the board, counted without reading the actions themselves."""

from alembic import op

revision = "0026"
down_revision = "0019"
branch_labels = None
depends_on = None

COLUMNS = ["state", "due_on", "number", "closed_at", "owner_id", "department_id"]


def upgrade() -> None:
    op.create_index("action_in_order", "action", COLUMNS)
    op.drop_index("ix_action_state", "action")
