"""The version of the questionnaire that a plan was approved with, so that changed questions wait for agreement."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan", sa.Column("questionnaire_number", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE plan SET questionnaire_number ="
        " (SELECT COALESCE(MAX(number), 0) FROM questionnaire WHERE questionnaire.wave_id = plan.wave_id)"
        " WHERE state = 'approved'"
    )
