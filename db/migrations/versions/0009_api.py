"""Tokens of the JSON API and keys that make a request count once."""

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
