"""Runs that take personal data out of old records; event logs that nobody changes otherwise."""

import sqlalchemy as sa
from alembic import op

from db.columns import Id, Json, Moment

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

LOGS = {
    "audit_event": ("id, at, user_id, verb, about, about_id", "details"),
    "action_event": ("id, action_id, at, user_id, verb, from_state, to_state", "changes, comment"),
    "complaint_event": ("id, complaint_id, request_id, at, user_id, verb", "changes, comment"),
    "action_telling": ("id, action_id, round, outcome, happened_at, by_id, recorded_at", "said"),
    "action_signature": ("id, action_id, submitted_id, place, user_id", "signed_at"),
}
"""Table → columns that nobody changes, and columns that only a run may change."""
ON_SQLITE = (
    "CREATE TRIGGER %(log)s_stays BEFORE DELETE ON %(log)s BEGIN SELECT RAISE(ABORT, '%(log)s is append-only'); END",
    "CREATE TRIGGER %(log)s_as_written BEFORE UPDATE OF %(fixed)s ON %(log)s"
    " BEGIN SELECT RAISE(ABORT, '%(log)s is append-only'); END",
    "CREATE TRIGGER %(log)s_texts BEFORE UPDATE OF %(texts)s ON %(log)s WHEN NOT EXISTS (SELECT 1 FROM log_pass)"
    " BEGIN SELECT RAISE(ABORT, '%(log)s is append-only'); END",
)
ON_POSTGRESQL = (
    "CREATE TRIGGER %(log)s_stays BEFORE DELETE ON %(log)s FOR EACH ROW EXECUTE FUNCTION append_only()",
    "CREATE TRIGGER %(log)s_whole BEFORE TRUNCATE ON %(log)s FOR EACH STATEMENT EXECUTE FUNCTION append_only()",
    "CREATE TRIGGER %(log)s_as_written BEFORE UPDATE OF %(fixed)s ON %(log)s"
    " FOR EACH ROW EXECUTE FUNCTION append_only()",
    "CREATE TRIGGER %(log)s_texts BEFORE UPDATE OF %(texts)s ON %(log)s"
    " FOR EACH ROW EXECUTE FUNCTION append_only_but_by_a_run()",
)
FUNCTIONS = (
    "CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = '23000'; END $$",
    "CREATE FUNCTION append_only_but_by_a_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF NOT EXISTS (SELECT 1 FROM log_pass) THEN"
    " RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', ERRCODE = '23000';"
    " END IF; RETURN NEW; END $$",
)


def upgrade() -> None:
    op.create_table(
        "retention_run",
        sa.Column("id", Id, nullable=False),
        sa.Column("form_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("terms", Json, nullable=False),
        sa.Column("planned", Json, nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("position", Json, nullable=False),
        sa.Column("changed", Json, nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('retention', 'erasure')", name="kind_known"),
        sa.CheckConstraint("state IN ('proposed', 'running', 'done', 'withdrawn')", name="state_known"),
        sa.CheckConstraint("(kind = 'erasure') = (contact_id IS NOT NULL)", name="erasure_has_person"),
        sa.CheckConstraint("kind <> 'erasure' OR reason <> ''", name="erasure_has_reason"),
        sa.CheckConstraint("decided_by_id IS NULL OR decided_by_id <> proposed_by_id", name="decided_by_another"),
        sa.CheckConstraint("state NOT IN ('running', 'done') OR decided_by_id IS NOT NULL", name="decided_has_name"),
        sa.CheckConstraint("(state = 'done') = (ended_at IS NOT NULL)", name="done_has_time"),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"]),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("form_key"),
    )
    op.create_table(
        "log_pass",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["retention_run.id"]),
        sa.PrimaryKeyConstraint("run_id"),
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for function in FUNCTIONS if is_postgresql else ():
        op.execute(function)
    for log, (fixed, texts) in LOGS.items():
        for trigger in ON_POSTGRESQL if is_postgresql else ON_SQLITE:
            op.execute(sa.DDL(trigger, context={"log": log, "fixed": fixed, "texts": texts}))
