"""`flask check`: the declarations are right (else this would not have started), and the catalogues are complete."""

from __future__ import annotations

from pathlib import Path

import click
from babel.messages.pofile import read_po
from flask.cli import with_appcontext

from app.orm.i18n import LANGUAGES
from app.web.context import kartoteka

_CATALOGUES = Path(__file__).resolve().parent.parent / "translations"
_SOURCE = "en"


@click.command("check")
@with_appcontext
def check() -> None:
    """Check declarations and translations; ends with 1 when something is missing."""
    registry = kartoteka().database.registry
    click.echo(f"{len(registry.models)} models are declared and fit together.")
    missing = {lang: untranslated(lang) for lang in LANGUAGES if lang != _SOURCE}
    for lang, texts in missing.items():
        click.echo(f"{lang}: {len(texts)} texts without translation" if texts else f"{lang}: complete")
        for text in texts:
            click.echo(f"  {text}")
    if any(missing.values()):
        raise click.exceptions.Exit(1)


def untranslated(lang: str) -> list[str]:
    """The texts of a catalogue that have no translation, or one that is marked as doubtful."""
    path = _CATALOGUES / lang / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return [f"{path.name} for {lang} is missing"]
    with path.open("rb") as stream:
        catalogue = read_po(stream)
    return [str(message.id) for message in catalogue if message.id and (message.fuzzy or not _filled(message.string))]


def _filled(text: object) -> bool:
    return all(text) if isinstance(text, (list, tuple)) else bool(text)


COMMANDS = (check,)
