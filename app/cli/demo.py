"""`flask demo`: the demonstration's users, and the data that every `models/data/*` module brings in its `load`."""

from __future__ import annotations

import importlib.util
import time

import click
from flask import current_app
from flask.cli import with_appcontext

from app import discovery
from app.cli.seeding import demo_users
from app.web.context import kartoteka


@click.command("demo")
@click.option("--parties", "amount", default=2000, show_default=True, help="How many parties there shall be.")
@with_appcontext
def demo(amount: int) -> None:
    """Make the demonstration's users and data; a second run adds nothing that is there."""
    database = kartoteka().database
    password: str = current_app.config["SETTINGS"].demo_password
    database.superuser(source="command").run(lambda env: demo_users(env, password))
    for name in kartoteka().packages.get("models", ()):
        folder = f"{name}.data"
        if importlib.util.find_spec(folder) is None:
            continue
        for module in discovery.modules([folder]):
            load = getattr(module, "load", None)
            if load is not None and load.__module__ == module.__name__:
                started = time.monotonic()
                database.superuser(source="command", tracking=False).run(lambda env, load=load: load(env, amount))
                click.echo(f"{module.__name__}: {time.monotonic() - started:.1f} s")


COMMANDS = (demo,)
