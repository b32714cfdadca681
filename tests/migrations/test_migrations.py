"""The migrations: one head, up and down on every database, and the same schema as the models."""

from __future__ import annotations

import alembic.autogenerate
import alembic.migration
import alembic.script
import flask_migrate
import pytest
import sqlalchemy as sa

from server.app import create_app
from server.core.db import Base, db, session, unit
from server.domain import identity
from server.domain.identity import SCHEDULER, AuditEntry
from tests.conftest import make_settings
from tests.support.databases import chosen_databases, fresh_database


def test_there_is_one_head():
    script = alembic.script.ScriptDirectory("migrations")
    assert len(script.get_heads()) == 1


@pytest.mark.parametrize("make", chosen_databases())
def test_up_equals_the_models_and_down_leaves_nothing(make, tmp_path):
    with fresh_database(make, tmp_path) as database:
        app = create_app(make_settings(tmp_path, database_url=database.url))
        with app.app_context():
            flask_migrate.upgrade()
            with db.engine.connect() as connection:
                context = alembic.migration.MigrationContext.configure(connection, opts={"compare_type": same_type})
                assert alembic.autogenerate.compare_metadata(context, Base.metadata) == []
            flask_migrate.downgrade(revision="base")
            assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version", "sqlite_sequence"}
            flask_migrate.upgrade()
            db.engine.dispose()


@pytest.mark.parametrize("make", chosen_databases())
def test_a_sealed_entry_cannot_be_changed_and_none_deleted(make, tmp_path):
    with fresh_database(make, tmp_path) as database:
        app = create_app(make_settings(tmp_path, database_url=database.url))
        with app.app_context():
            flask_migrate.upgrade()
            with unit():
                identity.record(SCHEDULER, "test.done", subject=("test", "1"), summary="一句话")
            with unit():
                assert identity.seal_audit() == 1
            for touch in (sa.update(AuditEntry).values(summary="另一句话"), sa.delete(AuditEntry)):
                with pytest.raises(sa.exc.DBAPIError, match="never touched"), unit():
                    session().execute(touch)
            db.engine.dispose()


def same_type(_context, _inspected, _metadata_column, inspected_type, metadata_type):
    """Differences that are only a database's way of spelling one of our types are none."""
    if isinstance(metadata_type, sa.types.TypeDecorator):
        return False
    if isinstance(metadata_type, sa.Uuid | sa.Boolean):
        return False
    return None
