"""What Alembic runs for every `flask db …`: on the owner's connection, one process at a time.

After an upgrade to the newest revision the schema is complete: what add-ons brought is added, the audit's next months have
their partitions, and the web's role has its grants (and not more: it may not change the audit).
"""

from __future__ import annotations

from logging.config import fileConfig
from pathlib import Path

import sqlalchemy as sa
from alembic import context
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import make_url

from app.orm import comparing, ddl

config = context.config
if config.config_file_name and Path(config.config_file_name).exists():
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def _owner_url() -> sa.URL:
    settings = current_app.config
    return make_url(settings.get("DATABASE_OWNER_URL") or settings["SQLALCHEMY_DATABASE_URI"])


def _complete(connection: sa.Connection) -> None:
    """What follows an upgrade; nothing while an older revision is wanted."""
    wanted = set(ScriptDirectory.from_config(config).get_heads())
    if set(context.get_context().get_current_heads()) != wanted:
        return
    registry = current_app.extensions["kartoteka"].database.registry
    ddl.refresh_functions(connection, registry)
    ddl.apply_additive(connection, registry)
    ddl.make_partitions(connection, registry)
    web = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).username
    if web and web != _owner_url().username:
        ddl.grant(connection, registry, web)


def _is_upgrade() -> bool:
    try:
        context.get_revision_argument()
    except KeyError:
        return False
    return True


def run() -> None:
    """Compare or migrate, holding the lock under which the schema changes."""
    metadata = current_app.extensions["kartoteka"].database.registry.metadata
    engine = sa.create_engine(_owner_url(), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_lock(ddl.LOCK)))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=comparing.include_name(metadata),
            include_object=comparing.include_object(metadata),
            compare_type=comparing.compare_type,
            compare_server_default=False,
            process_revision_directives=comparing.numbered(ScriptDirectory.from_config(config)),
        )
        with context.begin_transaction():
            context.run_migrations()
            if _is_upgrade():
                _complete(connection)
        connection.commit()


run()
