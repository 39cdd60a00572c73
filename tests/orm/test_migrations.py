"""Migrations: the database that they make is the one that the declarations ask for, and the web's role may do what it must."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.operations import ops
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from app.local.cluster import BLANK_DATABASE
from app.local.places import CHECKOUT
from app.orm import comparing
from tests.support.databases import COPY, Place


@pytest.fixture
def alembic(app):
    """Alembic's configuration inside the application."""
    with app.app_context():
        yield app.extensions["migrate"].migrate.get_config()


@pytest.fixture
def owner(app):
    """A connection as the owner of the tables."""
    engine = sa.create_engine(app.config["DATABASE_OWNER_URL"], poolclass=sa.NullPool)
    with engine.connect() as connection:
        yield connection


def assert_nothing_to_migrate(alembic):
    """Alembic's own comparison, which raises `CommandError` and lists what differs."""
    command.check(alembic)


def test_the_declarations_ask_for_nothing_more(alembic):
    """Issue A 3: generated from the declarations; FAB's tables are compared with FAB's metadata."""
    assert_nothing_to_migrate(alembic)


def test_tables_of_others_are_left_alone(alembic, owner):
    """`include_object` keeps foreign tables."""
    owner.execute(sa.text("CREATE TABLE IF NOT EXISTS somebody_elses (id int)"))
    owner.commit()

    assert_nothing_to_migrate(alembic)


def test_several_processes_may_upgrade_an_empty_database_at_once(databases, services):
    """Migrations under a lock."""
    name = f"{COPY}{os.getpid()}_race"
    with databases.connection() as connection:
        databases._create(connection, name, BLANK_DATABASE)
    place = Place.named(services, name)
    environ = {**os.environ, "DATABASE_URL": place.web, "DATABASE_OWNER_URL": place.owner, "REDIS_URL": services.redis_url}
    line = [sys.executable, "-m", "flask", "--app", "run", "db", "upgrade"]
    running = [subprocess.Popen(line, cwd=CHECKOUT, env=environ, stderr=subprocess.PIPE, text=True) for _number in range(2)]
    said = [process.communicate()[1] for process in running]
    databases.drop(place)

    assert [process.returncode for process in running] == [0, 0], said
    assert sum("Running upgrade" in text for text in said) == 1


@pytest.mark.parametrize(
    ("table", "privilege", "granted"),
    [
        ("audit", "SELECT", True),
        ("audit", "INSERT", True),
        ("audit", "UPDATE", False),
        ("audit", "DELETE", False),
        ("audit", "TRUNCATE", False),
        ("audit_rest", "DELETE", False),
        ("party", "DELETE", True),
        ("ab_user", "UPDATE", True),
    ],
)
def test_the_webs_role_may_not_change_the_audit(app, owner, table, privilege, granted):
    """design.md 7: one role for the web without DELETE/UPDATE on the audit."""
    web = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).username
    if web == make_url(app.config["DATABASE_OWNER_URL"]).username:
        pytest.skip("one role for all: DATABASE_OWNER_URL is not set")
    query = sa.text("SELECT has_table_privilege(:web, :table, :privilege)")

    assert owner.execute(query, {"web": web, "table": table, "privilege": privilege}).scalar_one() is granted


def test_revisions_are_numbered_and_pass_over_what_is_there(alembic):
    scripts = ScriptDirectory.from_config(alembic)
    table = ops.CreateTableOp("shelf", [sa.Column("id", sa.Integer)])
    column = ops.AddColumnOp("party", sa.Column("shoe", sa.Integer))
    script = ops.MigrationScript("x", ops.UpgradeOps([table, ops.ModifyTableOps("party", [column])]), ops.DowngradeOps([]))

    comparing.numbered(scripts)(None, None, [script])

    assert script.rev_id == f"{len(list(scripts.walk_revisions())) + 1:04d}"
    assert table.if_not_exists
    assert column.if_not_exists
