"""Default values: the context's, those the user saved, the field's own, those of the `_inherits` parent, in this order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.orm import access
from app.orm.predicate import invalid_field
from app.orm.store import MISSING

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

Row = dict[str, Any]


def default_get(records: Recordset, names: Iterable[str] | None) -> Row:
    """Defaults of the named (or all) fields for this user: context, saved default, the field's own."""
    env, model = records.env, type(records)
    wanted = list(names) if names is not None else list(model._fields)
    found: Row = {}
    for name in wanted:
        if name not in model._fields:
            raise invalid_field(name, model)
        value = default_of(env, model, model._fields[name])
        if value is not MISSING:
            found[name] = value
    return found


def default_of(env: Env, model: type[Recordset], field: Field[Any]) -> Any:
    """One default, or `MISSING`."""
    key = f"default_{field.name}"
    if key in env.context:
        return env.context[key]
    saved = env.saved_defaults(model._name)
    if field.name in saved:
        return saved[field.name]
    if field.has_default:
        return _called(env, model, field.default)
    if field.inherited:
        link, _dot, name = ".".join(field.related).partition(".")
        parent = env.registry[model._fields[link].comodel]  # type: ignore[attr-defined]
        return default_of(env, parent, parent._fields[name])
    return MISSING


def _called(env: Env, model: type[Recordset], default: Any) -> Any:
    if isinstance(default, str) and callable(getattr(model, default, None)):
        return getattr(env[model._name], default)()
    if callable(default) and not hasattr(default, "path"):
        return default(env[model._name])
    if hasattr(default, "path"):
        return access.user_value(env, default)
    return default
