"""Orders as text (`"name desc nulls last, id"`) become terms; who may not read a field can't order by it either."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.orm import access

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset


def order_terms(
    env: Env, model: type[Recordset], order: str | None, *, declared: bool = False
) -> list[tuple[str, bool, str | None]]:
    """`"a desc nulls last, b"` as (field, descending, nulls); `id` is added last. Raises `ValueError`.

    Of an order that was not asked for, but declared, only what the user may read counts.
    """
    asked = order if not declared else None
    terms: list[tuple[str, bool, str | None]] = []
    for part in (order or model._order or "id").split(","):
        words = part.split()
        if not words:
            raise ValueError(f"Invalid order {order!r}")
        term = _order_term(env, model, words, asked)
        if asked or access.field_allowed(env, model._fields[term[0]]):
            terms.append(term)
    if not any(name == "id" for name, _down, _nulls in terms):
        terms.append(("id", False, None))
    return terms


def _order_term(env: Env, model: type[Recordset], words: list[str], order: str | None) -> tuple[str, bool, str | None]:
    name, rest = words[0], [word.lower() for word in words[1:]]
    field = model._fields.get(name)
    if field is None:
        raise ValueError(f"Invalid field {name!r} on {model._name} in the order {order!r}")
    if not env.su and order is not None:
        access.check_field(env, field, "read")
    down = bool(rest) and rest[0] == "desc"
    if rest and rest[0] in ("asc", "desc"):
        rest = rest[1:]
    nulls = rest[1] if len(rest) == 2 and rest[0] == "nulls" and rest[1] in ("first", "last") else None
    if rest and nulls is None:
        raise ValueError(f"Invalid order {order!r}: only asc, desc, nulls first and nulls last may follow a field")
    if not field.sortable:
        raise ValueError(f"Cannot order {model._name} by {name!r}: it is not stored")
    return name, down, nulls
