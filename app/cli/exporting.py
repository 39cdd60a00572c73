"""`flask export MODEL`: all records of a model as CSV, safe against formula injection, readable by `flask import`."""

from __future__ import annotations

import csv
import sys
from typing import Any, TextIO

import click
from flask.cli import with_appcontext

from app.orm.env import Env
from app.web.context import kartoteka

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LEFT_OUT = frozenset({"one2many", "file", "image", "geopolygon"})


@click.command("export")
@click.argument("model")
@click.option("--columns", help="Names of fields, separated by commas; all by default.")
@click.option("--output", type=click.File("w", encoding="utf-8", lazy=True), default="-")
@with_appcontext
def export(model: str, columns: str | None, output: TextIO) -> None:
    """Write all records of MODEL as CSV."""
    database = kartoteka().database
    # A process that has just begun learns of custom fields in its first unit.
    models = database.superuser().run(lambda env: env.registry.models, readonly=True)
    if model not in models or models[model]._abstract:
        raise click.UsageError(f"There is no model {model}.")
    fields = models[model]._fields
    names = (
        columns.split(",")
        if columns
        else [name for name, field in fields.items() if field.store and field.type not in _LEFT_OUT and name != "custom"]
    )
    for name in names:
        if name not in fields:
            raise click.UsageError(f"{model} has no field {name}.")
    count = database.superuser(source="command").run(lambda env: _write(env, model, names, output), readonly=True)
    click.echo(f"{count} records", file=sys.stderr)


def _write(env: Env, model: str, names: list[str], output: TextIO) -> int:
    writer = csv.writer(output)
    writer.writerow(["id", *names])
    count = 0
    records: Any = env[model].with_context(active_test=False)
    for chunk in records.search_iter([], chunk=1000):
        for row in chunk.read(names):
            writer.writerow([row["id"], *(cell(row[name]) for name in names)])
            count += 1
    return count


def cell(value: Any) -> str:
    """A value as the text of a cell; what a spreadsheet would take for a formula begins with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, dict):
        value = value.get("display_name", "")
    elif isinstance(value, (list, tuple)):
        value = ";".join(str(item) for item in value)
    elif hasattr(value, "isoformat"):
        return str(value.isoformat())
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


COMMANDS = (export,)
