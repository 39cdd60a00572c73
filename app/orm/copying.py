"""Copy: which values a duplicate starts with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.orm import access, cache
from app.orm.commands import Command
from app.orm.creating import IGNORED
from app.orm.i18n import _, current_lang

if TYPE_CHECKING:
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset


def copy(records: Recordset, overrides: Mapping[str, Any] | None) -> Any:
    """Duplicates, in order."""
    return records.browse().create(records.copy_data(overrides))


def copy_data(records: Recordset, overrides: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The values of each record that a duplicate keeps, with `overrides` over them."""
    return [_values(record, dict(overrides or {}), ()) for record in records]


def _values(record: Recordset, overrides: dict[str, Any], skip: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, field in record._fields.items():
        if name in overrides or name in IGNORED or name in skip or not _copied(record, field):
            continue
        values[name] = _value(record, field)
    rec_name = record._rec_name
    field_of_name = record._fields.get(rec_name)
    if not skip and rec_name in values and field_of_name is not None and field_of_name.type == "char":
        values[rec_name] = _copy_name(field_of_name, values[rec_name])
    for link in record._inherits.values():
        values.pop(link, None)
    return values | overrides


def _copy_name(field: Field[Any], name: Any, lang: str | None = None) -> Any:
    """The label with "(copy)"; of a translated one, in each of its languages."""
    if isinstance(name, dict):
        return {lang: _copy_name(field, text, lang) for lang, text in name.items()}
    if not isinstance(name, str):
        return name
    text = _("%(name)s (copy)", name=name).translate(lang or current_lang())
    size = getattr(field, "size", None)
    return text if size is None or len(text) <= size else text[:size]


def _copied(record: Recordset, field: Field[Any]) -> bool:
    from_user = record.env.su or access.field_allowed(record.env, field, "read")
    if not field.copy or not from_user:
        return False
    if field.inherited:
        return True
    if field.computed:
        return field.store and not field.readonly
    return field.store


def _value(record: Recordset, field: Any) -> Any:
    if field.type == "one2many":
        lines = getattr(record, field.name)
        return [Command.create(_values(line, {}, (field.inverse_name,))) for line in lines]
    if field.type == "many2many":
        return [Command.set(getattr(record, field.name).ids)]
    value = getattr(record, field.name)
    if field.type == "many2one":
        return value.id
    if field.translate:
        return cache.raw_value(record, field, record._ids[0])
    return value
