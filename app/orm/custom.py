"""Custom fields: what administrators define at run time, as fields of the registry that a unit works with.

    table custom_field ──definitions──▶ Definition … ──extended──▶ a registry with these fields, for this unit only
           ▲                                                            │ commit: the version in registry_version rises
    app/base/custom_field.py ──redefine──────────────────────────────────┘ every process reads it in its next unit

A registry is never changed by a definition. `extended` makes another one: the declared classes stay as they are, a model
with custom fields gets a class derived from its declared one, fields that did not change are the same objects (what a store
holds of them stays), statements are kept anew. So units that are under way go on with what they began with, and what is
rolled back was never anywhere else. A model without custom fields keeps its class and pays nothing.

Values lie in `custom` (`fields/custom.py`). They are sent as patches: the keys of the changed fields are taken away, those
that hold something put in again; so two units that write different fields of one record both win.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import psycopg
import sqlalchemy as sa

from app.orm import audit
from app.orm.compute import ComputeGraph
from app.orm.definition import short
from app.orm.domain import Domain
from app.orm.fields.base import Field
from app.orm.fields.custom import COLUMN, TYPES, sql
from app.orm.fields.money import Monetary
from app.orm.inheriting import inherit_through
from app.orm.model import ModelMeta
from app.orm.schema import ConstraintInfo

if TYPE_CHECKING:
    from app.orm.env import Database, Env
    from app.orm.recordset import Recordset
    from app.orm.registry import Registry

_log = logging.getLogger(__name__)


class Definition(NamedTuple):
    """One row of `custom_field`; lists are JSON text, so that definitions can be compared and looked up."""

    id: int
    active: bool
    model: str
    name: str
    label: str
    type: str
    required: bool
    default: str | None
    help: str | None
    choices: str | None
    comodel: str | None
    read_roles: str | None
    write_roles: str | None
    domain: str | None
    unique: bool
    indexed: bool


_QUERY = (
    'SELECT id, active, model, name, label, type, required, "default", help, choices::text, comodel, read_roles, write_roles, '
    'domain::text, "unique", "index" FROM custom_field ORDER BY model, sequence, id'
)


def definitions(env: Env) -> tuple[Definition, ...]:
    """All definitions as this unit sees them."""
    if "custom.field" not in env.registry:
        return ()
    return tuple(Definition(*row) for row in env.unit.rows(_QUERY))


def chosen(env: Env, ids: Iterable[int]) -> list[Definition]:
    """The definitions with these ids whose model is still declared."""
    wanted = set(ids)
    return [each for each in definitions(env) if each.id in wanted and each.model in env.registry]


# ---- fields -----------------------------------------------------------------------------------------------------------


def field_of(definition: Definition) -> Field[Any]:
    """The field of a definition. Raises `ValueError` or `TypeError` for a default or a choice that can't be one."""
    args: dict[str, Any] = {"string": definition.label, "required": definition.required}
    if definition.help:
        args["help"] = definition.help
    if definition.type == "selection":
        args["selection"] = [(value, label) for value, label in orjson.loads(definition.choices or "[]")]
    if definition.type == "many2one":
        args["comodel"] = definition.comodel
    for right in ("read", "write"):
        roles = getattr(definition, f"{right}_roles")
        if roles:
            args[right] = roles
    if definition.default is not None:
        value = default_of(definition)
        args["default"] = lambda _records: value
    field = TYPES[definition.type](**args).bound(definition.model, definition.name)
    field.custom = True
    field.unique = definition.unique
    if definition.domain:
        field.concerns = Domain(orjson.loads(definition.domain))
    return field


def default_of(definition: Definition) -> Any:
    """The default as a value that the field takes; it is kept as text."""
    text = definition.default or ""
    if definition.type == "many2one":
        return int(text)
    return orjson.loads(text) if definition.type == "json" else text


# ---- registries -------------------------------------------------------------------------------------------------------


def extended(registry: Registry, wanted: tuple[Definition, ...]) -> Registry:
    """Another registry: the declared models with the fields of these definitions."""
    made = copy(registry)
    made.definitions, made.statements, made.custom_fields = wanted, {}, {}
    fields: dict[str, dict[str, Field[Any]]] = {}
    for each in wanted:
        if each.active and _fits(registry, each):
            made.custom_fields[each] = field = registry.custom_fields.get(each) or field_of(each)
            fields.setdefault(each.model, {})[each.name] = field
    made.models = {name: _variant(model, fields.get(name, {})) for name, model in registry.declared.items()}
    for name, model in made.models.items():
        if any(parent in fields for parent in model._inherits):
            made.models[name] = heir = model if name in fields else _variant(model, {}, always=True)
            inherit_through(made, heir)
    for name in fields:
        for field in made.models[name]._fields.values():
            if field.custom and isinstance(field, Monetary):
                field.find_currency(made.models[name]._fields)
    made.constraint_messages = {**registry.declared_messages, **_messages(made)}
    made.graph = ComputeGraph(made)
    return made


def _fits(registry: Registry, definition: Definition) -> bool:
    """Whether a definition still goes with the declarations: an add-on may have gone since, or brought a field of the name."""
    model = registry.declared.get(definition.model)
    lost = definition.type == "many2one" and definition.comodel not in registry.declared
    if model is None or model._abstract or lost or definition.name in model._fields:
        _log.warning("custom field %s.%s does not go with the declarations", definition.model, definition.name)
        return False
    return True


def _variant(declared: type[Recordset], fields: dict[str, Field[Any]], *, always: bool = False) -> type[Recordset]:
    """A class derived from the declared one that has these fields too; the declared one itself without any."""
    if not fields and not always:
        return declared
    for name in fields:
        if name not in vars(declared):
            setattr(declared, name, _Named(name))
    namespace = {
        "__module__": declared.__module__,
        "__doc__": declared.__doc__,
        "_fields": {**declared._fields, **fields},
        "_customs": tuple(fields.values()),
    }
    made: Any = ModelMeta(declared.__name__, (declared,), namespace, compiled=True)
    return made  # type: ignore[no-any-return]


class _Named:
    """Stands on a declared class for a custom field of that name, whatever it is in the unit of the records.

    So records that were taken before it was defined or changed find it too.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def _field(self, records: Any) -> tuple[Any, Field[Any]]:
        now = records._now
        field = now._fields.get(self.name)
        if field is None:
            raise AttributeError(self.name)
        return now, field

    def __get__(self, records: Any, owner: Any) -> Any:
        if records is None:
            found = owner._fields.get(self.name)
            if found is None:
                raise AttributeError(self.name)
            return found
        now, field = self._field(records)
        return now._read_field(field)

    def __set__(self, records: Any, value: Any) -> None:
        now, field = self._field(records)
        now._assign(field, value)


def _messages(registry: Registry) -> dict[str, ConstraintInfo]:
    return {
        index_name(registry, each.model, each.name, unique=True): ConstraintInfo(each.model, (each.name,), "")
        for each in registry.custom_fields
        if each.unique
    }


def redefine(env: Env, version: int) -> None:
    """Go on in this unit with the definitions as they are now; `version` is the row that tells the others of the commit."""
    env.flush()
    audit.write(env)  # what was collected of a field that goes can't be described any more afterwards
    registry = extended(env.registry, definitions(env))
    registry.version = version
    env.unit.adopt(registry)


# ---- values -----------------------------------------------------------------------------------------------------------


def filled(env: Env, definition: Definition) -> int:
    """How many rows hold a value of this field."""
    table = env.registry[definition.model]._table.name
    rows = env.unit.rows(f'SELECT count(*) FROM "{table}" WHERE "{COLUMN}" ? %(name)s', {"name": definition.name})  # noqa: S608 - names of the registry
    return int(rows[0][0])


def rename(env: Env, definition: Definition, name: str) -> None:
    """Keep the values of a field under another name. Its indexes go first: without the values they would not hold."""
    drop_indexes(env, definition)
    table = _rewritten(env, definition)
    env.unit.run(
        f'UPDATE "{table}" SET "{COLUMN}" = ("{COLUMN}" - %(old)s::text) || jsonb_build_object(%(new)s::text, "{COLUMN}" -> %(old)s) '  # noqa: S608 - names of the registry
        f'WHERE "{COLUMN}" ? %(old)s',
        {"old": definition.name, "new": name},
    )


def drop_values(env: Env, definition: Definition) -> None:
    """Take the indexes of a field that goes away, and its values from all rows."""
    drop_indexes(env, definition)
    table = _rewritten(env, definition)
    env.unit.run(
        f'UPDATE "{table}" SET "{COLUMN}" = "{COLUMN}" - %(name)s::text WHERE "{COLUMN}" ? %(name)s',  # noqa: S608 - names of the registry
        {"name": definition.name},
    )


def _rewritten(env: Env, definition: Definition) -> str:
    """The table of which a statement rewrites the column: nothing that was loaded of it is true any more."""
    model = env.registry[definition.model]
    env.unit.store.values[model._fields[COLUMN]].clear()
    return str(model._table.name)


# ---- indexes ----------------------------------------------------------------------------------------------------------


def index_name(registry: Registry, model: str, name: str, *, unique: bool) -> str:
    """The name begins so that migrations leave the index alone (`comparing.RUNTIME_PREFIX`)."""
    return short(f"x_{registry[model]._table.name}_{name}_{'key' if unique else 'idx'}")


def drop_indexes(env: Env, definition: Definition, kinds: Iterable[bool] = (True, False)) -> None:
    """Remove the indexes of a field, unique (True) and plain (False)."""
    for unique in kinds:
        name = index_name(env.registry, definition.model, definition.name, unique=unique)
        if env.database.owner is None:
            env.unit.run(f'DROP INDEX IF EXISTS "{name}"')
        else:
            env.unit.run("SELECT drop_custom_index(%(name)s)", {"name": name})


def index_states(env: Env, wanted: Iterable[Definition]) -> dict[tuple[int, bool], bool]:
    """By definition and kind (unique or not), whether its index is valid; those that are not there are left out."""
    names = {
        index_name(env.registry, each.model, each.name, unique=unique): (each.id, unique)
        for each in wanted
        for unique in (True, False)
    }
    rows = env.unit.rows(
        "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(names)s)",
        {"names": list(names)},
    )
    return {names[name]: valid for name, valid in rows}


def build_index(database: Database, registry: Registry, definition: Definition, *, unique: bool) -> str | None:
    """Make the index while others go on writing; what stands in its way (`duplicates`, `failed`), and then none is left.

    It can't be made in a transaction, and it waits for all that are open: so nobody who calls this may hold one.
    """
    name = index_name(registry, definition.model, definition.name, unique=unique)
    table, kind = registry[definition.model]._table.name, "UNIQUE INDEX" if unique else "INDEX"
    expression = sql(field_of(definition))
    drop = f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"'
    try:
        _outside(database, drop, f'CREATE {kind} CONCURRENTLY "{name}" ON "{table}" (({expression}))')
    except psycopg.Error as error:
        _log.warning("the index %s can't be made: %s", name, error)
        _outside(database, drop)
        return "duplicates" if isinstance(error, psycopg.errors.UniqueViolation) else "failed"
    return None


def _outside(database: Database, *statements: str) -> None:
    """Send statements on a connection of the tables' owner that is in no transaction, and waits for others as long as it takes."""
    url = database.engine.url if database.owner is None else sa.make_url(database.owner)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    place = "" if database.schema is None else f'; SET search_path TO "{database.schema}", public'
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in (f"SET lock_timeout TO 0{place}", *statements):
            connection.execute(statement.encode())
