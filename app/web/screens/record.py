"""One record through its form: loading inputs, taking what was posted, writing it, telling what was wrong."""

from __future__ import annotations

from typing import Any

from flask import abort
from werkzeug.datastructures import MultiDict

from app.orm import Command
from app.orm.env import Env
from app.orm.errors import AppError
from app.orm.i18n import _
from app.ui import ModelViews
from app.ui.conditions import holds
from app.web.screens.formview import Inputs, Line, Shape, default_inputs
from app.web.screens.inputs import Unreadable, from_post, from_value, is_empty, to_value
from app.web.screens.labels import linked_names

LINES_SHOWN = 200
Form = MultiDict[str, str]


class RecordForm:
    """A form of one record (or of a new one, with id 0) within a request."""

    def __init__(self, env: Env, views: ModelViews, key: int = 0, context: dict[str, Any] | None = None) -> None:
        self.env, self.views, self.key = env, views, key
        self.shape = Shape(env, views)
        self.records: Any = env[views.model].with_context(active_test=False, **(context or {}))
        self.facts: dict[str, Any] = {}
        self.general: list[str] = []

    # ---- loading --------------------------------------------------------------------------------------------------

    def load(self) -> Inputs:
        """The inputs of the saved record; 404 where the user does not see it."""
        spec: dict[str, Any] = dict.fromkeys(("id", "display_name", "revision"))
        spec |= {name: None for name in ("active",) if name in self.shape.allowed}
        spec |= {name: self._spec(name) for name in self.shape.items}
        spec |= {name: self._lines_spec(name) for name in self.shape.lines}
        rows = self.records.search_read([("id", "=", self.key)], spec, limit=1)
        if not rows:
            abort(404)
        self.facts = rows[0]
        return self._inputs(rows[0])

    def _spec(self, name: str) -> dict[str, Any] | None:
        declared = self.shape.declared(name)
        if declared.type == "many2many":
            return {"fields": linked_names(self.env, declared.comodel), "limit": LINES_SHOWN}
        return None

    def _lines_spec(self, name: str) -> dict[str, Any]:
        columns = self.shape.line_fields(name)
        fields: dict[str, Any] = {"id": {}}
        for column, part in columns.items():
            many = part.type == "many2many"
            fields[column] = {"fields": linked_names(self.env, part.comodel)} if many else {}
        return {"fields": fields, "limit": LINES_SHOWN}

    def _inputs(self, row: dict[str, Any]) -> Inputs:
        found = Inputs()
        for name in self.shape.items:
            found.values[name] = from_value(self.shape.declared(name), row[name], self.env)
        for name in self.shape.lines:
            columns = self.shape.line_fields(name)
            found.lines[name] = [
                Line(
                    str(place), line["id"], {column: from_value(part, line[column], self.env) for column, part in columns.items()}
                )
                for place, line in enumerate(row[name])
            ]
        return found

    def blank(self) -> Inputs:
        """The inputs of a new record: its defaults."""
        declared = {name: self.shape.declared(name) for name in self.shape.items}
        return Inputs(default_inputs(self.env, self.records, declared), {name: [] for name in self.shape.lines})

    # ---- taking what was posted -----------------------------------------------------------------------------------

    def posted(self, form: Form, before: Inputs) -> Inputs:
        """The inputs as posted; what the form does not carry stays as it was."""
        present = set(form.get("_fields", "").split(","))
        found = Inputs(dict(before.values), dict(before.lines))
        for name in self.shape.items:
            if name in present and not self.shape.readonly(name):
                found.values[name] = from_post(self.shape.declared(name), name, form)
        for name in self.shape.lines:
            if name in present and not self.shape.readonly(name):
                found.lines[name] = self._posted_lines(name, form, before.lines.get(name, []))
        return found

    def _posted_lines(self, name: str, form: Form, before: list[Line]) -> list[Line]:
        columns = self.shape.line_fields(name)
        known = {line.id: line for line in before}
        found = []
        for number in dict.fromkeys(form.getlist(f"{name}.row")):
            key = form.get(f"{name}-{number}-id", "")
            old = known.get(int(key)) if key.isdecimal() else None
            inputs = dict(old.inputs) if old else {}
            for column, part in columns.items():
                if not self.shape.line_readonly(name, column):
                    inputs[column] = from_post(part, f"{name}-{number}-{column}", form)
            line = Line(number, old.id if old else 0, inputs, form.get(f"{name}-{number}-gone") == "1")
            if line.id or not line.gone:
                found.append(line)
        return found

    # ---- writing --------------------------------------------------------------------------------------------------

    def values(self, now: Inputs, before: Inputs, changed: set[str] | None) -> dict[str, Any]:
        """What to write: fields that differ from before, lines as commands. Fills `now.errors`."""
        known = now.plain(self.key)
        found: dict[str, Any] = {}
        for name, item in self.shape.items.items():
            declared = self.shape.declared(name)
            hidden = item.visible is not None and not holds(item.visible, known)
            fixed = item.readonly is not None and holds(item.readonly, known)
            if hidden or fixed or self.shape.readonly(name) or (changed is not None and name not in changed):
                continue
            must = declared.required or (item.required is not None and holds(item.required, known))
            if must and is_empty(declared, now.values[name]):
                now.errors[name] = str(_("Fill in “%(field)s”.", field=item.string or declared.string))
            elif self._to_write(declared, now.values[name], before.values.get(name), changed):
                self._read_one(declared, now.values[name], name, found, now.errors)
        for name in self.shape.lines:
            commands = [] if self.shape.readonly(name) else self._commands(name, now, before)
            if commands:
                found[name] = commands
        return found

    def _to_write(self, declared: Any, shown: Any, before: Any, changed: set[str] | None) -> bool:
        """Whether a field goes into the write; an empty one of a new record is left to its default or compute."""
        if not self.key:
            return shown != before or not is_empty(declared, shown)
        return changed is not None or shown != before

    def _read_one(self, declared: Any, shown: Any, name: str, found: dict[str, Any], errors: dict[str, str]) -> None:
        try:
            found[name] = to_value(declared, shown, self.env)
        except Unreadable as error:
            errors[name] = str(error.message)

    def _commands(self, name: str, now: Inputs, before: Inputs) -> list[Any]:
        old = {line.id: line.inputs for line in before.lines.get(name, [])}
        remove = Command.unlink if self.shape.keeps(name) else Command.delete
        found: list[Any] = []
        for line in now.lines.get(name, []):
            if line.gone:
                found.append(remove(line.id))
                continue
            values = self._line_values(name, line, old.get(line.id))
            if line.errors:
                now.errors.setdefault(name, str(_("Look at the marked rows.")))
            elif not line.id:
                found.append(Command.create(values))
            elif values:
                found.append(Command.update(line.id, values))
        return found

    def _line_values(self, name: str, line: Line, old: dict[str, Any] | None) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for column, part in self.shape.line_fields(name).items():
            if self.shape.line_readonly(name, column):
                continue
            shown = line.inputs.get(column)
            if part.required and is_empty(part, shown):
                line.errors[column] = str(_("Fill in “%(field)s”.", field=part.string))
            elif old is None or shown != old.get(column):
                self._read_one(part, shown, column, found, line.errors)
        return found

    def save(self, values: dict[str, Any], revision: int | None) -> int:
        """Create or write, and send it, so that whatever is wrong is known now. The record's id."""
        if self.key:
            record = self.records.browse(self.key)
            if values:
                record.write(values, expected=revision)
        else:
            record = self.records.create(values)
        self.env.flush()
        return int(record.id)

    def note(self, error: AppError, inputs: Inputs) -> None:
        """Put an error of the ORM beside its field, or above the form where it has none here."""
        for entry in error.errors:
            name, message = entry.get("field"), str(entry["message"])
            if name in self.shape.items or name in self.shape.lines:
                inputs.errors.setdefault(str(name), message)
            elif not self._note_in_lines(str(name or ""), message, inputs):
                self.general.append(message)

    def _note_in_lines(self, name: str, message: str, inputs: Inputs) -> bool:
        """An error of a row: beside its column when just one one2many has such a column."""
        owners = [lines for lines in self.shape.lines if name in self.shape.line_fields(lines)]
        if len(owners) != 1:
            return False
        inputs.errors.setdefault(owners[0], message)
        return True
