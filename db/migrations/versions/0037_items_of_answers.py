"""On PostgreSQL the items of answers are looked up once a statement in place of once an answer (docs/adr/0014)."""

from alembic import op

revision = "0037"
down_revision = "0033"
branch_labels = None
depends_on = None

REFUSED = (
    " RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = 'answer', CONSTRAINT = 'answer_item_id_fkey',"
    " MESSAGE = 'foreign key answer_item_id_fkey: an answer is to an item that is there'; END IF;"
)
WRITTEN = (
    "CREATE FUNCTION answers_have_items() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF (SELECT count(DISTINCT item_id) FROM written) > (SELECT count(*) FROM"
    " (SELECT 1 FROM item WHERE id IN (SELECT item_id FROM written) FOR KEY SHARE OF item) AS held) THEN"
    "%s RETURN NULL; END $$"
)
TAKEN_OUT = (
    "CREATE FUNCTION items_of_answers_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF EXISTS (SELECT 1 FROM answer WHERE item_id = OLD.id) THEN"
    "%s RETURN NULL; END $$"
)
TRIGGERS = (
    "CREATE TRIGGER items_of_new_answers AFTER INSERT ON answer REFERENCING NEW TABLE AS written"
    " FOR EACH STATEMENT EXECUTE FUNCTION answers_have_items()",
    "CREATE TRIGGER items_of_changed_answers AFTER UPDATE ON answer REFERENCING NEW TABLE AS written"
    " FOR EACH STATEMENT EXECUTE FUNCTION answers_have_items()",
    "CREATE TRIGGER answers_of_gone_items AFTER DELETE ON item FOR EACH ROW EXECUTE FUNCTION items_of_answers_stay()",
    "CREATE TRIGGER answers_of_changed_items AFTER UPDATE OF id ON item"
    " FOR EACH ROW EXECUTE FUNCTION items_of_answers_stay()",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("answer_item_id_fkey", "answer", type_="foreignkey")
        for statement in (WRITTEN % REFUSED, TAKEN_OUT % REFUSED, *TRIGGERS):
            op.execute(statement)
