"""audit entries are never touched again

A sealed entry cannot be changed and no entry can be deleted, whoever asks. A database administrator can drop these
triggers; the chain then shows what was done (docs/adr/0005).

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SAYS = "audit entries are never touched again"

SQLITE = (
    f"""CREATE TRIGGER audit_entries_keep BEFORE DELETE ON audit_entries
        BEGIN SELECT RAISE(ABORT, '{SAYS}'); END""",
    f"""CREATE TRIGGER audit_entries_freeze BEFORE UPDATE ON audit_entries WHEN OLD.seq IS NOT NULL
        BEGIN SELECT RAISE(ABORT, '{SAYS}'); END""",
)
POSTGRESQL = (
    f"""CREATE FUNCTION audit_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{SAYS}'; END $$""",
    """CREATE TRIGGER audit_entries_keep BEFORE DELETE ON audit_entries
       FOR EACH ROW EXECUTE FUNCTION audit_entries_refuse()""",
    """CREATE TRIGGER audit_entries_freeze BEFORE UPDATE ON audit_entries
       FOR EACH ROW WHEN (OLD.seq IS NOT NULL) EXECUTE FUNCTION audit_entries_refuse()""",
    """CREATE TRIGGER audit_entries_stay BEFORE TRUNCATE ON audit_entries
       FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_refuse()""",
)
MARIADB = (
    f"""CREATE TRIGGER audit_entries_keep BEFORE DELETE ON audit_entries FOR EACH ROW
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{SAYS}'""",
    f"""CREATE TRIGGER audit_entries_freeze BEFORE UPDATE ON audit_entries FOR EACH ROW
        IF OLD.seq IS NOT NULL THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{SAYS}'; END IF""",
)
MADE = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "mysql": MARIADB, "mariadb": MARIADB}


def upgrade() -> None:
    for statement in MADE[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_entries_refuse() CASCADE")
        return
    op.execute("DROP TRIGGER audit_entries_freeze")
    op.execute("DROP TRIGGER audit_entries_keep")
