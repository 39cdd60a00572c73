"""Merges the declarations of one name, checks them and compiles one record class per model.

    class statements of models/, app/base/, add-ons
      │ _group: by name, the founding one first, extensions after it
      ▼
    parts of a model ──_compile──▶ fields, access, rules, constraints, indexes merged; the record class
      │                              the parents first, so a class is made when all it inherits from is there
      ▼
    inherit_through (`_inherits`) ─▶ checks.check ─▶ schema.compile_tables ─▶ ComputeGraph ─▶ Registry, shared by all threads
                                     what is wrong      tables, indexes         triggers           │ one per unit of work
                                                                                                   ▼
         version in the database moved ──reload──▶ access read anew, and with other custom fields a registry `extended` from this

A compiled class inherits from all its parts, the last declared first, then from the compiled classes it inherits from, so that
`super()` walks along the merged order. It is no declaration any more: `Crate` in a module only says what shall be, while
`registry["crate"]` is what env hands out. Fields are copied for each compiled model, for a declaration may serve several
registries (tests build many) and several heirs; a field that is declared again merges its attributes over the former one.

Why in this order: an extension may name what another one adds, so nothing can be looked up before all parts are merged. Fields
through `_inherits` need the merged fields of the parent. The checks need all of that and tell with file, line and a near name
what would fail later somewhere else; so tables and the graph are only made of declarations that are sound.

What always holds. After `build` nothing changes but `access` (letters by model and role), `version` and what is kept to save
time: `statements`, the graph's closures. A registry is used by many threads without a lock; the lock only keeps two of them
from reloading at once. Comparing fields by identity is enough, since one registry has one object for each field, and the store
of a unit is keyed by these objects. Statements are kept per registry, because their texts follow from its declarations.

Every unit of work reads the version in its first statement and calls `reload` when it has moved. Rights are changed in place.
Custom fields are not: `custom.extended` makes another registry, in which the unit and all later ones go on, fields that did not
change are the same objects, and units under way keep the one that they began with. For that reason `owners.py`, `quick.py` and
all others ask `env.registry`, which is the unit's, and never that of the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import MetaData

from app.orm import checks, custom, schema, shapes
from app.orm.compute import ComputeGraph
from app.orm.errors import DeclarationError
from app.orm.fields.base import Field, Id
from app.orm.fields.relational import Many2one
from app.orm.fields.scalar import Integer, Json
from app.orm.fields.temporal import Datetime
from app.orm.fields.text import Char
from app.orm.i18n import LazyText, _
from app.orm.inheriting import inherit_through
from app.orm.model import Access, BaseModel, Constraint, Index, ModelMeta, kind_of
from app.orm.recordset import Recordset

Declaration = type[BaseModel]


def base_fields(concrete: bool) -> dict[str, Field[Any]]:
    """The fields that every model gets: `display_name`, and with a table also id, who and when, revision, custom."""
    fields: dict[str, Field[Any]] = {
        "display_name": Char(string=_("Display name"), compute="_compute_display_name", search="_search_display_name")
    }
    if concrete:
        fields |= {
            "id": Id(string=_("ID")),
            "create_uid": Many2one("user", string=_("Created by"), readonly=True, copy=False, ondelete="set null"),
            "create_date": Datetime(string=_("Created on"), readonly=True, copy=False),
            "write_uid": Many2one("user", string=_("Changed by"), readonly=True, copy=False, ondelete="set null"),
            "write_date": Datetime(string=_("Changed on"), readonly=True, copy=False),
            "revision": Integer(string=_("Revision"), readonly=True, copy=False, default=1),
            "custom": Json(string=_("Own fields"), readonly=True, copy=False, read="nobody"),
        }
    return fields


class Registry:
    """All compiled models by name; immutable but for `access` and `version`."""

    def __init__(self, metadata: MetaData | None = None) -> None:
        self.models: dict[str, type[Recordset]] = {}
        self.metadata = metadata if metadata is not None else MetaData()
        self.access: dict[str, dict[str, str]] = {}
        self.version = 0
        self.lock = threading.Lock()
        self.statements: dict[Any, Any] = {}
        self.reloaders: list[Callable[[Any], None]] = []
        self.companions: dict[str, dict[str, Field[Any]]] = {}
        self.declared: dict[str, type[Recordset]] = self.models
        """The models without custom fields."""
        self.definitions: tuple[custom.Definition, ...] = ()
        self.custom_fields: dict[custom.Definition, Field[Any]] = {}

    @classmethod
    def build(cls, declarations: Iterable[Declaration], metadata: MetaData | None = None) -> Registry:
        """Merge, check and compile. Raises `DeclarationError` with file, line and a near name."""
        registry, every = cls(metadata), list(declarations)
        shapes.parts(every)
        parts = _group(every)
        for name in parts:
            registry._compile(name, parts, ())
        for model in registry.models.values():
            inherit_through(registry, model)
        checks.check(registry)
        schema.compile_tables(registry, registry.metadata)
        registry.graph = ComputeGraph(registry)
        registry.constraint_messages = registry.declared_messages = schema.constraint_messages(registry)
        registry.access = {name: dict(model._access) for name, model in registry.models.items()}
        return registry

    graph: ComputeGraph
    constraint_messages: dict[str, Any]
    declared_messages: dict[str, Any]

    def reload(self, env: Any, version: int) -> None:
        """Read again what may change while the portal runs; called when the version in the database moved.

        Rights change here. Custom fields make another registry, which the unit of `env` goes on with.
        """
        with self.lock:
            latest: Registry = env.database.registry
            if latest.version != version:
                found = custom.definitions(env)
                latest = self if found == self.definitions else custom.extended(self, found)
                env.unit.adopt(latest)
                for reloader in self.reloaders:
                    reloader(env)
                latest.version = version
            env.unit.adopt(latest)

    def __getitem__(self, name: str) -> type[Recordset]:
        return self.models[name]

    def __contains__(self, name: object) -> bool:
        return name in self.models

    def __iter__(self) -> Iterator[str]:
        return iter(self.models)

    def concrete(self) -> list[type[Recordset]]:
        """The models that have a table."""
        return [model for model in self.models.values() if not model._abstract]

    def references(self, name: str) -> list[Field[Any]]:
        """Every field of every model through which a record of `name` may be referred to.

        Many2one and many2many with that comodel, and generic references: merge, erasure and hand-over walk this list.
        """
        found: list[Field[Any]] = []
        for model in self.concrete():
            for field in model._fields.values():
                if not field.store or field.related:
                    continue
                points = field.relational and field.type != "one2many" and getattr(field, "comodel", None) == name
                if points or field.type == "reference":
                    found.append(field)
        return found

    # ---- compiling ------------------------------------------------------------------------------------------------

    def _compile(self, name: str, parts: Mapping[str, list[Declaration]], trail: tuple[str, ...]) -> type[Recordset]:
        if name in self.models:
            return self.models[name]
        if name in trail:
            raise DeclarationError(f"{name}: inherits from itself by way of {' -> '.join(trail)}", model=name)
        own = parts[name]
        parents = list(dict.fromkeys(parent for part in own for parent in part._declared_parents))
        for parent in parents:
            if parent not in parts:
                raise checks.unknown_parent(own[0], name, parent, parts)
        bases = [self._compile(parent, parts, (*trail, name)) for parent in parents]
        model = _class(name, own, bases)
        model._fields = _merge_fields(model, own, bases)
        for field_name, field in model._fields.items():
            setattr(model, field_name, field)
        self.models[name] = model
        return model


def _group(declarations: list[Declaration]) -> dict[str, list[Declaration]]:
    """Declarations by model, the founding one first; an extension of a missing model is refused."""
    parts: dict[str, list[Declaration]] = {}
    ordered = sorted(declarations, key=lambda part: part._declared_extension)
    for part in ordered:
        name = part._declared_name
        if name in parts and not part._declared_extension:
            raise checks.declared_twice(part, parts[name][0])
        if part._declared_extension and name not in parts:
            raise checks.unknown_parent(part, name, name, parts)
        parts.setdefault(name, []).append(part)
    return parts


def _class(name: str, own: list[Declaration], bases: list[type[Recordset]]) -> type[Recordset]:
    kind = kind_of(own[0])
    namespace: dict[str, Any] = {
        "__module__": own[0].__module__,
        "__doc__": own[0].__doc__,
        "_name": name,
        "_parts": tuple(own),
        "_abstract": kind._kind == "abstract",
        "_transient": kind._kind == "transient",
        "_table": None,
        "_inherits": {key: value for part in own for key, value in vars(part).get("_inherits", {}).items()},
        "_access": _merge_access(own, bases),
        "rules": [rule for base in bases for rule in base.rules] + [rule for part in own for rule in vars(part).get("rules", ())],
        "_constraints": _merge_named("_declared_constraints", "_constraints", own, bases),
        "_indexes": _merge_named("_declared_indexes", "_indexes", own, bases),
    }
    namespace["_table_name"] = _last(own, "_table") or name.replace(".", "_")
    description = _last(own, "_description") or (own[0].__doc__ or name).strip().split("\n")[0].split(". ")[0].rstrip(".")
    namespace["_description"] = description if isinstance(description, LazyText) else LazyText(str(description))
    ordered = _bases(own, bases)
    model: Any = ModelMeta(name.replace(".", "_"), ordered, namespace, compiled=True)
    model._collected = _methods(model)
    return model  # type: ignore[no-any-return]


def _bases(own: list[Declaration], bases: list[type[Recordset]]) -> tuple[type, ...]:
    """The parts from the last to the first, then the inherited models; each once."""
    return tuple(dict.fromkeys([*reversed(own), *bases]))


def _last(own: list[Declaration], attribute: str) -> Any:
    return next((vars(part)[attribute] for part in reversed(own) if attribute in vars(part)), None)


def _merge_access(own: list[Declaration], bases: list[type[Recordset]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for base in bases:
        merged |= base._access
    for part in own:
        access = vars(part).get("access")
        if isinstance(access, Access):
            merged |= access.letters
    return merged


def _merge_named(declared: str, compiled: str, own: list[Declaration], bases: list[type[Recordset]]) -> list[Any]:
    merged: dict[str, Constraint | Index] = {}
    for base in bases:
        merged |= {item.name: item for item in getattr(base, compiled)}
    for part in own:
        merged |= {item.name: item for item in getattr(part, declared).values()}
    return list(merged.values())


def _methods(model: Any) -> dict[str, list[str]]:
    """Names of the marked methods, by mark."""
    marks = ("_constrains", "_onchange", "_ondelete", "_action")
    found: dict[str, list[str]] = {mark: [] for mark in marks}
    for name in dir(model):
        method = getattr(model, name, None)
        for mark in marks:
            if callable(method) and name != mark and getattr(method, mark, None):
                found[mark].append(name)
    return found


def _merge_fields(model: Any, own: list[Declaration], bases: list[type[Recordset]]) -> dict[str, Field[Any]]:
    """Fields of the inherited models, then of the parts in order; a redeclared one merges its attributes over the former."""
    merged: dict[str, Field[Any]] = {}
    sources = [base._fields for base in bases] + [part._declared_fields for part in own]
    for source in [base_fields(not model._abstract), *sources]:
        for name, field in source.items():
            former = merged.get(name)
            merged[name] = field.merged(former) if former is not None and former is not field else field
    for name, field in list(merged.items()):
        bound = field.bound(model._name, name)
        merged[name] = bound
        for extra, companion in bound.companions().items():
            merged.setdefault(extra, companion.bound(model._name, extra))
    return merged
