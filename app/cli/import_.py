"""`flask import MODEL FILE --map …`: a CSV file becomes records; what could not be taken is named by line, field and reason."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from flask.cli import with_appcontext

from app.base.importing import Importer, Mapping, Report, Table
from app.orm.env import Env
from app.orm.errors import AppError
from app.web.context import kartoteka


@click.command("import")
@click.argument("model")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", required=True, help="A mapping file, or the mapping itself (docs: app/base/importing/mapping.py)."
)
@click.option("--skip-bad", is_flag=True, help="Write the good rows; without it any error leaves everything as it was.")
@click.option("--dry-run", is_flag=True, help="Count and check, write nothing.")
@click.option("--user", help="Login under whose rights the file is imported; the portal itself by default.")
@click.option("--encoding", help="Encoding of the file when the guess is wrong.")
@click.option("--separator", help="Separator of the columns when the guess is wrong.")
@with_appcontext
def import_(
    model: str,
    file: Path,
    mapping: str,
    *,
    skip_bad: bool,
    dry_run: bool,
    user: str | None,
    encoding: str | None,
    separator: str | None,
) -> None:
    """Import FILE into MODEL."""
    database = kartoteka().database
    started = time.monotonic()
    try:
        # A process that has just begun learns of custom fields in its first unit.
        registry = database.superuser().run(lambda env: env.registry, readonly=True)
        importer = Importer(Mapping.load(registry, model, mapping), skip_bad=skip_bad, dry_run=dry_run)
        report = importer.run(_env(user), Table(file, encoding, separator))
    except AppError as error:
        raise click.ClickException(error.message) from error
    _show(report, time.monotonic() - started)
    if report.errors and not skip_bad:
        sys.exit(1)


def _env(login: str | None) -> Env:
    """The env of that user, or of the portal itself."""
    database = kartoteka().database
    if login is None:
        return database.superuser(source="import")
    found = database.superuser().run(lambda env: env["user"].search([("login", "=", login)]).ids, readonly=True)
    if not found:
        raise click.UsageError(f"There is no user {login}.")
    return database.env(found[0], context={"source": "import"})


def _show(report: Report, seconds: float) -> None:
    for warning in report.warnings:
        click.echo(f"warning: line {warning}", err=True)
    for error in report.errors:
        click.echo(f"error: line {error}", err=True)
    click.echo(
        f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged, {report.skipped} skipped, "
        f"{len(report.warnings)} warnings, {seconds:.1f} s"
    )
    if not report.written:
        click.echo("Nothing was written.")


COMMANDS = (import_,)
