"""Write: values are checked, normalised and kept pending; nothing is sent before a flush.

    letters, field roles ─▶ rows provably changeable ─▶ per field: relation commands │ related and inverse │ plain column
        plain column: old values loaded ─▶ only what differs becomes pending ─▶ dependents marked stale
    ─▶ constraint methods ─▶ when a rule looks at a written field: flush at once and check the result

Values of compute methods come in by the same door (`record.total = …`) and are recognised by `store.computing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from app.orm import access, cache, commands, compute, conflicts, flush, quick, trees
from app.orm.errors import AccessError, MissingError, ValidationError
from app.orm.fields.custom import concerned
from app.orm.i18n import _
from app.orm.newid import NewId
from app.orm.predicate import invalid_field
from app.orm.store import MISSING

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset

IGNORED = frozenset({"id", "create_uid", "create_date", "write_uid", "write_date", "custom"})


class HiddenLinkError(ValidationError, AccessError):
    """A value links to a record that the user can't read, or that does not exist."""

    code, status = "hidden-link", 422
    default_message = _("%(label)s: the record %(id)s does not exist, or you may not see it.")


def write(records: Recordset, values: Mapping[str, Any], expected: int | None) -> bool:
    """Assign values to all records. Raises on unknown fields, missing rights, conflicts and broken constraints."""
    env, store = records.env, records.env.unit.store
    if store.computing and _assign_computed(records, values):
        return True
    if expected is None and quick.written(records, store, values):
        return True
    if any(isinstance(each, NewId) for each in records._ids):
        return _write_drafts(records, values)
    fields = _accepted(records, values)
    if not records._ids:
        return True
    quick.take_over(env)
    _check_rows(records)
    if expected is not None:
        conflicts.check(records, values, expected)
    undo: list[tuple[Field[Any], dict[Any, Any]]] = []
    try:
        for field in fields:
            _write_field(records, field, values[field.name], undo)
        _constraints(records, fields)
    except BaseException:
        _undo(env, undo)
        raise
    touched = bool(undo) or any(field.x2many or field.computed for field in fields)
    if not env.su and touched and not env.registry.graph.rule_fields.isdisjoint(fields):
        flush.guarded(env, lambda: _check_result(records))
    return True


def _accepted(records: Recordset, values: Mapping[str, Any]) -> list[Field[Any]]:
    env, model = records.env, type(records)
    if not env.su:
        access.check(env, model, "write")
    fields = []
    for name in values:
        field = model._fields.get(name)
        if field is None:
            raise invalid_field(name, model)
        if name in IGNORED:
            continue
        if not env.su:
            access.check_field(env, field, "write")
        fields.append(field)
    return fields


def _check_rows(records: Recordset) -> None:
    """The rows as they are must be ones that the user may change; proven once."""
    env = records.env
    if env.su:
        return
    if access.rule(env, records._name, "u").shape == ("T",):
        return
    access.check_access(records, "write")


def _check_result(records: Recordset) -> None:
    """The rows as they became must still be ones that the user may change."""
    env = records.env
    flush.flush(env)
    if access.rule(env, records._name, "u").shape == ("T",):
        return
    allowed = cache.prove(env, type(records), records._ids, "u")
    refused = [each for each in records._ids if each not in allowed]
    if refused:
        raise access.rule_error(records, "write", refused[0])


# ---- one field ------------------------------------------------------------------------------------------------------


def _write_field(records: Recordset, field: Field[Any], value: Any, undo: list[Any]) -> None:
    env = records.env
    if field.computed and (not field.store or field.inverse):
        for record in records:
            write_computed(record, field, value)
        return
    if field.x2many:
        triples = commands.parsed(field, value)
        pairs = [(own, triples) for own in records._ids]
        check_commands(env, field, pairs)
        _load_members(records, field)
        commands.apply(records, field, pairs)
        _raise_owner(records, field)
        return
    raw = _normalised(records, field, value)
    if field.type == "many2one":
        check_targets(env, field, {raw} if raw is not None else set(), None)
    if field.type == "reference" and raw is not None:
        check_references(env, field, [raw])
    if field.required and field.is_empty(raw) and concerned(records, field):
        raise ValidationError(
            _("%(label)s must be filled in."), model=field.model, field=field.name, reason="required", label=field.string
        )
    if field.name == records._parent_name and records._parent_store:
        trees.check_move(records, raw)
    _put(records, field, raw, undo)


def _load_members(records: Recordset, field: Field[Any]) -> None:
    free = records.with_env(records.env.neutral())
    cache.load(free, field, [each for each in records._ids if type(each) is int])


def _normalised(records: Recordset, field: Field[Any], value: Any) -> Any:
    try:
        return field.normalise(value, records.env)
    except ValidationError as error:
        if not error.fields:
            error.fields, error.field = (field.name,), field.name
        error.model = error.model or field.model
        raise


def _put(records: Recordset, field: Field[Any], raw: Any, undo: list[Any]) -> None:
    """Keep the value pending for the rows where it differs."""
    env, store = records.env, records.env.unit.store
    free = type(records)(env.neutral(), records._ids, records._prefetch)
    ids = [each for each in records._ids if type(each) is int]
    if len(ids) == 1 and ids[0] not in store.values[field]:
        cache.load(free, field, cache.batch(free, ids[0]))  # assignments in a loop over a set: its old values together
    else:
        cache.load(free, field, ids)
    values = store.values[field]
    finish = getattr(field, "finish", None)
    changed: dict[Any, Any] = {}
    for own in ids:
        if field in store.stale and own in store.stale[field]:
            cache.raw_value(free, field, own)
        if own not in values:
            raise MissingError(model=records._name, id=own)
        new = raw if finish is None else finish(raw, type(records)(free.env, (own,)))
        if field.translate and isinstance(new, dict):
            if _shown_already(env, field, values[own], new):
                continue
            new = {**(values[own] or {}), **new}
            new = {lang: text for lang, text in new.items() if text is not None} or None
        if not field.equal(values[own], new):
            changed[own] = new
    changed = _without_hidden(records, field, raw, changed)
    if changed:
        undo.append((field, {own: values[own] for own in changed}))
        _keep(env, field, changed, records._prefetch or records._ids)


def _shown_already(env: Env, field: Field[Any], former: dict[str, str] | None, patch: dict[str, str | None]) -> bool:
    """Whether the text given in the user's language is what he sees already, perhaps borrowed from another language."""
    records: Any = env[field.model]
    return list(patch) == [env.lang] and former is not None and field.to_record(former, records) == patch[env.lang]


def _without_hidden(records: Recordset, field: Field[Any], raw: Any, changed: dict[Any, Any]) -> dict[Any, Any]:
    """Writing "empty" over a link that the user can't see sends nothing."""
    if raw is not None or field.type not in ("many2one", "reference") or records.env.su:
        return changed
    return {own: new for own, new in changed.items() if not cache.is_hidden(records.browse(own), field.name)}


def _keep(env: Env, field: Field[Any], changed: dict[Any, Any], around: Iterable[Any]) -> None:
    store = env.unit.store
    values = store.values[field]
    if field.type == "many2one":
        compute.modified(env, field, changed)
        refresh_lines(env, field, list(changed))
    for own, new in changed.items():
        store.keep_old(field, own)
        values[own] = new
    store.mark(field.model, changed, field.name)
    if field.computed:
        store.settle(field, changed)
    compute.modified(env, field, changed, around=around)
    if field.type == "many2one":
        refresh_lines(env, field, list(changed))
    raise_owner(env, field, list(changed))


def refresh_lines(env: Env, field: Any, ids: Iterable[Any]) -> None:
    """One2many values that show these records are read anew; owners' revisions rise with their lines."""
    store = env.unit.store
    values = store.values[field]
    for view in env.registry.graph.one2many.get(field, ()):
        known = store.values.get(view)
        for own in ids:
            owner = values.get(own)
            if isinstance(owner, tuple):
                owner = owner[1] if owner[0] == view.model else None
            if known:
                known.pop(owner, None)
            if owner is not None and type(owner) is int and owned(field):
                store.bumped.setdefault(view.model, {})[owner] = None


def owned(field: Any) -> bool:
    """Whether records with this link are lines of the record at its end: they go with it."""
    return bool(field.type == "many2one" and field.ondelete == "cascade")


def raise_owner(env: Env, field: Field[Any], ids: list[int]) -> None:
    """A change of a line raises the revision of the records that own it."""
    store = env.unit.store
    for link, views in env.registry.graph.owners.get(field.model, {}).items():
        values = store.values[link]
        for own in ids:
            owner = values.get(own)
            if type(owner) is int:
                for view in views:
                    store.bumped.setdefault(view.model, {})[owner] = None


def _raise_owner(records: Recordset, field: Field[Any]) -> None:
    if field.type == "many2many":
        bumped = records.env.unit.store.bumped.setdefault(records._name, {})
        if field in records.env.unit.store.links:
            bumped.update(dict.fromkeys(records._ids))


def _undo(env: Env, undo: list[tuple[Field[Any], dict[Any, Any]]]) -> None:
    """Take back what this call left pending."""
    store = env.unit.store
    for field, former in reversed(undo):
        values = store.values[field]
        for own, raw in former.items():
            values[own] = raw
            if store.old.get(field, {}).get(own, MISSING) == raw:
                store.old[field].pop(own)
                store.unmark(field.model, own, field.name)
        compute.modified(env, field, list(former))


def _constraints(records: Recordset, fields: list[Field[Any]]) -> None:
    """Constraint methods that watch one of these fields."""
    names = {field.name for field in fields}
    free = records.with_env(records.env.neutral())
    for method in records._collected["_constrains"]:
        if not names.isdisjoint(getattr(records, method)._constrains):
            getattr(free, method)()


# ---- links to records -----------------------------------------------------------------------------------------------


def check_targets(env: Env, field: Any, ids: set[Any], column: list[Any] | None) -> None:
    """Refuse links to records that the user can't read."""
    wanted = [each for each in ids if type(each) is int]
    if env.su or not wanted:
        return
    _refuse_hidden(env, field, field.comodel, wanted, column)


def check_references(env: Env, field: Any, raws: list[Any]) -> None:
    """The same for references `(model, id)`; `None` points nowhere."""
    if not env.su:
        for model in {raw[0] for raw in raws if raw is not None}:
            column = [raw[1] if raw is not None and raw[0] == model else None for raw in raws]
            _refuse_hidden(env, field, model, [each for each in column if each is not None], column)


def _refuse_hidden(env: Env, field: Any, model: str, wanted: list[int], column: list[Any] | None) -> None:
    comodel = env.registry[model]
    operation = "l" if model in access.PUBLIC_NAMES else "r"
    seen = cache.prove(env, comodel, wanted, operation)
    hidden = next((each for each in wanted if each not in seen), None)
    if hidden is not None:
        index = column.index(hidden) if column is not None and len(column) > 1 else None
        raise HiddenLinkError(model=field.model, field=field.name, index=index, label=field.string, id=hidden)


def check_commands(env: Env, field: Any, pairs: list[tuple[int, list[commands.Triple]]]) -> None:
    """The same for x2many commands that link."""
    ids: set[Any] = set()
    for _own, triples in pairs:
        for kind, record, rest in triples:
            if kind in (commands.LINK, commands.UPDATE, commands.DELETE):
                ids.add(record)
            elif kind == commands.SET:
                ids.update(rest)
    check_targets(env, field, ids, None)


# ---- computed fields ------------------------------------------------------------------------------------------------


def _assign_computed(records: Recordset, values: Mapping[str, Any]) -> bool:
    """Whether this is a compute method giving its results; then they are kept."""
    env, computing = records.env, records.env.unit.store.computing
    for name in values:
        field = records._fields.get(name)
        busy = computing.get(field) if field is not None else None
        if busy is None or not busy.issuperset(records._ids):
            return False
    for name, value in values.items():
        field = records._fields[name]
        raw = _raw_computed(records, field, value)
        for own in records._ids:
            compute.put(env, field, own, raw)
    return True


def _raw_computed(records: Recordset, field: Field[Any], value: Any) -> Any:
    raw = field.normalise(value, records.env)
    finish = getattr(field, "finish", None)
    return raw if finish is None or len(records) != 1 else finish(raw, records)


def write_computed(record: Recordset, field: Field[Any], value: Any) -> None:
    """A value for a related field goes to the end of its path; for one with an inverse, the inverse runs."""
    env = record.env
    if field.related:
        target: Any = record.sudo("related_sudo field") if field.related_sudo else record
        for name in field.related[:-1]:
            target = target[name][:1]
        if target:
            target.write({field.related[-1]: value})
        return
    raw = _raw_computed(record, field, value)
    own = record._ids[0]
    if field.store:
        _put(record, field, raw, [])
    else:
        env.computed.setdefault(field, {})[own] = raw
    if field.inverse:
        inverse: Any = getattr(record, field.inverse) if isinstance(field.inverse, str) else (lambda: field.inverse(record))
        with _protected(env, field, own):
            inverse()


class _protected:  # noqa: N801 - reads as a word at its only use
    """While an inverse runs, its own writes do not make the given value stale."""

    def __init__(self, env: Env, field: Field[Any], own: Any) -> None:
        self.env, self.field, self.own = env, field, own

    def __enter__(self) -> None:
        store = self.env.unit.store
        self.former = store.guarded.get(self.field)
        store.guarded[self.field] = {*(self.former or ()), self.own}

    def __exit__(self, *_error: object) -> None:
        store = self.env.unit.store
        if self.former is None:
            store.guarded.pop(self.field, None)
        else:
            store.guarded[self.field] = self.former


def _write_drafts(records: Recordset, values: Mapping[str, Any]) -> bool:
    """Assign to unsaved records: only the store changes."""
    env, store = records.env, records.env.unit.store
    for name, value in values.items():
        field = records._fields.get(name)
        if field is None:
            raise invalid_field(name, type(records))
        for own in records._ids:
            if field.related and not field.store:
                write_computed(records.browse(own), field, value)
                continue
            raw = draft_members(records, field, own, value) if field.x2many else field.normalise(value, env)
            if not field.store:
                env.computed.setdefault(field, {})[own] = raw
            else:
                store.values[field][own] = raw
                store.settle(field, (own,))
            compute.modified(env, field, (own,))
    return True


def draft_members(records: Recordset, field: Any, own: Any, value: Any) -> tuple[Any, ...]:
    """Members of an unsaved record's x2many after these commands; new lines are unsaved records too."""
    env = records.env
    members = list(cache.raw_value(records.browse(own), field, own) or ())
    for kind, record, rest in commands.parsed(field, value):
        if kind == commands.CREATE:
            members.append(env[field.comodel].new(rest)._ids[0])
        elif kind == commands.UPDATE:
            members = _updated_draft(env, field, members, record, rest)
        elif kind in (commands.DELETE, commands.UNLINK):
            members = [each for each in members if each != record and getattr(each, "origin", None) != record]
        elif kind == commands.LINK:
            members.append(record)
        else:
            members = list(rest) if kind == commands.SET else []
    if field.type == "one2many":
        _point_back(env, field, own, members)
    return tuple(dict.fromkeys(members))


def _updated_draft(env: Env, field: Any, members: list[Any], record: Any, values: Mapping[str, Any]) -> list[Any]:
    comodel = env[field.comodel]
    for place, each in enumerate(members):
        if each == record or getattr(each, "origin", None) == record:
            draft = comodel.browse(each) if isinstance(each, NewId) else comodel.new(origin=comodel.browse(each))
            draft.write(values)
            members[place] = draft._ids[0]
    return members


def _point_back(env: Env, field: Any, own: Any, members: list[Any]) -> None:
    inverse = env.registry[field.comodel]._fields[field.inverse_name]
    if inverse.type != "many2one":
        return
    for each in members:
        if isinstance(each, NewId):
            env.unit.store.values[inverse][each] = own
