"""Which column goes into which field: read from JSON or from a short text, checked against the registry before the first row.

JSON:

    {"source": "old-crm", "id": "Id", "fields": {
        "title": "Title",                                           a column
        "kind": {"constant": "book"},                               the same for all rows
        "note": {"columns": ["Shelf", "Remark"], "join": "; "},     several columns in one field
        "state": {"column": "State", "values": {"ok": "done"}, "empty": ["--"]},
        "topic_ids": {"columns": ["Topic"], "by": "name",           records looked up by a field, and
                      "create": {"group_id": {"constant": "t"}}},   created when missing
        "line_ids": [{"fields": {"amount": "Amount"}}],             records that belong to this one
        "place_id": {"fields": {"town": "Town"}, "share": true}     a record made first; equal ones are made once
    }}

`source` is the namespace of the external ids. The short text has one `field = Column` per line or `;`: dots go into records
that belong to this one (`line_ids.amount = Amount`), `+` joins columns, quotes make a constant, `id` is the external id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.orm.errors import UserError
from app.orm.i18n import _

if TYPE_CHECKING:
    from app.base.importing.table import Row
    from app.orm.registry import Registry

_KEYS = frozenset({"column", "columns", "constant", "join", "values", "empty", "by", "create", "split", "fields"})


class MappingError(UserError):
    """The mapping names something that does not exist; nothing was read."""

    code = "bad-mapping"


@dataclass(frozen=True, slots=True)
class Source:
    """Where the text of a field comes from."""

    columns: tuple[str, ...] = ()
    constant: Any = None
    join: str = " "
    values: Dict[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    split: str | None = None

    def cells(self, row: Row) -> list[str]:
        """The filled cells of these columns, with their replacements."""
        found = (self.values.get(text, text) for name in self.columns if (text := row.cells.get(name)))
        kept = [text for text in found if text and text not in self.empty]
        if self.split is None:
            return kept
        return [part.strip() for text in kept for part in text.split(self.split) if part.strip()]

    def value(self, row: Row) -> Any:
        """The constant, or the joined cells; `None` when all are empty."""
        if self.constant is not None:
            return self.constant
        return self.join.join(self.cells(row)) or None


@dataclass(frozen=True, slots=True)
class Lookup:
    """Records found by one of their fields; `create` has what a new one gets, `None` forbids new ones."""

    model: str
    by: str
    source: Source
    create: Dict[str, Source | Lookup] | None


@dataclass(slots=True)
class Part:
    """The mapping of one model: its plain fields, looked-up records, and records that belong to it."""

    model: str
    sources: dict[str, Source] = field(default_factory=dict)
    lookups: dict[str, Lookup] = field(default_factory=dict)
    before: dict[str, Part] = field(default_factory=dict)
    """Many2one fields whose record is made first."""
    after: dict[str, list[Part]] = field(default_factory=dict)
    """One2many fields whose records are made afterwards."""
    share: bool = False
    """Whether rows with the same values get the same record."""

    def has_data(self, row: Row) -> bool:
        """Whether any column, not only constants, has something for this part."""
        own = any(source.cells(row) for source in self.sources.values())
        found = any(lookup.source.cells(row) for lookup in self.lookups.values())
        below = any(part.has_data(row) for part in self.parts())
        return own or found or below

    def parts(self) -> Iterator[Part]:
        """The parts directly below."""
        yield from self.before.values()
        for parts in self.after.values():
            yield from parts

    def columns(self) -> Iterator[str]:
        """All columns that are used."""
        for source in self.sources.values():
            yield from source.columns
        for lookup in self.lookups.values():
            yield from lookup.source.columns
        for part in self.parts():
            yield from part.columns()


@dataclass(slots=True)
class Mapping:
    """A checked mapping for one model."""

    root: Part
    id_column: str | None
    source: str

    @classmethod
    def load(cls, registry: Registry, model: str, given: str) -> Mapping:
        """From a file's name, JSON text or the short form. Raises `MappingError`."""
        text = Path(given).read_text("utf-8") if len(given) < 255 and Path(given).is_file() else given
        if text.lstrip().startswith("{"):
            try:
                data = json.loads(text)
            except json.JSONDecodeError as error:
                raise MappingError(_("The mapping is not valid JSON: %(error)s", error=str(error))) from error
        else:
            data = _from_short(registry, model, text)
        return cls.check(registry, model, data)

    @classmethod
    def check(cls, registry: Registry, model: str, data: Dict[str, Any]) -> Mapping:
        """From the data of the JSON form."""
        if model not in registry:
            raise MappingError(_("There is no model %(name)s.", name=model))
        if unknown := set(data) - {"model", "source", "id", "fields"}:
            raise MappingError(_("The mapping has an unknown key %(name)s.", name=min(unknown)))
        if not data.get("fields"):
            raise MappingError(_("The mapping maps no field."))
        return cls(_part(registry, model, data["fields"]), data.get("id"), str(data.get("source") or "import"))

    def check_columns(self, columns: list[str]) -> None:
        """Refuse a mapping that names columns which the file has not."""
        wanted = [self.id_column] if self.id_column else []
        for name in [*wanted, *self.root.columns()]:
            if name not in columns:
                raise MappingError(
                    _(
                        "The file has no column %(name)s. It has: %(columns)s.",
                        name=name,
                        columns=", ".join(filter(None, columns)),
                    )
                )


def _part(registry: Registry, model: str, fields: Dict[str, Any]) -> Part:
    part, known = Part(model), registry[model]._fields
    for name, given in fields.items():
        declared = known.get(name)
        if declared is None:
            raise MappingError(_("%(model)s has no field %(name)s.", model=model, name=name))
        if declared.readonly:
            raise MappingError(_("%(model)s.%(name)s is read-only and can't be imported.", model=model, name=name))
        comodel = getattr(declared, "comodel", "")
        if declared.type == "one2many":
            items = given if isinstance(given, list) else [given]
            part.after[name] = [_part(registry, comodel, _nested(model, name, item)) for item in items]
        elif isinstance(given, Dict) and "fields" in given:
            part.before[name] = _part(registry, comodel, given["fields"])
            part.before[name].share = bool(given.get("share"))
        elif comodel:
            part.lookups[name] = _lookup(registry, comodel, given)
        else:
            part.sources[name] = _source(given)
    return part


def _nested(model: str, name: str, item: Any) -> Dict[str, Any]:
    if not isinstance(item, Dict) or not isinstance(item.get("fields"), Dict):
        raise MappingError(_("%(model)s.%(name)s holds records: map their fields below “fields”.", model=model, name=name))
    found: Dict[str, Any] = item["fields"]
    return found


def _source(given: Any) -> Source:
    if isinstance(given, str):
        return Source(columns=(given,))
    if not isinstance(given, Dict):
        raise MappingError(_("“%(text)s” is no source: give a column's name or an object.", text=str(given)))
    if unknown := set(given) - _KEYS:
        raise MappingError(_("The mapping has an unknown key %(name)s.", name=min(unknown)))
    columns = given.get("columns") or ([given["column"]] if "column" in given else [])
    return Source(
        columns=tuple(columns),
        constant=given.get("constant"),
        join=given.get("join", " "),
        values=given.get("values", {}),
        empty=frozenset(given.get("empty", ())),
        split=given.get("split"),
    )


def _lookup(registry: Registry, model: str, given: Any) -> Lookup:
    options = given if isinstance(given, Dict) else {}
    by = options.get("by") or registry[model]._rec_name
    known = registry[model]._fields
    for name in (by, *(options.get("create") or {})):
        if name not in known:
            raise MappingError(_("%(model)s has no field %(name)s.", model=model, name=name))
    if options.get("create") is None:
        return Lookup(model, by, _source(given), None)
    create: dict[str, Source | Lookup] = {}
    for name, value in options["create"].items():
        comodel = getattr(known[name], "comodel", "")
        create[name] = _lookup(registry, comodel, value) if comodel else _source(value)
    return Lookup(model, by, _source(given), create)


def _from_short(registry: Registry, model: str, text: str) -> dict[str, Any]:
    """The data of the JSON form from `field = Column` lines."""
    data: dict[str, Any] = {"fields": {}}
    for entry in text.replace(";", "\n").splitlines():
        name, found, column = (part.strip() for part in entry.partition("="))
        if not name or name.startswith("#"):
            continue
        if not found or not column:
            raise MappingError(_("“%(text)s” is not of the form field = Column.", text=entry.strip()))
        if name in {"id", "source"}:
            data[name] = column.strip("'\"")
        else:
            _put(registry, model, data["fields"], name.split("."), column)
    return data


def _put(registry: Registry, model: str, fields: dict[str, Any], path: list[str], column: str) -> None:
    declared = registry[model]._fields.get(path[0]) if model in registry else None
    if declared is None:
        raise MappingError(_("%(model)s has no field %(name)s.", model=model, name=path[0]))
    comodel = getattr(declared, "comodel", "")
    if len(path) == 1 or declared.type == "many2many":
        source: dict[str, Any] = {"columns": [part.strip() for part in column.split("+")]}
        if column[0] in "'\"":
            source = {"constant": column.strip("'\"")}
        fields[path[0]] = {**source, "by": path[1]} if len(path) > 1 else source
        return
    below = fields.setdefault(path[0], [{"fields": {}}] if declared.type == "one2many" else {"fields": {}})
    _put(registry, comodel, (below[0] if isinstance(below, list) else below)["fields"], path[1:], column)
