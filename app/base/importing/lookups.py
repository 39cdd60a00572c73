"""Records that rows name by a text: found once per import, created once where the mapping allows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from app.base.importing.mapping import Lookup, Source
from app.base.importing.nodes import Node, Prepared, RowError, column_of
from app.orm.errors import AppError
from app.orm.i18n import _

if TYPE_CHECKING:
    from app.orm.env import Env

_Key = tuple[str, str, str]  # model, field, text


class Lookups:
    """Ids by model, field and text, and why some can't be had."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.ids: dict[_Key, int] = {}
        self.refused: dict[_Key, str] = {}

    def resolve(self, prepared: list[Prepared]) -> None:
        """Find or create what these rows name; rows that name something impossible get an error."""
        wanted: dict[int, tuple[Lookup, set[str]]] = {}
        for each in prepared:
            for node in each.root.below():
                for name, texts in node.texts.items():
                    lookup = node.part.lookups[name]
                    wanted.setdefault(id(lookup), (lookup, set()))[1].update(texts)
        for lookup, named in wanted.values():
            self._resolve(lookup, named)
        for each in prepared:
            for node in each.root.below():
                self._complain(each, node)

    def values(self, node: Node) -> dict[str, Any]:
        """The ids for the looked-up fields of a node."""
        found: dict[str, Any] = {}
        for name, texts in node.texts.items():
            lookup = node.part.lookups[name]
            ids = list(dict.fromkeys(self.ids[lookup.model, lookup.by, text] for text in texts))
            many = self.env.registry[node.part.model]._fields[name].x2many
            found[name] = ids if many else (ids[0] if ids else None)
        return found

    def _complain(self, prepared: Prepared, node: Node) -> None:
        for name, texts in node.texts.items():
            lookup = node.part.lookups[name]
            for text in texts:
                reason = self.refused.get((lookup.model, lookup.by, text))
                if reason:
                    prepared.errors.append(RowError(prepared.row.line, name, column_of(node.part, name), reason))

    def _resolve(self, lookup: Lookup, texts: Iterable[str]) -> None:
        open_texts = sorted(text for text in texts if not self._is_known(lookup, text))
        if not open_texts:
            return
        for record in self.env[lookup.model].search([(lookup.by, "in", open_texts)], order="id desc"):
            self.ids[lookup.model, lookup.by, record[lookup.by]] = record.id
        missing = [text for text in open_texts if not self._is_known(lookup, text)]
        if lookup.create is None:
            for text in missing:
                reason = _(
                    "There is no %(model)s “%(text)s”.", model=str(self.env.registry[lookup.model]._description), text=text
                )
                self.refused[lookup.model, lookup.by, text] = str(reason)
        elif missing:
            self._create(lookup, missing)

    def _is_known(self, lookup: Lookup, text: str) -> bool:
        key = (lookup.model, lookup.by, text)
        return key in self.ids or key in self.refused

    def _create(self, lookup: Lookup, texts: list[str]) -> None:
        """All at once; where that fails, one by one, so that one bad text refuses only its own rows."""
        try:
            with self.env.savepoint():
                common = self._common(lookup)
                made = self.env[lookup.model].create([{**common, lookup.by: text} for text in texts])
                self.env.flush()
        except (AppError, ValueError) as error:
            if len(texts) == 1:
                self.refused[lookup.model, lookup.by, texts[0]] = str(error)
                return
            for text in texts:
                self._create(lookup, [text])
            return
        for text, record_id in zip(texts, made.ids, strict=True):
            self.ids[lookup.model, lookup.by, text] = record_id

    def _common(self, lookup: Lookup) -> dict[str, Any]:
        """The values that every new record gets; constants only, because it serves many rows."""
        values: dict[str, Any] = {}
        for name, given in (lookup.create or {}).items():
            if isinstance(given, Source):
                values[name] = given.constant
            else:
                text = str(given.source.constant)
                self._resolve(given, [text])
                values[name] = self.ids[given.model, given.by, text]
        return values
