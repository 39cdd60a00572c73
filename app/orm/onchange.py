"""Unsaved records, and what changes in a form while somebody edits it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.orm import access, cache, commands, compute, writing
from app.orm.commands import Command
from app.orm.creating import IGNORED
from app.orm.newid import NewId
from app.orm.predicate import invalid_field

if TYPE_CHECKING:
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset


def new(records: Recordset, values: dict[str, Any], origin: Recordset | None) -> Any:
    """A record that is not saved, with these values; the others come from its origin, defaults and computes."""
    draft = records.browse(NewId(origin.id if origin else None))
    for name in values:
        if name not in records._fields:
            raise invalid_field(name, type(records))
    _check_sight(records, values, origin)
    free = draft.with_env(records.env.derive(su=True))
    for name, value in values.items():
        if name not in IGNORED:
            writing.write(free, {name: value}, None)
    return draft


def _check_sight(records: Recordset, values: Mapping[str, Any], origin: Recordset | None = None) -> None:
    """What is computed from a draft may look at everything: so nobody may put into it what he can't see."""
    env = records.env
    if env.su:
        return
    if origin:
        access.check_access(origin.with_env(env), "read")
    for name, value in values.items():
        field: Any = records._fields.get(name)
        if field is None or value is None:
            continue
        if field.type == "many2one":
            writing.check_targets(env, field, {field.normalise(value, env)}, None)
        elif field.type == "reference":
            writing.check_references(env, field, [field.normalise(value, env)])
        elif field.x2many:
            triples = commands.parsed(field, value)
            writing.check_commands(env, field, [(0, triples)])
            for kind, _record, rest in triples:
                if kind in (commands.CREATE, commands.UPDATE):
                    _check_sight(env[field.comodel], rest)


def onchange(records: Recordset, values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Run the onchange methods of `names` and the computes; returns the fields that differ from what the form shows."""
    env = records.env
    origin = records if records._ids and records.ids else None
    draft = new(records.browse(), values, origin)
    shown = {name: _shown(draft, field) for name, field in _edited(records).items()}
    for name in names:
        if name not in records._fields:
            raise invalid_field(name, type(records))
        compute.modified(env, records._fields[name], draft._ids)
    for name in names:
        for method in records._collected["_onchange"]:
            if name in getattr(records, method)._onchange:
                getattr(draft, method)()
    after = {name: _shown(draft, field) for name, field in _edited(records).items()}
    return {name: _output(draft, records._fields[name]) for name, raw in after.items() if raw != shown[name] or name not in shown}


def _edited(records: Recordset) -> dict[str, Field[Any]]:
    """The fields that a form may show to this user."""
    fields = records._fields
    return {
        name: field
        for name, field in fields.items()
        if name not in IGNORED and name != "custom" and access.field_allowed(records.env, field, "read") and not field.inherited
    }


def _shown(draft: Recordset, field: Field[Any]) -> Any:
    """A value that can be compared: raw values, lines by what they hold."""
    env = draft.env.derive(su=True)
    own = draft._ids[0]
    record = draft.with_env(env)
    if field.computed and not field.store:
        value = getattr(record, field.name)
        return tuple(value._ids) if hasattr(value, "_ids") else value
    raw = cache.raw_value(record, field, own)
    if field.type == "one2many":
        return tuple(_line(record, field, each) for each in raw)
    return raw


def _line(record: Recordset, field: Any, own: Any) -> Any:
    if not isinstance(own, NewId):
        return own
    line = record.env[field.comodel].browse(own)
    return own, tuple((name, _plain(line, each)) for name, each in line._fields.items() if each.in_table and name not in IGNORED)


def _plain(line: Recordset, field: Field[Any]) -> Any:
    raw = cache.raw_value(line, field, line._ids[0])
    return repr(raw)


def _output(draft: Recordset, field: Any) -> Any:
    """A value as a form takes it."""
    value = getattr(draft, field.name)
    if field.x2many:
        return [_command(draft, field, each) for each in value._ids]
    if field.type == "many2one":
        return {"id": value.id, "display_name": value.display_name} if value else None
    return value


def _command(draft: Recordset, field: Any, own: Any) -> Any:
    if not isinstance(own, NewId):
        return Command.link(own)
    line = draft.env[field.comodel].browse(own)
    values = {
        name: _field_value(line, each)
        for name, each in line._fields.items()
        if each.in_table and name not in IGNORED and name != getattr(field, "inverse_name", "") and name != "custom"
    }
    return Command.update(own.origin, values) if own.origin else Command.create(values)


def _field_value(line: Recordset, field: Field[Any]) -> Any:
    value = getattr(line, field.name)
    return value.id if hasattr(value, "_ids") else value
