"""Commands for x2many values, with Odoo's numbers: `Command.create(vals)`, `link(id)`, `set(ids)` and so on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from app.orm import cache, compute

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset
    from app.orm.store import Store

CREATE, UPDATE, DELETE, UNLINK, LINK, CLEAR, SET = range(7)
Triple = tuple[int, Any, Any]


class Command:
    """Makes the triples that x2many values are written with."""

    CREATE, UPDATE, DELETE, UNLINK, LINK, CLEAR, SET = range(7)

    @staticmethod
    def create(values: Mapping[str, Any]) -> Triple:
        """A new linked record."""
        return (CREATE, 0, dict(values))

    @staticmethod
    def update(record: int, values: Mapping[str, Any]) -> Triple:
        """Write to a linked record."""
        return (UPDATE, record, dict(values))

    @staticmethod
    def delete(record: int) -> Triple:
        """Delete a linked record."""
        return (DELETE, record, 0)

    @staticmethod
    def unlink(record: int) -> Triple:
        """Take a record out of the relation."""
        return (UNLINK, record, 0)

    @staticmethod
    def link(record: int) -> Triple:
        """Put a record into the relation."""
        return (LINK, record, 0)

    @staticmethod
    def clear() -> Triple:
        """Take all records out."""
        return (CLEAR, 0, 0)

    @staticmethod
    def set(records: Iterable[int]) -> Triple:
        """Exactly these records."""
        return (SET, 0, list(records))


def parsed(field: Any, value: Any) -> list[Triple]:
    """Commands of an x2many value: a list of commands, a list of ids or records (= set), or `None` (= clear)."""
    if value is None or value is False:
        return [(CLEAR, 0, 0)]
    if hasattr(value, "_ids") or type(value) is int:
        return [(SET, 0, list(field.many_ids(value)))]
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise ValueError(f"{field.model}.{field.name} takes commands, ids or records, not {value!r}")
    items = list(value)
    if items and all(isinstance(item, (tuple, list)) and item and isinstance(item[0], int) and len(item) <= 3 for item in items):
        return [_command(field, item) for item in items]
    return [(SET, 0, list(field.many_ids(items)))]


def _command(field: Any, item: Any) -> Triple:
    kind, record, rest = (*item, 0, 0)[:3]
    if kind not in range(7):
        raise ValueError(f"{field.model}.{field.name}: {item!r} is no command")
    if kind in (CREATE, UPDATE) and not isinstance(rest, Mapping):
        raise ValueError(f"{field.model}.{field.name}: {item!r} lacks its values")
    if kind in (UPDATE, DELETE, UNLINK, LINK):
        record = field.one_id(record)
    if kind == SET:
        rest = list(field.many_ids(rest))
    return (kind, record, rest)


def apply(records: Recordset, field: Any, pairs: list[tuple[int, list[Triple]]]) -> None:
    """Carry out the commands of each owner; lines of all owners are created in one batch."""
    if field.type == "one2many":
        _apply_lines(records.env, field, pairs)
    else:
        _apply_links(records, field, pairs)


def _comodel(env: Env, field: Any) -> Recordset:
    return env[field.comodel].with_context(dict(_without_defaults(env)), **field.context)


def _without_defaults(env: Env) -> dict[str, Any]:
    """`default_x` applies to the called model, not to nested creates."""
    return {key: value for key, value in env.context.items() if not key.startswith("default_")}


def _members(env: Env, field: Any, owner: int) -> Recordset:
    """The members that this user sees, archived ones too."""
    records = env.registry[field.model](env, (owner,)).with_context(active_test=False)
    members: Recordset = getattr(records, field.name)
    return members


# ---- one2many -------------------------------------------------------------------------------------------------------


def _apply_lines(env: Env, field: Any, pairs: list[tuple[int, list[Triple]]]) -> None:
    comodel = _comodel(env, field)
    inverse: Any = comodel._fields[field.inverse_name]
    created: list[dict[str, Any]] = []
    for owner, triples in pairs:
        target = f"{field.model},{owner}" if inverse.type == "reference" else owner
        for kind, record, rest in triples:
            if kind == CREATE:
                created.append({**rest, inverse.name: target})
            elif kind == UPDATE:
                comodel.browse(record).write(rest)
            elif kind == DELETE:
                comodel.browse(record).unlink()
            elif kind == UNLINK:
                _detach(comodel.browse(record), inverse)
            elif kind == LINK:
                comodel.browse(record).write({inverse.name: target})
            else:
                _replace_lines(env, field, inverse, owner, target, rest if kind == SET else [])
    if created:
        comodel.create(created)


def _detach(lines: Recordset, inverse: Any) -> None:
    if inverse.type == "many2one" and (inverse.ondelete == "cascade" or inverse.required):
        lines.unlink()
    else:
        lines.write({inverse.name: None})


def _replace_lines(env: Env, field: Any, inverse: Any, owner: int, target: Any, ids: list[int]) -> None:
    current = _members(env, field, owner)
    comodel = _comodel(env, field)
    gone = comodel.browse([each for each in current._ids if each not in ids])
    if gone:
        _detach(gone, inverse)
    added = [each for each in ids if each not in current._ids]
    if added:
        comodel.browse(added).write({inverse.name: target})


# ---- many2many ------------------------------------------------------------------------------------------------------


def _apply_links(records: Recordset, field: Any, pairs: list[tuple[int, list[Triple]]]) -> None:
    env = records.env
    comodel = _comodel(env, field)
    wanted = _created_links(comodel, pairs)
    for owner, triples in pairs:
        before = _raw_members(records, field, owner)
        members = list(before)
        hidden: list[int] | None = None
        for kind, record, rest in triples:
            if kind == UPDATE:
                comodel.browse(record).write(rest)
            elif kind == CREATE:
                members.append(next(wanted))
            elif kind == LINK:
                members.append(record)
            else:
                hidden = _unseen(env, field, owner, before) if hidden is None else hidden
                if kind in (DELETE, UNLINK):
                    members = [each for each in members if each != record or each in hidden]
                else:
                    members = [*hidden, *(rest if kind == SET else [])]
        put_members(env, field, owner, tuple(dict.fromkeys(members)))
        for kind, record, _rest in triples:
            if kind == DELETE:
                comodel.browse(record).unlink()


def _unseen(env: Env, field: Any, owner: int, before: tuple[int, ...]) -> list[int]:
    """Members that this user does not see: no command takes them out."""
    if env.su:
        return []
    seen = set(_members(env, field, owner)._ids)
    return [each for each in before if each not in seen]


def _created_links(comodel: Recordset, pairs: list[tuple[int, list[Triple]]]) -> Any:
    values = [rest for _owner, triples in pairs for kind, _record, rest in triples if kind == CREATE]
    return iter(comodel.create(values)._ids if values else ())


def _raw_members(records: Recordset, field: Any, owner: int) -> tuple[int, ...]:
    from_store = records.env.unit.store.values[field].get(owner)
    if from_store is not None:
        return tuple(from_store)
    return tuple(raw_members(records, field, owner))


def raw_members(records: Recordset, field: Any, owner: int) -> tuple[int, ...]:
    """All members, whoever may see them."""
    free = type(records)(records.env.neutral(), (owner,), records._prefetch or records._ids)
    return tuple(cache.raw_value(free, field, owner))


def _turn_mirror(store: Store, mirror: Any, other: Any, owner: int, *, linked: bool) -> None:
    """The other side of a link: read anew when it is asked for, unless it holds pending changes of its own."""
    known = store.values[mirror]
    if other not in known:
        return
    if type(other) is int and other not in store.links.get(mirror, ()):
        del known[other]
        return
    rest = tuple(each for each in known[other] if each != owner)
    known[other] = (*rest, owner) if linked else rest


def put_members(env: Env, field: Any, owner: int, members: tuple[int, ...]) -> None:
    """New members of a many2many, pending; the other side sees them at once."""
    store = env.unit.store
    before = store.values[field].get(owner, ())
    if tuple(before) == members:
        return
    compute.modified(env, field, (owner,))
    store.links.setdefault(field, {}).setdefault(owner, tuple(before))
    store.values[field][owner] = members
    changed = set(before) ^ set(members)
    for mirror in env.registry.graph.mirrors.get(field, ()):
        for other in changed:
            _turn_mirror(store, mirror, other, owner, linked=other in members)
        compute.modified(env, mirror, list(changed))
    compute.modified(env, field, (owner,))
