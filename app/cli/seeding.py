"""`flask seed`: roles and rights as declared, and for a demonstration its users. May be run as often as one likes."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.people import DEMO_USERS, set_user
from app.orm.env import Env
from app.web.context import kartoteka
from app.web.permissions import seed_rights


@click.command("seed")
@with_appcontext
def seed() -> None:
    """Write roles and rights that the declarations name and that were never written before."""
    database = kartoteka().database
    session = current_app.extensions["sqlalchemy"].session
    count = database.superuser(source="command").run(lambda env: seed_rights(session, env))
    if count:
        database.superuser(source="command").run(_new_version)
    click.echo(f"{count} rights written.")


def _new_version(env: Env) -> None:
    """Tell every process to read the rights again."""
    env["registry.version"].create({"reason": "rights seeded"})


def demo_users(env: Env, password: str) -> None:
    """The demonstration's users, each with the role of its name; a changed password is set again."""
    for login, name in DEMO_USERS.items():
        set_user(env, login, password=password, roles=[login], name=name)


COMMANDS = (seed,)
