"""The sequence that everybody holds: an immutable ordered tuple of ids of one model, with an env.

Only the face is here: set operations, walking, and the names of Odoo's calls. Reading and computing is `cache`, writing is
`writing` and `flush`, searching is `reading` and `statement`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

from app.orm import (
    access,
    cache,
    copying,
    creating,
    defaults,
    deleting,
    domain_eval,
    grouping,
    loading,
    locking,
    names,
    onchange,
    reading,
    sorting,
    writing,
)
from app.orm.i18n import _
from app.orm.newid import NewId

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.i18n import LazyText
    from app.orm.model import Constraint, Index, Rule


class Recordset:
    """Records of one model."""

    __slots__ = ("_ids", "_prefetch", "env")

    _name: ClassVar[str] = ""
    _table_name: ClassVar[str] = ""
    _description: ClassVar[LazyText]
    _table: ClassVar[Any]
    """In a declaration the table's name, where it is not the model's; compiled, the SQLAlchemy `Table`."""
    _abstract: ClassVar[bool] = True
    _transient: ClassVar[bool] = False
    _order: ClassVar[str] = "id"
    _rec_name: ClassVar[str] = "name"
    _parent_name: ClassVar[str] = "parent_id"
    _parent_store: ClassVar[bool] = False
    _audit: ClassVar[bool] = True
    _inherits: ClassVar[dict[str, str]] = {}
    _fields: ClassVar[dict[str, Field[Any]]] = {}
    _customs: ClassVar[tuple[Field[Any], ...]] = ()
    """Those of the fields that were defined at run time."""
    _access: ClassVar[dict[str, str]] = {}
    _constraints: ClassVar[list[Constraint]] = []
    _indexes: ClassVar[list[Index]] = []
    _collected: ClassVar[dict[str, list[str]]] = {}
    _parts: ClassVar[tuple[type, ...]] = ()
    rules: ClassVar[list[Rule]] = []

    env: Env
    display_name: str | None
    _ids: tuple[Any, ...]

    def __init__(self, env: Env, ids: tuple[Any, ...] = (), prefetch: Any = None) -> None:
        self.env = env
        self._ids = ids
        self._prefetch = prefetch

    # ---- the sequence ---------------------------------------------------------------------------------------------

    @property
    def ids(self) -> list[int]:
        """The ids of the saved records."""
        return [each for each in self._ids if each]

    def __len__(self) -> int:
        return len(self._ids)

    def __bool__(self) -> bool:
        return bool(self._ids)

    def __iter__(self) -> Iterator[Self]:
        self.env.check_open()
        ids = self._ids
        if len(ids) == 1:
            yield self
            return
        make, env, prefetch = type(self), self.env, self._prefetch or ids
        for each in ids:
            yield make(env, (each,), prefetch)

    @overload
    def __getitem__(self, key: int | slice) -> Self: ...
    @overload
    def __getitem__(self, key: str) -> Any: ...
    def __getitem__(self, key: int | slice | str) -> Any:
        if isinstance(key, str):
            return getattr(self, key)
        ids = self._ids[key]
        return type(self)(self.env, ids if isinstance(ids, tuple) else (ids,), self._prefetch or self._ids)

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __contains__(self, item: object) -> bool:
        if isinstance(item, str):
            return item in self._fields
        other = self._same(item, "in")
        return len(other) == 1 and other._ids[0] in self._ids

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Recordset):
            return NotImplemented
        return self._name == other._name and set(self._ids) == set(other._ids)

    def __hash__(self) -> int:
        return hash((self._name, frozenset(self._ids)))

    def __le__(self, other: Recordset) -> bool:
        return set(self._ids) <= set(self._same(other, "<=")._ids)

    def __lt__(self, other: Recordset) -> bool:
        return set(self._ids) < set(self._same(other, "<")._ids)

    def __ge__(self, other: Recordset) -> bool:
        return set(self._ids) >= set(self._same(other, ">=")._ids)

    def __gt__(self, other: Recordset) -> bool:
        return set(self._ids) > set(self._same(other, ">")._ids)

    def __or__(self, other: Recordset) -> Self:
        return self._with_ids(dict.fromkeys(self._ids + self._same(other, "|")._ids))

    def __and__(self, other: Recordset) -> Self:
        kept = set(self._same(other, "&")._ids)
        return self._with_ids(dict.fromkeys(each for each in self._ids if each in kept))

    def __add__(self, other: Recordset) -> Self:
        return self._with_ids(self._ids + self._same(other, "+")._ids)

    def __sub__(self, other: Recordset) -> Self:
        gone = set(self._same(other, "-")._ids)
        return self._with_ids(each for each in self._ids if each not in gone)

    def union(self, *others: Recordset) -> Self:
        """All records of these sets, each once, in order of appearance."""
        ids = dict.fromkeys(self._ids)
        for other in others:
            ids |= dict.fromkeys(self._same(other, "|")._ids)
        return self._with_ids(ids)

    def concat(self, *others: Recordset) -> Self:
        """All records of these sets, with repetitions."""
        result = self
        for other in others:
            result = result + other
        return result

    def _same(self, other: object, sign: str) -> Recordset:
        if isinstance(other, Recordset) and other._name == self._name:
            return other
        shown = other._name if isinstance(other, Recordset) else type(other).__name__
        raise TypeError(f"{self._name} {sign} {shown}: both sides must be records of one model")

    def _with_ids(self, ids: Iterable[Any]) -> Self:
        return type(self)(self.env, tuple(ids))

    def __repr__(self) -> str:
        shown = ", ".join(str(each) for each in self._ids[:10]) + (", …" if len(self._ids) > 10 else "")
        return f"{self._name}({shown}{',' if len(self._ids) == 1 else ''})"

    def __int__(self) -> int:
        return int(self.ensure_one()._ids[0] or 0)

    def __reduce__(self) -> Any:
        raise TypeError("records belong to a unit of work and can't be pickled; pass their ids")

    def ensure_one(self) -> Self:
        """The set itself when it holds exactly one record; else `ValueError`."""
        if len(self._ids) == 1:
            return self
        shown = ", ".join(str(each) for each in self._ids)
        raise ValueError(f"Expected one record: {self._name}({shown})")

    # ---- other envs -----------------------------------------------------------------------------------------------

    def with_env(self, env: Env) -> Self:
        """The same ids for another env."""
        model: Any = env.registry[self._name]
        return model(env, self._ids, self._prefetch)

    def with_context(self, *contexts: Mapping[str, Any], **more: Any) -> Self:
        """The same ids with context keys added (a mapping first replaces the context)."""
        base = contexts[0] if contexts else self.env.context
        return self.with_env(self.env.derive(context={**base, **more}))

    def with_user(self, user: Any) -> Self:
        """The same ids as this user sees them."""
        return self.with_env(self.env.with_user(user))

    def sudo(self, reason: str) -> Self:
        """The same ids with access and rules lifted; the reason is audited with whatever is written."""
        return self.with_env(self.env.sudo(reason))

    # ---- walking --------------------------------------------------------------------------------------------------

    def mapped(self, path: str | Callable[[Self], Any]) -> Any:
        """Values along a dotted path (relations give one deduplicated recordset), or of a function."""
        return sorting.mapped(self._now, path)

    def filtered(self, test: str | Callable[[Self], Any] | Any) -> Self:
        """The records for which the function, the field or the domain holds."""
        return sorting.filtered(self._now, test)

    def filtered_domain(self, domain: Any) -> Self:
        """The records that match, decided in Python exactly as SQL would."""
        return domain_eval.filtered_domain(self._now, domain)

    def sorted(self, key: str | Callable[[Self], Any] | None = None, reverse: bool = False) -> Self:
        """By the model's order, by an order text, or by a key function."""
        return sorting.sorted_records(self._now, key, reverse)

    def grouped(self, key: str | Callable[[Self], Any]) -> dict[Any, Self]:
        """Records by the value of a field or function."""
        return sorting.grouped(self._now, key)

    def exists(self) -> Self:
        """The records that are there and visible to the user, in this order."""
        return cache.existing(self)

    def browse(self, ids: Any = ()) -> Self:
        """Records of these ids; sends nothing."""
        if isinstance(ids, (int, NewId)):
            ids = (ids,) if ids or isinstance(ids, NewId) else ()
        return type(self)(self.env, tuple(ids or ()))

    # ---- reading --------------------------------------------------------------------------------------------------

    def search(self, domain: Any = (), offset: int = 0, limit: int | None = None, order: str | None = None) -> Self:
        """The visible records that match, in order."""
        return reading.search(self._now, domain, offset, limit, order)

    def search_fetch(
        self,
        domain: Any = (),
        field_names: Iterable[str] = (),
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ) -> Self:
        """`search`, with these fields loaded for all found."""
        return reading.search_fetch(self._now, domain, tuple(field_names), offset, limit, order)

    def search_count(self, domain: Any = (), limit: int | None = None) -> int:
        """How many records match (at most `limit`)."""
        return reading.search_count(self._now, domain, limit)

    def search_read(
        self,
        domain: Any = (),
        fields: Any = None,
        offset: int = 0,
        limit: int | None = None,
        order: str | None = None,
    ) -> list[dict[str, Any]]:
        """Rows as dicts, straight from the statement."""
        return reading.search_read(self._now, domain, fields, offset, limit, order)

    def search_iter(self, domain: Any = (), chunk: int = 1000, order: str | None = None) -> Iterator[Self]:
        """The found in sets of `chunk` records, in constant memory."""
        return reading.search_iter(self._now, domain, chunk, order)

    def read(self, fields: Any = None) -> list[dict[str, Any]]:
        """The records' values as dicts; those that are gone or hidden are left out."""
        return reading.read(self._now, fields)

    def read_group(
        self,
        domain: Any = (),
        groupby: str | Iterable[str] = (),
        aggregates: Iterable[str] = (),
        having: Any = (),
        order: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """Groups with aggregates; each carries `__domain`, which finds exactly its rows."""
        return grouping.read_group(self._now, domain, groupby, aggregates, having, order, limit, offset)

    def name_search(self, text: str = "", domain: Any = (), limit: int | None = 8) -> list[tuple[int, str]]:
        """`(id, label)` of the best matches over the fields marked `search=True`."""
        return names.name_search(self._now, text, domain, limit)

    def fields_get(self, names: Iterable[str] | None = None) -> dict[str, dict[str, Any]]:
        """What this user may know of the fields."""
        return access.fields_get(self._now, names)

    def is_hidden(self, name: str) -> bool:
        """Whether a many2one points to a record that this user may not see."""
        return cache.is_hidden(self._now, name)

    # ---- writing --------------------------------------------------------------------------------------------------

    def create(self, values: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Self:
        """New records in the given order; all or nothing."""
        rows = [values] if isinstance(values, Mapping) else list(values)
        return creating.create(self._now, rows)

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Assign values to all records; sent at the next flush. `expected` is the revision that the writer saw."""
        return writing.write(self._now, values, expected)

    def update(self, values: Mapping[str, Any]) -> None:
        """The same as `write`."""
        self.write(values)

    def unlink(self) -> bool:
        """Delete, with everything that hangs on the records by cascade."""
        return deleting.unlink(self._now)

    def copy(self, overrides: Mapping[str, Any] | None = None) -> Self:
        """Duplicates, in order."""
        return copying.copy(self, overrides)

    def copy_data(self, overrides: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The values with which `copy` creates."""
        return copying.copy_data(self._now, overrides)

    def new(self, values: Mapping[str, Any] | None = None, origin: Recordset | None = None) -> Self:
        """A record that is not saved; defaults, computes and onchange work on it."""
        return onchange.new(self._now, dict(values or {}), origin)

    def onchange(self, values: Mapping[str, Any], names: str | Iterable[str] = ()) -> dict[str, Any]:
        """What changes in a form after `names` were edited: only the values that differ from `values`."""
        return onchange.onchange(self._now, dict(values), (names,) if isinstance(names, str) else tuple(names))

    def load(self, fields: Iterable[str], rows: Iterable[Iterable[Any]]) -> dict[str, Any]:
        """Import a table of texts: `{"ids": [...] or False, "messages": [...]}`; any error and nothing is written."""
        return loading.load(self._now, list(fields), [list(row) for row in rows])

    def default_get(self, names: Iterable[str] | None = None) -> dict[str, Any]:
        """Default values of the named (or all) fields for this user."""
        return defaults.default_get(self._now, names)

    def action_archive(self) -> bool:
        """Set `active` to False."""
        return self.write({"active": False})

    def action_unarchive(self) -> bool:
        """Set `active` to True."""
        return self.write({"active": True})

    def toggle_active(self) -> None:
        """Archive what is active and bring back what is archived."""
        active = self.filtered("active")
        active.write({"active": False})
        (self - active).write({"active": True})

    def lock_for_update(self) -> Self:
        """Lock the rows until the unit ends; waits for others."""
        return locking.lock(self, wait=True)

    def try_lock_for_update(self, limit: int | None = None) -> Self:
        """Lock and return the rows that nobody else has locked."""
        return locking.lock(self, wait=False, limit=limit)

    def invalidate(self, names: Iterable[str] | None = None) -> None:
        """Forget what was loaded, after SQL of one's own."""
        self.env.flush()
        cache.invalidate(self._now, names)

    # ---- rights ---------------------------------------------------------------------------------------------------

    def has_access(self, operation: str) -> bool:
        """Whether the user may `create`, `read`, `write`, `unlink`, `export`, `import`, `merge` or `mail` (these records)."""
        return access.has_access(self, operation)

    def check_access(self, operation: str) -> None:
        """`AccessError` (or `MissingError` for hidden records) when `has_access` would say no."""
        access.check_access(self, operation)

    # ---- what subclasses override ---------------------------------------------------------------------------------

    def _compute_display_name(self) -> None:
        for record, name in zip(self, names.labels(self), strict=True):
            record["display_name"] = name

    def _search_display_name(self, operator: str, value: Any) -> Any:
        return names.label_domain(self, operator, value)

    @property
    def _origin(self) -> Self:
        """The saved records that unsaved ones were made from."""
        return self._with_ids(each.origin if isinstance(each, NewId) else each for each in self._ids if each or each.origin)

    # ---- called by the fields' descriptors ------------------------------------------------------------------------

    @property
    def _now(self) -> Self:
        """These records as the unit declares them now: it may have got other custom fields since they were taken."""
        model: Any = self.env.registry.models[self._name]
        return self if type(self) is model else model(self.env, self._ids, self._prefetch)

    def _read_field(self, field: Field[Any]) -> Any:
        return cache.read_field(self, field)

    def _assign(self, field: Field[Any], value: Any) -> None:
        """As `write` does, with what a model adds to it; computes and drafts fill in their values directly."""
        own = type(self).write is not Recordset.write
        if own and field not in self.env.unit.store.computing and not any(isinstance(each, NewId) for each in self._ids):
            self.write({field.name: value})
        else:
            writing.write(self, {field.name: value}, None)

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(sorted(self._fields)[:8])
        raise AttributeError(
            _("%(model)s has no field or method %(name)s (fields: %(known)s …)", model=self._name, name=name, known=known)
        )
