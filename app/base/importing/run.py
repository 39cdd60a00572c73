"""The import itself: rows in chunks, each chunk written at once, a failing chunk halved until the bad rows stand alone.

Everything happens in one unit of work. Without `skip_bad` any error undoes all of it, and every error of the file is reported,
not only the first. Records are found again by their external ids; a record whose values are already those of the file is not
written. Savepoints are taken per chunk, not per row: more than 64 of them in a transaction slow PostgreSQL down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from app.base.importing.lookups import Lookups
from app.base.importing.mapping import Mapping, Part
from app.base.importing.nodes import CREATED, UNCHANGED, UPDATED, Builder, Node, Prepared, RowError, explained
from app.orm.errors import AppError

if TYPE_CHECKING:
    from app.base.importing.table import Row, Table
    from app.orm.env import Env

CHUNK = 1000


@dataclass(slots=True)
class Report:
    """What an import did (or, after a dry run or an error, would have done)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    written: bool = False

    def count(self, state: str) -> None:
        """One more row of this state."""
        setattr(self, state, getattr(self, state) + 1)


class _Undo(Exception):
    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


class Importer:
    """One import of one table. `progress` is called with the number of rows done after each chunk."""

    def __init__(
        self,
        mapping: Mapping,
        *,
        skip_bad: bool = False,
        dry_run: bool = False,
        chunk: int = CHUNK,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        self.mapping, self.skip_bad, self.dry_run = mapping, skip_bad, dry_run
        self.chunk, self.progress = chunk, progress

    def run(self, env: Env, table: Table) -> Report:
        """Import in a unit of its own, or in a savepoint of the unit that `env` is in; its user needs the right to import."""
        self.mapping.check_columns(table.columns)
        try:
            if _in_unit(env):
                with env.savepoint():
                    report = self._all(env, table)
            else:
                report = env.run(lambda unit: self._all(unit, table))
        except _Undo as undone:
            return undone.report
        report.written = True
        return report

    def _all(self, env: Env, table: Table) -> Report:
        env = env.with_context(source="import")
        env[self.mapping.root.model].check_access("import")
        writer = _Writer(env, self.mapping)
        for number, rows in enumerate(_chunks(table, self.chunk), start=1):
            writer.write(rows)
            env.clear()
            if self.progress:
                self.progress(number * self.chunk)
        if self.dry_run or (writer.report.errors and not self.skip_bad):
            raise _Undo(writer.report)
        return writer.report


def _in_unit(env: Env) -> bool:
    try:
        return env.unit is not None
    except RuntimeError:
        return False


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    walk = iter(rows)
    while chunk := list(islice(walk, size)):
        yield chunk


class _Writer:
    """Writes chunk after chunk and counts."""

    def __init__(self, env: Env, mapping: Mapping) -> None:
        self.env, self.report = env, Report()
        self.builder, self.lookups = Builder(env, mapping), Lookups(env)

    def write(self, rows: list[Row]) -> None:
        """One chunk: what can't be built or looked up is refused before anything is written."""
        prepared = [self.builder.prepare(row) for row in rows]
        self.lookups.resolve(prepared)
        for each in prepared:
            self.report.warnings += each.warnings
        for each in prepared:
            if each.errors:
                self._refuse(each, each.errors)
        self._halve([each for each in prepared if not each.errors])

    def _refuse(self, prepared: Prepared, errors: list[RowError]) -> None:
        self.report.errors += errors
        self.report.skipped += 1

    def _halve(self, prepared: list[Prepared]) -> None:
        """Write these rows in one savepoint; when they fail, each half by itself."""
        if not prepared:
            return
        try:
            with self.env.savepoint():
                self._upsert(prepared[0].root.part, [each.root for each in prepared])
                self.env.flush()
        except (AppError, ValueError) as error:
            if len(prepared) == 1:
                self._refuse(prepared[0], explained(error, prepared[0]))
                return
            middle = len(prepared) // 2
            self._halve(prepared[:middle])
            self._halve(prepared[middle:])
            return
        for each in prepared:
            self.report.count(each.state)

    def _upsert(self, part: Part, nodes: list[Node], inverse: dict[str, list[int]] | None = None) -> None:
        """Create or update the records of these nodes: those before, themselves, those after."""
        rows = [dict(node.values) for node in nodes]
        for name, below in part.before.items():
            self._upsert(below, [node.before[name] for node in nodes if name in node.before])
        for node, row in zip(nodes, rows, strict=True):
            row.update({name: below.id for name, below in node.before.items()})
            row.update(self.lookups.values(node))
        for name, ids in (inverse or {}).items():
            for row, parent in zip(rows, ids, strict=True):
                row[name] = parent
        self._save(part.model, nodes, rows)
        for name, parts in part.after.items():
            back = getattr(self.env.registry[part.model]._fields[name], "inverse_name")  # noqa: B009 - one2many only
            for below in parts:
                pairs = [(child, node.id) for node in nodes for child in node.after[name] if child.part is below]
                self._upsert(below, [child for child, _parent in pairs], {back: [parent for _child, parent in pairs]})

    def _save(self, model: str, nodes: list[Node], rows: list[dict[str, Any]]) -> None:
        known = self._known(model, [node.external for node in nodes if node.external])
        fresh: dict[str, int] = {}
        new: list[int] = []
        for index, node in enumerate(nodes):
            node.id, node.state = known.get(node.external or "", 0), UNCHANGED
            first = fresh.setdefault(node.external, index) if node.external else index
            if not node.id and first == index:
                new.append(index)
        self._update(model, [(node, row) for node, row in zip(nodes, rows, strict=True) if node.id])
        self._create(model, [nodes[index] for index in new], [rows[index] for index in new])
        for node in nodes:
            if not node.id and node.external:
                node.id = nodes[fresh[node.external]].id

    def _known(self, model: str, names: list[str]) -> dict[str, int]:
        """Ids by external id; those of records that were deleted meanwhile are forgotten."""
        if not names:
            return {}
        table = self.env.sudo("external ids of an import")["external.id"]
        found = table.search([("model", "=", model), ("name", "in", names)])
        everything = self.env.with_context(active_test=False)[model]
        alive = set(everything.browse(found.mapped("res_id")).exists().ids)
        gone = found.filtered(lambda each: each.res_id not in alive)
        known = {each.name: each.res_id for each in found if each.res_id in alive}
        if gone:
            gone.unlink()
        return known

    def _create(self, model: str, nodes: list[Node], rows: list[dict[str, Any]]) -> None:
        if not nodes:
            return
        filled = [{name: value for name, value in row.items() if value is not None} for row in rows]
        made = self.env[model].create(filled)
        for node, record_id in zip(nodes, made.ids, strict=True):
            node.id, node.state = record_id, CREATED
        names = [{"model": model, "name": node.external, "res_id": node.id} for node in nodes if node.external]
        self.env.sudo("external ids of an import")["external.id"].create(names)

    def _update(self, model: str, pairs: list[tuple[Node, dict[str, Any]]]) -> None:
        records = self.env[model].browse([node.id for node, _row in pairs])
        for record, (node, row) in zip(records, pairs, strict=True):
            former = {name: _comparable(record[name]) for name in row}
            record.write(row)
            if any(_comparable(record[name]) != former[name] for name in row):
                node.state = UPDATED


def _comparable(value: Any) -> Any:
    return frozenset(value.ids) if hasattr(value, "_ids") else value
