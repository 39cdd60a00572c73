"""The values of one transaction, by field and id, and what is still to be sent or computed.

A unit of work has one store, and all its envs share it: the user's, that of `sudo`, the neutral one of compute methods. So
nobody works with a copy that another one has changed. Nothing here knows users or sends statements; a store only remembers,
and others act on it in this order:

    read    cache ─── wants a value ──▶ values     MISSING: fetched for the whole prefetch, unless it waits in `stale`
    write   writing, quick, creating ─▶ old ─▶ values ─▶ dirty ─▶ stale of all that depends on it
    flush   compute ──▶ stale empty     flush ──▶ dirty, links, bumped empty, `old` goes to the audit
    undo    a savepoint that fails clears all of it: what the database has can be read again

What is kept:

    values[field][id]   raw value as this transaction sees it, whoever loaded it
    dirty[model][id]    names, sorted, of the fields of this row whose value in `values` is not yet in the database
    old[field][id]      what the database has of a dirty value; for the audit, and to tell what differs
    unsent[model]       ids of records whose INSERT is being prepared: they are in the store and nowhere else
    links[field][id]    members of a many2many as they are in the database, where the store has others
    stale[field]        ids whose stored computed value must be computed before anybody may see it
    computing, filled   while a compute method runs: the ids it was called for, and those it has assigned
    guarded[field]      ids to which a value was given whose inverse runs now: its writes do not make that value stale
    unchecked           constraint methods to be called for records whose values were recomputed
    raised, bumped      whose revision has risen in this unit; whose is to rise because their lines changed
    born, proven, refuted   ids made in this unit; per user, ids that he was proven to see or not to see
    author, manner      whose the pending values are; from where, with which sudo reason, and whether values are audited
    taker, quick        the env that wrote last, and which fields it may write in the short way (`quick.py`)
    owners[link]        who points to which record, found on the way back from changed ones (`owners.py`)

What always holds: a dirty value is in `values` and its former one in `old`; a stale value is never handed out; the pending
values have one author, for another one's are sent before (`quick.take_over`). Values are kept by field and not by
record, because statements, computations and comparisons go by columns. A value that is here is no permission: which of them
a user may see is decided in `cache`, by `proven`. Dicts stand where sets would do, because they keep their order, and with it
statements and locks come in the same order every time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.owners import Found

MISSING: Any = object()


class Store:
    """Raw values, pending writes and pending computations of one unit."""

    def __init__(self) -> None:
        self.values: defaultdict[Field[Any], dict[Any, Any]] = defaultdict(dict)
        self.dirty: dict[str, dict[Any, tuple[str, ...]]] = {}
        self.shapes: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}
        self.stale: dict[Field[Any], dict[Any, None]] = {}
        self.computing: dict[Field[Any], set[Any]] = {}
        self.guarded: dict[Field[Any], set[Any]] = {}
        self.filled: dict[Field[Any], set[Any]] = {}
        self.owners: dict[Field[Any], Found] = {}
        self.unsent: dict[str, set[int]] = {}
        self.old: dict[Field[Any], dict[int, Any]] = {}
        self.links: dict[Field[Any], dict[Any, tuple[Any, ...]]] = {}
        self.unchecked: dict[tuple[str, str], dict[Any, None]] = {}
        self.author: Any = None
        self.manner: tuple[str, str | None, bool] = ("code", None, True)
        self.taker: Env | None = None
        self.quick: dict[Field[Any], bool] = {}
        self.raised: dict[str, set[int]] = defaultdict(set)
        self.bumped: dict[str, dict[int, None]] = {}
        self.born: dict[str, set[int]] = defaultdict(set)
        self.proven: dict[Any, set[int]] = {}
        self.refuted: dict[Any, set[int]] = {}

    def clear(self) -> None:
        """Forget everything, pending values too (after a roll-back)."""
        self.values.clear()
        self.owners.clear()
        self.dirty.clear()
        self.stale.clear()
        self.links.clear()
        self.unchecked.clear()
        self.old.clear()
        self.unsent.clear()
        self.bumped.clear()
        self.raised.clear()
        self.born.clear()
        self.drop_proofs()
        self.author = self.taker = None

    def drop_values(self) -> None:
        """Forget what was loaded; nothing may be pending."""
        self.values.clear()
        self.owners.clear()
        self.taker = None
        self.drop_proofs()

    def drop_proofs(self) -> None:
        """Forget who may see what."""
        self.proven.clear()
        self.refuted.clear()

    def keep_old(self, field: Field[Any], record: Any) -> None:
        """Remember what the database has, before the first change of this flush (for the audit and for undoing)."""
        known = self.old.setdefault(field, {})
        if record not in known:
            known[record] = self.values[field].get(record, MISSING)

    def mark(self, model: str, records: Iterable[Any], name: str) -> None:
        """This field of these rows waits to be sent."""
        rows, alone = self.dirty.setdefault(model, {}), (name,)
        if not rows:
            rows.update(dict.fromkeys(records, alone))
            return
        for record in records:
            pending = rows.get(record)
            if pending is None:
                rows[record] = alone
            elif name not in pending:
                rows[record] = self._joined(pending, name)

    def _joined(self, names: tuple[str, ...], name: str) -> tuple[str, ...]:
        """One tuple for all rows of which the same fields wait: ten thousand of them are no work for the garbage collector."""
        known = self.shapes.get((names, name))
        if known is None:
            known = self.shapes[names, name] = tuple(sorted((*names, name)))
        return known

    def unmark(self, model: str, record: Any, name: str) -> None:
        """This field of this row waits no longer."""
        rows = self.dirty.get(model, {})
        left = tuple(each for each in rows.get(record, ()) if each != name)
        if left:
            rows[record] = left
        else:
            rows.pop(record, None)

    def mark_stale(self, field: Field[Any], records: Any) -> list[Any]:
        """These values must be computed anew; returns those that were not marked already."""
        known = self.stale.setdefault(field, {})
        busy = self.computing.get(field, ())
        guarded = self.guarded.get(field, ())
        fresh = [each for each in records if each not in known and each not in busy and each not in guarded]
        known.update(dict.fromkeys(fresh))
        return fresh

    def settle(self, field: Field[Any], records: Any) -> None:
        """These values are no longer stale."""
        known = self.stale.get(field)
        if known:
            for each in records:
                known.pop(each, None)
            if not known:
                del self.stale[field]

    def forget_record(self, model_fields: Any, model: str, records: Any) -> None:
        """Records are gone: nothing of them is loaded or pending."""
        gone = list(records)
        for field in model_fields:
            known = self.values.get(field)
            if known:
                for each in gone:
                    known.pop(each, None)
            self.settle(field, gone)
        rows = self.dirty.get(model)
        bumped = self.bumped.get(model)
        for each in gone:
            if rows:
                rows.pop(each, None)
            if bumped:
                bumped.pop(each, None)
