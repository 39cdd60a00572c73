"""From a record back to those that point to it: whose computed values become stale when it changes.

Both the database and the store are asked: a link may be pending, or belong to a record that is not saved. In a loop that changes
one record after the other this would be one statement and one walk through the store for each. So what was found is kept as
long as it is true, and every further question is about eight times as many records of the set that the loop goes over: ten
thousand records cost five statements, and one record not more than before.

What was found is true until a statement changes rows, a link is assigned, or the store learns of more links.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.orm import cache
from app.orm.fields.custom import place

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field

GROWTH = 8
LARGEST = 10_000


@dataclass(slots=True)
class Found:
    """Owners by member. `links` is how many values of the field the store had; `questions` decides how many are asked for next."""

    links: int
    questions: int = 0
    owners: dict[Any, list[Any]] = field(default_factory=dict)


def of(env: Env, link: Any, ids: list[Any], *, fresh: bool = False, around: Iterable[Any] = ()) -> list[Any]:
    """The records whose `link` leads to some of these ids, as the transaction stands; `around` is the set that a loop goes over.

    To `fresh` records, which were just made, nothing in the database points.
    """
    store = env.unit.store
    if link.type == "one2many":
        inverse = env.registry[link.comodel]._fields[link.inverse_name]
        members = env.registry[link.comodel](env.neutral(), tuple(ids))
        cache.load(members, inverse, [each for each in ids if type(each) is int])
        values = store.values[inverse]
        return list(dict.fromkeys(owner for each in ids if (owner := _owner(values.get(each), link)) is not None))
    if fresh:
        wanted = set(ids)
        return [owner for owner, raw in store.values[link].items() if _points(raw, wanted)]
    known, links = store.owners.get(link), len(store.values[link])
    if known is None or known.links != links:
        known = store.owners[link] = Found(links, known.questions if known else 0)
    missing = [each for each in ids if each not in known.owners]
    if missing:
        _ask(env, link, known, missing, around)
    return list(dict.fromkeys(owner for each in ids for owner in known.owners[each]))


def _ask(env: Env, link: Any, known: Found, missing: list[Any], around: Iterable[Any]) -> None:
    wanted = dict.fromkeys(missing)
    room = min(GROWTH**known.questions, LARGEST)
    known.questions += 1
    for each in around if room > len(wanted) else ():
        if each not in known.owners:
            wanted[each] = None
            if len(wanted) >= room:
                break
    found: dict[Any, list[Any]] = {each: [] for each in wanted}
    values = env.unit.store.values[link]
    for owner, member in _rows(env, link, [each for each in wanted if type(each) is int]):
        if owner not in values:
            found[member].append(owner)
    for owner, raw in values.items():
        for member in raw if isinstance(raw, tuple) else (raw,):
            if member in found:
                found[member].append(owner)
    known.owners.update(found)


def beside(env: Env, link: Any) -> Iterable[Any]:
    """All owners that were found together: of whom the next question may be about."""
    known = env.unit.store.owners.get(link)
    return (owner for found in known.owners.values() for owner in found) if known else ()


def stored(env: Env, link: Any, ids: list[int]) -> list[int]:
    """The records that point to some of these ids in the database."""
    return [owner for owner, _member in _rows(env, link, ids)]


def _rows(env: Env, link: Any, ids: list[int]) -> list[tuple[int, int]]:
    if not ids:
        return []
    if link.type == "many2one":
        table, owner, column = env.registry[link.model]._table.name, "id", place(link)
    else:
        table, owner, column = link.relation_table.name, link.column1, f'"{link.column2}"'
    return env.unit.rows(f'SELECT "{owner}", {column} FROM "{table}" WHERE {column} = ANY(%(ids)s::int8[])', {"ids": ids})  # noqa: S608 - names of the registry


def _owner(raw: Any, link: Field[Any]) -> Any:
    """The end of a many2one or, where it leads to that model, of a reference."""
    if isinstance(raw, tuple) and len(raw) == 2 and isinstance(raw[0], str):
        return raw[1] if raw[0] == link.model else None
    return raw


def _points(raw: Any, wanted: set[Any]) -> bool:
    return not wanted.isdisjoint(raw) if isinstance(raw, tuple) else raw in wanted
