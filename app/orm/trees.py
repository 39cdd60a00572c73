"""Trees (`_parent_store = True`) refuse cycles, also when two units move records at once.

The rows from the new parent up to the root are locked before they are read. A unit that has moved one of them meanwhile makes
this unit fail at REPEATABLE READ and try again on what the other left; one that comes later waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.orm import flush
from app.orm.errors import ValidationError
from app.orm.i18n import _

if TYPE_CHECKING:
    from app.orm.recordset import Recordset


def check_move(records: Recordset, parent: int | None) -> None:
    """`ValidationError` when the new parent is one of the records or lies below one of them."""
    if parent is None or type(parent) is not int:
        return
    env = records.env
    if env.unit.store.dirty:
        flush.send(env)
    field = records._fields[records._parent_name]
    table, column = records._table.name, field.column
    own = {"parent": parent}
    chain = (
        f'WITH RECURSIVE up(id, parent) AS (SELECT id, "{column}" FROM "{table}" WHERE id = %(parent)s '  # noqa: S608
        f'UNION SELECT t.id, t."{column}" FROM "{table}" t JOIN up ON t.id = up.parent) SELECT id FROM up'
    )
    above = [row[0] for row in env.unit.rows(chain, own)]
    env.unit.run(f'SELECT id FROM "{table}" WHERE id = ANY(%(ids)s::int8[]) ORDER BY id FOR UPDATE', {"ids": above})  # noqa: S608
    for each in records._ids:
        if each in above:
            raise ValidationError(
                _("%(label)s: a record can't be placed below itself."),
                model=records._name,
                field=field.name,
                reason="cycle",
                label=field.string,
            )
