"""Which models are resources, under which names, and which of their fields this user may read and write.

The sets are worked out once per set of roles and version of the registry, not once per request.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from app.orm.env import Env
from app.orm.errors import MissingError
from app.orm.i18n import _

BINARY = frozenset({"file", "image"})
LISTS = frozenset({"one2many", "many2many"})
PROTECTED = frozenset({"id", "create_uid", "create_date", "write_uid", "write_date", "revision", "custom", "display_name"})
_LONG = BINARY | LISTS | {"html", "json", "geopolygon"}
_KEPT = 512


@dataclass(frozen=True)
class Shape:
    """What one set of roles may do with the fields of one model."""

    readable: tuple[str, ...]
    writable: frozenset[str]
    listed: tuple[str, ...]
    shown: tuple[str, ...]


_shapes: WeakKeyDictionary[Any, dict[tuple[Any, ...], Shape]] = WeakKeyDictionary()


def resource_of(model: str) -> str:
    """The name of a model in an address."""
    return model.replace(".", "_")


def served(cls: Any) -> bool:
    """Whether a compiled model is a resource."""
    return not cls._abstract and not cls._transient


def resources(registry: Any) -> dict[str, str]:
    """Model names by resource name."""
    return {resource_of(name): name for name, cls in registry.models.items() if served(cls)}


def records(env: Env, resource: str) -> Any:
    """The empty recordset behind an address; an unknown resource is like a hidden one."""
    name = resources(env.registry).get(resource) if resource not in env.registry.models else resource
    if name is None or not served(env.registry.models[name]):
        raise MissingError(_("There is no resource %(name)s.", name=resource))
    return env[name]


def shape(model: Any) -> Shape:
    """The fields of a recordset's model as its user may use them."""
    env = model.env
    known = _shapes.setdefault(env.registry, {})
    key = (env.registry.version, model._name, env.roles, env.su)
    found = known.get(key)
    if found is None:
        if len(known) > _KEPT:
            known.clear()
        found = known[key] = _shape(model)
    return found


def _shape(model: Any) -> Shape:
    facts = model.fields_get()
    fields = {name: field for name, field in model._fields.items() if name in facts}
    readable = ("id", *(name for name in fields if name != "id"))
    stored = [name for name, field in fields.items() if field.store and name not in PROTECTED]
    return Shape(
        readable=readable,
        writable=frozenset(
            name
            for name in fields
            if name not in PROTECTED and not facts[name].get("readonly") and fields[name].type not in BINARY
        ),
        listed=("id", *(name for name in stored if fields[name].type not in _LONG)),
        shown=("id", *(name for name in fields if name not in PROTECTED and fields[name].type not in BINARY), "revision"),
    )
