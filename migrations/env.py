"""How Alembic reaches the database: through the application's own engine."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask import current_app

from server.core.db import Base, EnumText, Json, Moment

PLAIN = {Moment: "core_db.Moment()", Json: "core_db.Json()"}


def render_item(kind: str, item: Any, autogen_context: Any) -> str | bool:
    """Our column types by their own names; an enum as the text that it is, so that migrations outlive its members."""
    if kind != "type":
        return False
    if isinstance(item, EnumText):
        return "sa.String(length=32)"
    if type(item) in PLAIN:
        autogen_context.imports.add("from server.core import db as core_db")
        return PLAIN[type(item)]
    return False


def run() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
