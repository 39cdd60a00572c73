"""Create: a batch of values becomes rows by one INSERT … SELECT FROM unnest.

    values ─▶ defaults ─▶ parents of `_inherits` ─▶ columns normalised ─▶ ids drawn ─▶ into the store
           ─▶ stored computes that need no lines ─▶ required ─▶ INSERT ─▶ lines, links, inverses ─▶ rules ─▶ constraints

Ids are drawn before, so that computed values travel in the INSERT itself and the order of the given values is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from app.orm import access, audit, cache, commands, compute, flush, quick, wire, writing
from app.orm.defaults import default_of
from app.orm.errors import ValidationError
from app.orm.fields.custom import concerned, put_documents
from app.orm.i18n import _
from app.orm.predicate import invalid_field
from app.orm.store import MISSING

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

Row = dict[str, Any]
SMALL = 50
"""Batches below this size keep one statement per model."""
IGNORED = frozenset({"id", "create_uid", "create_date", "write_uid", "write_date", "revision", "display_name"})


def create(records: Recordset, rows: Iterable[Mapping[str, Any]]) -> Any:
    """New records in the given order; all or nothing."""
    env, model = records.env, type(records)
    if model._abstract:
        raise ValueError(f"{model._name} is abstract: it has no records")
    access.check(env, model, "create")
    given = [_accepted(env, model, row) for row in rows]
    if not given:
        return records.browse()
    quick.take_over(env)
    found: list[int] = []
    flush.guarded(env, lambda: found.extend(_create(records, given)))
    return records.browse(found)


def _accepted(env: Env, model: type[Recordset], row: Mapping[str, Any]) -> Row:
    """The values that count: known fields that the user may write."""
    if not isinstance(row, Mapping):
        raise ValueError(f"create() takes dicts of values, not {row!r}")
    fields = model._fields
    accepted = {}
    for name, value in row.items():
        field = fields.get(name)
        if field is None:
            raise invalid_field(name, model)
        if name in IGNORED:
            continue
        if not env.su:
            access.check_field(env, field, "write")
        accepted[name] = value
    return accepted


def _create(records: Recordset, rows: list[Row]) -> list[int]:
    env, model = records.env, type(records)
    _add_defaults(env, model, rows)
    _create_parents(env, model, rows)
    ids = _draw(env, model, len(rows))
    store = env.unit.store
    unsent = store.unsent.setdefault(model._name, set())
    unsent.update(ids)
    columns = _columns(env, model, rows, ids)
    _mark(env, model, rows, ids)
    _compute_early(env, model, rows, ids)
    _check_required(env, model, ids)
    _check_links(env, columns)
    _insert(env, model, ids)
    _tell(env, model, ids)
    unsent.difference_update(ids)
    store.born[model._name].update(ids)
    store.raised[model._name].update(ids)
    _after_insert(records.browse(ids), rows)
    return ids


# ---- values ---------------------------------------------------------------------------------------------------------


def _varies(default: Any, model: type[Recordset]) -> bool:
    return callable(default) or (isinstance(default, str) and callable(getattr(model, default, None)))


def _add_defaults(env: Env, model: type[Recordset], rows: list[Row]) -> None:
    """Fill in defaults; a callable one is asked once per row, others once per batch."""
    for name, field in model._fields.items():
        if name in IGNORED or field.inherited:
            continue
        missing = [row for row in rows if name not in row]
        if not missing:
            continue
        value = default_of(env, model, field)
        if value is MISSING:
            continue
        asked = _varies(field.default, model) and f"default_{name}" not in env.context
        for number, row in enumerate(missing):
            row[name] = default_of(env, model, field) if asked and number else value


def _create_parents(env: Env, model: type[Recordset], rows: list[Row]) -> None:
    """`_inherits`: the parent gets its part of the values; one is created where none was given."""
    for parent, link in model._inherits.items():
        names = [name for name, field in model._fields.items() if field.inherited and field.related[0] == link]
        lacking = [row for row in rows if not row.get(link)]
        parts = [{name: row.pop(name) for name in names if name in row} for row in lacking]
        if lacking:
            made = env[parent].create(parts)
            for row, record in zip(lacking, made, strict=True):
                row[link] = record.id


def _columns(env: Env, model: type[Recordset], rows: list[Row], ids: list[int]) -> dict[Field[Any], list[Any]]:
    """Normalise column by column and put everything into the store."""
    store = env.unit.store
    columns: dict[Field[Any], list[Any]] = {}
    now, uid = env.now, store.author
    base = {"create_uid": uid, "write_uid": uid, "create_date": now, "write_date": now, "revision": 1, "custom": {}}
    for name, field in model._fields.items():
        if name == "id" or not field.store:
            continue
        if name in base:
            raws = [base[name]] * len(ids)
        elif field.x2many:
            store.values[field].update(dict.fromkeys(ids, ()))
            continue
        else:
            raws = _column(env, field, rows)
            if field.computed:
                _put_given(store, field, rows, ids, raws)
                continue
            columns[field] = raws
        store.values[field].update(zip(ids, raws, strict=True))
    _finish(env, model, columns, ids)
    return columns


def _put_given(store: Any, field: Field[Any], rows: list[Row], ids: list[int], raws: list[Any]) -> None:
    """A value given for a stored computed field stays; the others are computed."""
    known = store.values[field]
    for own, row, raw in zip(ids, rows, raws, strict=True):
        if field.name in row:
            known[own] = raw


def _column(env: Env, field: Field[Any], rows: list[Row]) -> list[Any]:
    name = field.name
    given = [row.get(name) for row in rows]
    try:
        return field.normalise_many(given, env)
    except (ValueError, TypeError, ValidationError) as error:
        raise _located(env, field, rows, error) from error


def _located(env: Env, field: Field[Any], rows: list[Row], error: Exception) -> Exception:
    """The same error with the index of the bad row."""
    for index, row in enumerate(rows):
        try:
            field.normalise(row.get(field.name), env)
        except ValidationError as each:
            each.index, each.model = (index if len(rows) > 1 else None), each.model or field.model
            if not each.fields:
                each.fields, each.field = (field.name,), field.name
            return each
        except (ValueError, TypeError) as each:
            text = str(each)
            return type(each)(f"row {index}: {text}" if len(rows) > 1 else text)
    return error


def _finish(env: Env, model: type[Recordset], columns: dict[Field[Any], list[Any]], ids: list[int]) -> None:
    """Second look at values that depend on others of the row (money on its currency)."""
    store = env.unit.store
    for field, raws in columns.items():
        finish = getattr(field, "finish", None)
        if finish is not None:
            records = model(env.neutral(), tuple(ids), tuple(ids))
            done = [finish(raw, record) for raw, record in zip(raws, records, strict=True)]
            store.values[field].update(zip(ids, done, strict=True))


# ---- computing, checking, inserting ---------------------------------------------------------------------------------


def _draw(env: Env, model: type[Recordset], count: int) -> list[int]:
    rows = env.unit.rows(f"SELECT nextval('\"{model._table.name}_id_seq\"') FROM generate_series(1, %(n)s)", {"n": count})  # noqa: S608
    return [row[0] for row in rows]


def _mark(env: Env, model: type[Recordset], rows: list[Row], ids: list[int]) -> None:
    """Everything stored and computed of the new rows is stale."""
    store = env.unit.store
    for name, field in model._fields.items():
        if field.computed and field.store:
            wanted = [own for own, row in zip(ids, rows, strict=True) if name not in row]
            store.mark_stale(field, wanted)


def _tell(env: Env, model: type[Recordset], ids: list[int]) -> None:
    """What others compute from the new rows is stale; only now, because whoever computes it must find them in the database."""
    for field in model._fields.values():
        if field.type in ("many2one", "reference") and field.store:
            writing.refresh_lines(env, field, ids)
    for field in model._fields.values():
        if field.store and field in env.registry.graph.triggers:
            compute.modified(env, field, ids, fresh=True)


def _settle_given(env: Env, model: type[Recordset], rows: list[Row], ids: list[int]) -> None:
    """A value given at create wins over the compute."""
    for name, field in model._fields.items():
        if field.computed and field.store:
            env.unit.store.settle(field, [own for own, row in zip(ids, rows, strict=True) if name in row])


def _compute_early(env: Env, model: type[Recordset], rows: list[Row], ids: list[int]) -> None:
    """Compute what does not depend on lines or links: those must find the rows in the database."""
    graph = env.registry.graph
    for field in model._fields.values():
        if field.computed and field.in_table and env.unit.store.stale.get(field):
            if not any(each.x2many for each in graph.closure(field)):
                compute.recompute(env, field, ())
            _settle_given(env, model, rows, ids)  # computing one value made others stale that were given


def _check_required(env: Env, model: type[Recordset], ids: list[int]) -> None:
    store = env.unit.store
    for field in model._fields.values():
        if not field.required or not field.in_table:
            continue
        known = store.values[field]
        missing = tuple(own for own in ids if field.is_empty(known.get(own)) and own not in store.stale.get(field, ()))
        if missing and field.concerns is not None:
            missing = concerned(model(env, missing), field)._ids
        if missing:
            raise missing_value(field, ids.index(missing[0]) if len(ids) > 1 else None)


def missing_value(field: Field[Any], index: int | None) -> ValidationError:
    """The error for a required field without a value."""
    text = _("%(label)s must be filled in.")
    return ValidationError(text, model=field.model, field=field.name, index=index, reason="required", label=field.string)


def _check_links(env: Env, columns: dict[Field[Any], list[Any]]) -> None:
    """Every linked record must be one that the user can read."""
    for field, raws in columns.items():
        if field.type == "many2one":
            writing.check_targets(env, field, {raw for raw in raws if raw is not None}, raws)
        elif field.type == "reference":
            writing.check_references(env, field, raws)


def _insert(env: Env, model: type[Recordset], ids: list[int]) -> None:
    store = env.unit.store
    if model._customs:
        put_documents(store, model, ids)
    fields = [field for field in model._fields.values() if field.in_table and field.name != "id" and not field.custom]
    params: dict[str, Any] = {"ids": wire.array(ids)}
    alike = []
    for number, field in enumerate(fields):
        known = store.values[field]
        empty = None if field.nullable else field.empty
        column = [known.get(own, empty) for own in ids]
        if _is_alike(field, column):
            alike.append(number)
            params[f"c{number}"] = field.to_wire(column[0])
        else:
            params[f"c{number}"] = wire.array(field.to_wire_many(column))
    statement = _insert_text(env, model, fields, frozenset(alike))
    try:
        env.unit.run(statement, params)
    except ValidationError as error:
        _name_row(error, model, ids, store)
        raise
    for field in fields:
        known, empty = store.values[field], None if field.nullable else field.empty
        for own in ids:
            known.setdefault(own, empty)


def _is_alike(field: Field[Any], column: list[Any]) -> bool:
    """Whether a column travels once and not once per row: what the ORM itself fills in, and what nobody gave.

    Single rows and small batches keep one statement for all, which the database then has prepared.
    """
    if len(column) < SMALL or not (field.name in IGNORED or field.name == "custom" or column[0] is None):
        return False
    first = column[0]
    return all(value is first for value in column)


def _insert_text(env: Env, model: type[Recordset], fields: list[Field[Any]], alike: frozenset[int]) -> str:
    key = ("insert", model._name, alike)
    known: str | None = env.registry.statements.get(key)
    if known is None:
        columns = "".join(f', "{field.column}"' for field in fields)
        sources = [f"%(c{number})s::{field.wire}" if number in alike else f"u.c{number}" for number, field in enumerate(fields)]
        values = "".join(f", {flush.typed(source, field)}" for source, field in zip(sources, fields, strict=True))
        arrays = "".join(f", %(c{number})s::{field.wire}[]" for number, field in enumerate(fields) if number not in alike)
        names = "".join(f", c{number}" for number in range(len(fields)) if number not in alike)
        known = (
            f'INSERT INTO "{model._table.name}" (id{columns}) SELECT u.id{values} '  # noqa: S608
            f"FROM unnest(%(ids)s::int8[]{arrays}) AS u(id{names})"
        )
        env.registry.statements[key] = known
    return known


def _name_row(error: ValidationError, model: type[Recordset], ids: list[int], store: Any) -> None:
    """Which row of the batch the database refused: the last with the value that the message names."""
    if not error.fields or len(ids) < 2:
        return
    value = error.params.get("value") or error.params.get(error.fields[0])
    field = model._fields.get(error.fields[0])
    if field is None or value is None:
        return
    known = store.values[field]
    hits = [index for index, own in enumerate(ids) if str(known.get(own)) == str(value)]
    if hits:
        error.index = hits[-1]


def _after_insert(records: Recordset, rows: list[Row]) -> None:
    """Lines, links and inverses; then rules, constraint methods and the audit."""
    env, model = records.env, type(records)
    ids = list(records._ids)
    if not env.su:
        env.unit.store.proven.setdefault((env.uid, model._name, "r"), set()).update(ids)
    for name, field in model._fields.items():
        if field.x2many and field.store and any(row.get(name) for row in rows):
            pairs = [(own, commands.parsed(field, row[name])) for own, row in zip(ids, rows, strict=True) if row.get(name)]
            writing.check_commands(env, field, pairs)
            commands.apply(records, field, pairs)
        elif field.computed and any(name in row for row in rows):
            _write_through(records, field, rows)
    _check_result(records)
    _run_constraints(records)
    audit.created(env, model, ids)


def _write_through(records: Recordset, field: Field[Any], rows: list[Row]) -> None:
    """Given values of related fields and of fields with an inverse."""
    if field.store and not field.inverse:
        return
    for record, row in zip(records, rows, strict=True):
        if field.name in row:
            writing.write_computed(record, field, row[field.name])


def _check_result(records: Recordset) -> None:
    """What was made must obey the rules for creating."""
    env = records.env
    if env.su:
        return
    if access.rule(env, records._name, "c").shape == ("T",):
        return
    store = env.unit.store
    for key in [key for key in store.proven if key[0] == env.uid and key[1] == records._name]:
        store.proven.pop(key)
    allowed = cache.prove(env, type(records), records._ids, "c")
    refused = [each for each in records._ids if each not in allowed]
    if refused:
        raise access.rule_error(records, "create")
    store.proven.setdefault((env.uid, records._name, "r"), set()).update(records._ids)


def _run_constraints(records: Recordset) -> None:
    free = records.with_env(records.env.neutral())
    for method in records._collected["_constrains"]:
        getattr(free, method)()
