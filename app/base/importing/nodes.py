"""What one row of the file becomes before anything is written: a tree of nodes, one per record, and what is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.base.importing.cells import CellError, value_of
from app.base.importing.mapping import Mapping, Part
from app.base.importing.table import Row
from app.orm.errors import AppError
from app.orm.i18n import LazyText, _

if TYPE_CHECKING:
    from app.orm.env import Env

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was refused, or what a person should know about it: line of the file, field, column, sentence."""

    line: int
    field: str | None
    column: str | None
    reason: str

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.field, self.column and f"«{self.column}»")))
        return f"{self.line}: {where + ': ' if where else ''}{self.reason}"


@dataclass(slots=True)
class Node:
    """One record to be: its values, the texts of its look-ups, and the records around it."""

    part: Part
    external: str | None
    values: dict[str, Any]
    texts: dict[str, list[str]]
    before: dict[str, Node] = field(default_factory=dict)
    after: dict[str, list[Node]] = field(default_factory=dict)
    id: int = 0
    state: str = UNCHANGED

    def below(self) -> Iterator[Node]:
        """This node and all below."""
        yield self
        for node in self.before.values():
            yield from node.below()
        for nodes in self.after.values():
            for node in nodes:
                yield from node.below()


@dataclass(slots=True)
class Prepared:
    """A row with its tree; `errors` keep it from being written."""

    row: Row
    root: Node
    errors: list[RowError]
    warnings: list[RowError]

    @property
    def state(self) -> str:
        """What happened to the row as a whole."""
        if self.root.state == CREATED:
            return CREATED
        return UNCHANGED if all(node.state == UNCHANGED for node in self.root.below()) else UPDATED


class Builder:
    """Makes trees from rows."""

    def __init__(self, env: Env, mapping: Mapping) -> None:
        self.env, self.mapping = env, mapping
        self.seen: dict[str, int] = {}

    def prepare(self, row: Row) -> Prepared:
        """The tree of a row, with everything that can be said without the database."""
        prepared = Prepared(row, Node(self.mapping.root, None, {}, {}), [], [])
        external = self._external(prepared)
        prepared.root = self._node(self.mapping.root, prepared, external)
        if row.surplus:
            reason = _("The row has %(count)s more cells than the heading has columns.", count=row.surplus)
            prepared.errors.append(RowError(row.line, None, None, str(reason)))
        return prepared

    def _external(self, prepared: Prepared) -> str | None:
        column, row = self.mapping.id_column, prepared.row
        if column is None:
            return None
        text = row.cells.get(column)
        first = self.seen.setdefault(text, row.line) if text else row.line
        if not text:
            reason = _("The external id is empty.")
        elif first != row.line:
            reason = _("The external id %(name)s occurs twice, first in line %(line)s.", name=text, line=first)
        else:
            return f"{self.mapping.source}.{text}"
        prepared.errors.append(RowError(row.line, "id", column, str(reason)))
        return None

    def _node(self, part: Part, prepared: Prepared, external: str | None) -> Node:
        row = prepared.row
        node = Node(part, external, {}, {})
        for name, source in part.sources.items():
            node.values[name] = self._value(part, name, source.value(row), prepared)
        for name, lookup in part.lookups.items():
            node.texts[name] = [str(lookup.source.constant)] if lookup.source.constant is not None else lookup.source.cells(row)
        for name, below in part.before.items():
            if below.has_data(row):
                node.before[name] = self._node(below, prepared, external and f"{external}/{name}")
        for name, parts in part.after.items():
            filled = [(number, below) for number, below in enumerate(parts) if below.has_data(row)]
            node.after[name] = [
                self._node(below, prepared, external and f"{external}/{name}.{number}") for number, below in filled
            ]
        if part.share:
            node.external = self._shared(node)
        return node

    def _shared(self, node: Node) -> str:
        """An external id made of the values, so that equal records are one."""
        told = repr((sorted(node.values.items()), sorted(node.texts.items())))
        return f"{self.mapping.source}/{node.part.model}/{hashlib.blake2b(told.encode(), digest_size=12).hexdigest()}"

    def _value(self, part: Part, name: str, given: Any, prepared: Prepared) -> Any:
        declared = self.env.registry[part.model]._fields[name]
        if not isinstance(given, str):
            return given
        try:
            value = value_of(declared, given, self.env)
            declared.normalise(value, self.env)
        except CellError as error:
            prepared.errors.append(self._note(part, name, prepared, error.message))
            return None
        except (AppError, ValueError) as error:
            prepared.errors.append(self._note(part, name, prepared, str(error)))
            return None
        e164 = getattr(declared, "e164", None)
        if e164 is not None and e164(value) is None:
            reason = _(
                "“%(text)s” is kept as typed: it is no complete telephone number, so it has no international form.", text=given
            )
            prepared.warnings.append(self._note(part, name, prepared, reason))
        return value

    def _note(self, part: Part, name: str, prepared: Prepared, reason: LazyText | str) -> RowError:
        return RowError(prepared.row.line, name, column_of(part, name), str(reason))


def column_of(part: Part, name: str | None) -> str | None:
    """The column of a field, for messages."""
    source = part.sources.get(name or "") or (part.lookups[name].source if name in part.lookups else None)
    return " + ".join(source.columns) or None if source else None


def explained(error: Exception, prepared: Prepared) -> list[RowError]:
    """Row errors from what the ORM raised for a single row."""
    line = prepared.row.line
    if not isinstance(error, AppError):
        return [RowError(line, None, None, str(error))]
    part = next((node.part for node in prepared.root.below() if node.part.model == error.model), prepared.root.part)
    return [RowError(line, each["field"], column_of(part, each["field"]), each["message"]) for each in error.errors]
