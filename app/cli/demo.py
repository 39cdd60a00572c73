"""`flask demo`: the demonstration's users, and the data that every `models/data/*` module brings in its `load`.

`load(env, amount)` makes what all its data share and returns the rest as steps, each to be called with the env of a unit of its
own. While PostgreSQL works for one step, Python prepares the next: so there are two of them at a time, each on a connection. They
are committed in their order, however long each takes, so that whatever stops the command leaves the first n steps, and the next
call goes on after them.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app import discovery
from app.cli.seeding import demo_users
from app.orm.env import Database, Env
from app.web.context import kartoteka

CONNECTIONS = 2
Step = Callable[[Env], Any]


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
            if hasattr(module, "load") and module.load.__module__ == module.__name__:
                _load(database, module, amount)


def _load(database: Database, module: ModuleType, amount: int) -> None:
    started = time.monotonic()
    _in_order(database, _unit(database, lambda env: module.load(env, amount)))
    click.echo(f"{module.__name__}: {time.monotonic() - started:.1f} s")


def _unit(database: Database, step: Step) -> Any:
    return database.superuser(source="command", tracking=False).run(step)


def _in_order(database: Database, steps: Iterable[Step]) -> None:
    """Carry out the steps side by side; each commits after the one before it, and not at all when that failed."""
    units: list[Future[Any]] = []
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for step in steps:
            units.append(pool.submit(_unit, database, _after(units[-1], step) if units else step))
        try:
            for unit in units:
                unit.result()
        finally:
            for unit in units:
                unit.cancel()


def _after(former: Future[Any], step: Step) -> Step:
    """The step, done when the former one is committed."""

    def run(env: Env) -> None:
        step(env)
        env.flush()
        former.result()

    return run


COMMANDS = (demo,)
