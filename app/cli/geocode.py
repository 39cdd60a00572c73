"""`flask geocode load` fills the gazetteer; `flask geocode run` puts every record that waits for a point into the queue."""

from __future__ import annotations

from typing import Any

import click
import psycopg
from flask import current_app
from flask.cli import with_appcontext

from app.geo.loader import load as load_gazetteer
from app.geo.loader import load_if_outdated
from app.orm.env import Env
from app.web.context import kartoteka


@click.group("geocode")
def geocode() -> None:
    """The gazetteer, and points for addresses."""


@geocode.command("load")
@click.option("--again", is_flag=True, help="Load even when this very release is there already.")
@with_appcontext
def load(*, again: bool) -> None:
    """Fill the gazetteer with the towns of the world."""
    dsn = str(current_app.config["DATABASE_OWNER_URL"]).replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(dsn) as connection:
        report = (load_gazetteer if again else load_if_outdated)(connection, click.echo)
    click.echo("Up to date." if report is None else f"{report.towns} towns, {report.names} names, {report.regions} regions.")


@geocode.command("run")
@with_appcontext
def run() -> None:
    """Ask again for the point of every record that has none yet."""
    registry = kartoteka().database.registry
    for name, model in registry.models.items():
        if not model._abstract and hasattr(model, "geocode_waiting"):
            count = kartoteka().database.superuser(source="command").run(lambda env, name=name: _enqueue(env, name))
            click.echo(f"{name}: {count} records wait for the worker.")


def _enqueue(env: Env, name: str) -> int:
    """The model's own `geocode_waiting` puts its records into the queue and says how many there are."""
    model: Any = env[name]
    return int(model.geocode_waiting())


COMMANDS = (geocode,)
