"""Writes the first revision's SQL anew from the declarations: `python -m app.migrations.snapshot`.

Only before anybody has run the first revision; afterwards `flask --app run db migrate -m "…"` writes what differs.
"""

from __future__ import annotations

from pathlib import Path

from app import create_app
from app.orm import ddl

SQL = Path(__file__).parent / "versions" / "0001_initial.sql"


def snapshot() -> str:
    """The statements for all tables, in an order that does not depend on the order of declarations."""
    registry = create_app().extensions["kartoteka"].database.registry
    tables = sorted(registry.metadata.tables.values(), key=lambda table: str(table.name))
    head = "-- All tables as the declarations had them; written by app.migrations.snapshot.\n\n"
    return head + "".join(f"{statement};\n\n" for statement in ddl.statements(tables)).replace("\t", "    ").replace(" \n", "\n")


if __name__ == "__main__":
    SQL.write_text(snapshot())
