"""How Alembic compares the declarations with a database: what is not ours it leaves alone.

Not ours are tables that no declaration knows (PostGIS' own, the gazetteer's, partitions), and indexes that were made at run
time for own fields.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic.operations import ops
from alembic.script import ScriptDirectory
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB

RUNTIME_PREFIX = "x_"


def include_name(metadata: sa.MetaData) -> Callable[..., bool]:
    """Which names of the database are looked at."""

    def include(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or name in metadata.tables

    return include


def include_object(metadata: sa.MetaData) -> Callable[..., bool]:
    """Which objects are compared."""

    def include(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        if kind == "table":
            return not reflected or name in metadata.tables
        if kind == "index":
            return _compared(thing, name or "", reflected=reflected, compare_to=compare_to)
        return True

    return include


def _compared(index: Any, name: str, *, reflected: bool, compare_to: Any) -> bool:
    """An index of expressions is compared by its name: PostgreSQL gives its text back in another form."""
    if reflected:
        return compare_to is None and not name.startswith(RUNTIME_PREFIX)
    return compare_to is None or all(isinstance(element, sa.Column) for element in index.expressions)


def compare_type(_context: Any, _inspected: Any, declared: Any, found: Any, wanted: Any) -> bool | None:
    """Whether a column's type differs; `None` leaves it to Alembic."""
    _ = declared
    if isinstance(wanted, Geometry):
        return not isinstance(found, Geometry)
    if isinstance(wanted, JSONB):
        return not isinstance(found, JSONB)
    return None


def numbered(scripts: ScriptDirectory) -> Callable[..., None]:
    """Number new revisions (0002, 0003 …), drop empty ones, and let them pass over what was added at a start already."""

    def process(context: Any, _revision: Any, directives: list[ops.MigrationScript]) -> None:
        script = directives[0]
        if (
            script.upgrade_ops is not None
            and script.upgrade_ops.is_empty()
            and getattr(context.config.cmd_opts, "autogenerate", False)
        ):
            directives.clear()
            return
        script.rev_id = f"{sum(1 for _script in scripts.walk_revisions()) + 1:04d}"
        for operation in _all(script.upgrade_ops):
            if isinstance(operation, ops.CreateTableOp | ops.CreateIndexOp | ops.AddColumnOp):
                operation.if_not_exists = True
            if isinstance(operation, ops.CreateTableOp):
                operation.info = {}

    return process


def _all(container: Any) -> list[Any]:
    found: list[Any] = []
    for operation in container.ops if container is not None else ():
        found += _all(operation) if isinstance(operation, ops.ModifyTableOps) else [operation]
    return found
