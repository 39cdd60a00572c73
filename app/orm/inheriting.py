"""`_inherits`: the fields of a parent record as they are seen through its child."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.orm.fields.relational import One2many

if TYPE_CHECKING:
    from app.orm.recordset import Recordset
    from app.orm.registry import Registry


def inherit_through(registry: Registry, model: type[Recordset]) -> None:
    """`_inherits`: the parent's fields as related fields of the child, unless the child has its own."""
    for parent, link in model._inherits.items():
        if parent not in registry.models or link not in model._fields:
            continue
        for name, field in registry[parent]._fields.items():
            if name in model._fields or name in ("id", "display_name"):
                continue
            args: dict[str, Any] = {
                key: field.args[key] for key in ("string", "help", "size", "digits", "comodel", "selection") if key in field.args
            }
            rights = (("read", field.roles_read), ("write", field.roles_write))
            args |= {right: granted for right, granted in rights if granted is not None}
            if isinstance(field, One2many):
                args["inverse_name"] = field.inverse_name
            through = type(field)(**args, related=f"{link}.{name}", readonly=field.readonly)
            bound = through.bound(model._name, name)
            bound.inherited = True
            model._fields[name] = bound
            setattr(model, name, bound)
