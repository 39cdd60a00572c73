"""The parts of a form as the template shows them, and how they are made from declarations, rights and inputs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.orm.env import Env
from app.orm.i18n import _
from app.ui import Col, F, Group, Lines, ModelViews, Tab
from app.ui.conditions import OPERATORS, fields_of, holds
from app.ui.views import UNDRAWN_TYPES, default_columns
from app.ui.vocabulary import Condition
from app.web.screens.inputs import control, from_value, plain
from app.web.screens.site import site


@dataclass(slots=True)
class FieldView:
    """One field with its control."""

    id: str
    name: str
    label: str
    kind: str
    value: Any
    text: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    required: bool = False
    readonly: bool = False
    hidden: bool = False
    wide: bool = False
    error: str = ""
    help: str = ""
    placeholder: str = ""
    conditions: str = ""
    url: str = ""
    model: str = ""
    creates: bool = False
    size: int | None = None


@dataclass(slots=True)
class LineView:
    """One row of a one2many."""

    number: str
    id: str
    fields: list[FieldView]
    gone: bool = False


@dataclass(slots=True)
class LinesView:
    """A one2many edited in place."""

    name: str
    label: str
    heads: list[tuple[str, bool, bool]]
    rows: list[LineView]
    blank: LineView
    can_add: bool
    can_remove: bool
    hidden: bool = False
    conditions: str = ""
    error: str = ""
    kind: str = "lines"


@dataclass(slots=True)
class Block:
    """A group of fields under a caption, or a tab."""

    id: str
    title: str
    items: list[FieldView | LinesView]
    blocks: list[Block] = field(default_factory=list)
    hidden: bool = False
    conditions: str = ""
    count: int | None = None
    bad: bool = False


@dataclass(slots=True)
class Line:
    """The inputs of one row: number in the form, id of the record (0: new), whether it is to go."""

    number: str
    id: int
    inputs: dict[str, Any]
    gone: bool = False
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Inputs:
    """Everything that a form shows of a record: inputs by field, rows by one2many, errors."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def plain(self, key: int) -> dict[str, Any]:
        """The values that conditions look at; the id of a new record is 0."""
        return {"id": key, **{name: plain(shown) for name, shown in self.values.items()}}


class Shape:
    """Which fields and lines a form has for this user; the same for drawing, reading and posting."""

    def __init__(self, env: Env, views: ModelViews) -> None:
        self.env, self.views = env, views
        self.records: Any = env[views.model]
        self.cls: Any = env.registry[views.model]
        self.allowed: Mapping[str, Mapping[str, Any]] = self.records.fields_get()
        self.comodels: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self.items: dict[str, F] = {}
        self.lines: dict[str, Lines] = {}
        for item in views.form.parts():
            if item.name not in self.allowed:
                continue
            declared: Any = self.cls._fields[item.name]
            if isinstance(item, Lines) or declared.type == "one2many":
                if self.env[declared.comodel].has_access("read"):
                    self.lines[item.name] = item if isinstance(item, Lines) else Lines(item.name)
            elif declared.type not in UNDRAWN_TYPES:
                self.items[item.name] = item
        if views.form.status is not None and views.form.status.name in self.allowed:
            self.items.setdefault(views.form.status.name, F(views.form.status.name))
        self.customs = tuple(self._custom_items())
        self.items |= {item.name: item for item in self.customs}

    def _custom_items(self) -> Iterator[F]:
        """The custom fields that this user may read and no view has placed."""
        for declared in self.cls._customs:
            if declared.name in self.allowed and declared.name not in self.items and declared.type not in UNDRAWN_TYPES:
                yield F(declared.name, visible=self._condition(declared.concerns))

    def _condition(self, domain: Any) -> Condition | None:
        """A domain as a condition of the form, where it speaks of nothing but what the form shows."""
        leaves = domain.to_list() if domain is not None else []
        told = all(name in self.items for name in fields_of(leaves))
        return leaves if leaves and told and all(isinstance(leaf, str) or leaf[1] in OPERATORS for leaf in leaves) else None

    def declared(self, name: str) -> Any:
        """The field's declaration."""
        return self.cls._fields[name]

    def readonly(self, name: str) -> bool:
        """Whether this user may not change the field, whatever the record."""
        return bool(self.allowed[name]["readonly"])

    def line_fields(self, name: str) -> dict[str, Any]:
        """The columns of a one2many that this user may read, by name."""
        declared = self.declared(name)
        comodel: Any = self.env.registry[declared.comodel]
        allowed = self.comodels.get(declared.comodel)
        if allowed is None:
            allowed = self.comodels[declared.comodel] = self.env[declared.comodel].fields_get()
        wanted = [column.name for column in self.line_columns(name)]
        return {
            column: comodel._fields[column]
            for column in wanted
            if column in allowed and comodel._fields[column].type not in UNDRAWN_TYPES | {"one2many"}
        }

    def line_columns(self, name: str) -> tuple[Col, ...]:
        """The declared columns of a one2many, or those of a generated list."""
        declared = self.declared(name)
        own = self.lines[name].columns
        return own or tuple(Col(column) for column in default_columns(self.env.registry[declared.comodel], declared.inverse_name))

    def keeps(self, name: str) -> bool:
        """Whether a removed row only loses its link; otherwise it is deleted with it."""
        declared = self.declared(name)
        inverse: Any = self.env.registry[declared.comodel]._fields[declared.inverse_name]
        return bool(inverse.ondelete == "set null" and not inverse.required)

    def line_readonly(self, name: str, column: str) -> bool:
        """Whether this user may not change a column of the lines."""
        return bool(self.comodels[self.declared(name).comodel][column]["readonly"])


class Drawer:
    """Makes the views of one form from its shape and its inputs."""

    def __init__(self, shape: Shape, inputs: Inputs, key: int, *, can_write: bool) -> None:
        self.shape, self.inputs, self.can_write = shape, inputs, can_write
        self.env = shape.env
        self.known = inputs.plain(key)

    def groups(self) -> list[Block]:
        """The groups above the tabs, the custom fields last."""
        customs = self.shape.customs
        same = customs and all(item.visible == customs[0].visible for item in customs)
        own = Group(*customs, title=_("Custom fields"), visible=customs[0].visible if same else None)
        return [self._group(group, f"g{number}") for number, group in enumerate((*self.shape.views.form.groups, own))]

    def tabs(self) -> list[Block]:
        """The tabs that have something to show."""
        found = [self._tab(tab, f"t{number}") for number, tab in enumerate(self.shape.views.form.tabs)]
        return [tab for tab in found if tab.items or tab.blocks]

    def _group(self, group: Group, key: str) -> Block:
        items = [view for item in group.items if (view := self._item(item)) is not None]
        return self._block(key, str(group.title or ""), items, group.visible)

    def _tab(self, tab: Tab, key: str) -> Block:
        blocks = [self._group(item, f"{key}-{place}") for place, item in enumerate(tab.items) if isinstance(item, Group)]
        items = [view for item in tab.items if not isinstance(item, Group) and (view := self._item(item)) is not None]
        block = self._block(key, str(tab.title), items, tab.visible)
        block.blocks = [inner for inner in blocks if inner.items]
        block.count = next((len(item.rows) for item in items if isinstance(item, LinesView)), None)
        block.bad = any(item.error for part in (block, *block.blocks) for item in part.items) or any(
            cell.error for item in items if isinstance(item, LinesView) for row in item.rows for cell in row.fields
        )
        return block

    def _block(self, key: str, title: str, items: list[FieldView | LinesView], visible: Condition | None) -> Block:
        return Block(key, title, items, hidden=not self._holds(visible), conditions=encode(visible=visible))

    def _holds(self, condition: Condition | None) -> bool:
        return condition is None or holds(condition, self.known)

    def _item(self, item: F | Lines) -> FieldView | LinesView | None:
        if item.name in self.shape.lines:
            return self._lines(self.shape.lines[item.name])
        return self._field(self.shape.items[item.name]) if item.name in self.shape.items else None

    def field(self, name: str) -> FieldView:
        """The view of one field of the form."""
        return self._field(self.shape.items[name])

    def _field(self, item: F) -> FieldView:
        declared = self.shape.declared(item.name)
        fixed = not self.can_write or self.shape.readonly(item.name)
        view = control_view(self.env, self.shape.views.model, declared, item.name, self.inputs.values.get(item.name), fixed=fixed)
        view.label = str(item.string or declared.string)
        view.help = str(declared.help or "")
        view.placeholder = str(item.placeholder or "")
        view.wide = item.wide or view.kind == "textarea"
        view.required = declared.required or (item.required is not None and self._holds(item.required))
        view.readonly = fixed or (item.readonly is not None and self._holds(item.readonly))
        view.hidden = not self._holds(item.visible)
        view.error = self.inputs.errors.get(item.name, "")
        view.conditions = encode(
            visible=item.visible,
            required=None if declared.required else item.required,
            readonly=None if fixed else item.readonly,
        )
        return view

    def _lines(self, lines: Lines) -> LinesView:
        declared = self.shape.declared(lines.name)
        columns = self.shape.line_fields(lines.name)
        fixed = not self.can_write or self.shape.readonly(lines.name)
        comodel: Any = self.env[declared.comodel]
        rows = [self._row(lines.name, columns, line, fixed=fixed) for line in self.inputs.lines.get(lines.name, [])]
        labels = {column.name: column.string for column in self.shape.line_columns(lines.name)}
        return LinesView(
            name=lines.name,
            label=str(declared.string),
            heads=[
                (str(labels[name] or part.string), part.type in ("integer", "monetary"), part.required)
                for name, part in columns.items()
            ],
            rows=rows,
            blank=self._row(lines.name, columns, Line("__n__", 0, self._blank_inputs(declared.comodel, columns)), fixed=fixed),
            can_add=not fixed and comodel.has_access("create"),
            can_remove=not fixed and comodel.has_access("write" if self.shape.keeps(lines.name) else "unlink"),
            hidden=not self._holds(lines.visible),
            conditions=encode(visible=lines.visible),
            error=self.inputs.errors.get(lines.name, ""),
        )

    def _blank_inputs(self, model: str, columns: Mapping[str, Any]) -> dict[str, Any]:
        return default_inputs(self.env, self.env[model], columns)

    def _row(self, name: str, columns: Mapping[str, Any], line: Line, *, fixed: bool) -> LineView:
        model = self.shape.declared(name).comodel
        letter = "write" if line.id else "create"
        may = not fixed and self.env[model].has_access(letter)
        cells = []
        for column, part in columns.items():
            key = f"{name}-{line.number}-{column}"
            cell = control_view(
                self.env, model, part, key, line.inputs.get(column), fixed=not may or self.shape.line_readonly(name, column)
            )
            cell.required = part.required
            cell.error = line.errors.get(column, "")
            cells.append(cell)
        return LineView(line.number, str(line.id or ""), cells, line.gone)


def control_view(env: Env, model: str, declared: Any, name: str, shown: Any, *, fixed: bool) -> FieldView:
    """The control of one field under a name."""
    view = FieldView(
        id=f"f-{name}",
        name=name,
        label=str(declared.string),
        kind=control(declared),
        value="" if shown is None and declared.type not in ("many2one", "many2many") else shown,
        readonly=fixed,
        size=getattr(declared, "size", None),
    )
    if declared.type == "selection":
        view.choices = [(str(value), str(label)) for value, label in declared.choices(env)]
        view.text = dict(view.choices).get(str(shown or ""), "")
    elif declared.type == "boolean":
        view.text = str(_("yes")) if shown else str(_("no"))
    elif declared.type in ("many2one", "many2many"):
        view.model = declared.comodel
        view.url = f"/{model}/options/{declared.name}"
        view.creates = not fixed and quick_create(env, declared.comodel)
        view.text = shown[1] if declared.type == "many2one" and shown else ""
    else:
        view.text = str(shown if shown is not None else "")
    return view


def quick_create(env: Env, model: str) -> bool:
    """Whether a record of a model can be made from one typed text by this user."""
    cls: Any = env.registry[model]
    typed = site().views[model].quick
    rec = cls._fields.get(typed)
    if rec is None or rec.readonly or rec.type != "char" or not env[model].has_access("create"):
        return False
    return not any(
        part.required and not part.has_default and not part.compute and name != typed and part.store
        for name, part in cls._fields.items()
    )


def default_inputs(env: Env, records: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a new record: its default values."""
    from_defaults = records.default_get(list(columns))
    return {name: default_input(env, part, from_defaults.get(name)) for name, part in columns.items()}


def default_input(env: Env, declared: Any, value: Any) -> Any:
    """The input of a default value, which for links is an id, several, or records."""
    if declared.type in ("many2one", "many2many"):
        comodel: Any = env[declared.comodel]
        ids = value.ids if hasattr(value, "ids") else [value] if isinstance(value, int) and value else list(value or ())
        rows = comodel.browse(ids).read(["display_name"]) if ids else []
        pairs = [(row["id"], row["display_name"], "") for row in rows]
        return pairs if declared.type == "many2many" else (pairs[0][:2] if pairs else None)
    shown = control(declared)
    if shown == "boolean":
        return bool(value)
    if shown == "number":
        return "" if not value else _default_number(value, env)
    return "" if value is None else from_value(declared, value, env)


def _default_number(value: Any, env: Env) -> str:
    return str(value).replace(".", ",") if env.lang == "ru" else str(value)


def encode(**conditions: Condition | None) -> str:
    """Conditions as JSON for the browser; empty where there are none."""
    given = {name: list(condition) for name, condition in conditions.items() if condition is not None}
    return json.dumps(given, ensure_ascii=False) if given else ""
