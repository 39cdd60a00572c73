"""Custom fields: what an administrator adds to the records of a model while the portal runs.

A definition takes effect in the unit that writes it, and in every other one after the commit: the registry's version rises,
and whoever begins a unit reads the definitions anew (`app/orm/custom.py`). What can't be a field is refused with the field of
the definition that is wrong. Indexes are made by a job, because others go on writing meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import orjson

from app.jobs import job
from app.orm import Access, Constraint, Model, ValidationError, api, fields
from app.orm.custom import (
    Definition,
    build_index,
    chosen,
    default_of,
    drop_indexes,
    drop_values,
    field_of,
    filled,
    index_states,
    redefine,
    rename,
)
from app.orm.env import Database, Env
from app.orm.i18n import LazyText, _

TYPES = [
    ("char", _("Text")),
    ("text", _("Long text")),
    ("html", _("Formatted text")),
    ("integer", _("Whole number")),
    ("float", _("Number")),
    ("decimal", _("Exact number")),
    ("monetary", _("Money")),
    ("boolean", _("Yes or no")),
    ("date", _("Date")),
    ("datetime", _("Date and time")),
    ("selection", _("Choice from a list")),
    ("many2one", _("Link to a record")),
    ("reference", _("Link to a record of any kind")),
    ("email", _("E-mail")),
    ("phone", _("Telephone")),
    ("url", _("Web address")),
    ("json", _("JSON")),
]
PROBLEMS = [("duplicates", _("Several records have the same value")), ("failed", _("The index could not be made"))]
STATES = [("none", _("None")), ("waiting", _("Being made")), ("valid", _("In force")), *PROBLEMS]
UNINDEXED = frozenset({"text", "html", "json"})
"""Types whose values may be longer than an index takes."""

_NAME = re.compile(r"x_[a-z0-9_]{1,58}")
_ALIASES = {"read": "read_roles", "write": "write_roles"}
_WATCHED = (
    *("active", "model", "name", "label", "type", "required", "default", "help", "choices", "comodel"),
    *("read_roles", "write_roles", "domain", "unique", "index", "sequence"),
)


class CustomField(Model):
    """A field that was added to a model while the portal runs."""

    _name = "custom.field"
    _description = _("Custom field")
    _rec_name = "label"
    _order = "model, sequence, id"

    active = fields.Boolean(string=_("Active"), default=True, help=_("Switched off, the field is gone and its values are kept."))
    model = fields.Selection("_models", string=_("Records"), required=True, index=True)
    name = fields.Char(string=_("Name"), required=True, help=_("As programs know it: x_ and small letters, digits or _."))
    label = fields.Char(string=_("Label"), required=True, search=True)
    type = fields.Selection(TYPES, string=_("Type"), required=True, default="char")
    required = fields.Boolean(string=_("Must be filled in"))
    default = fields.Char(string=_("Default value"))
    help = fields.Char(string=_("Help"))
    choices = fields.Json(string=_("Choices as data"))
    choices_text = fields.Text(
        string=_("Choices"),
        compute="_compute_choices_text",
        inverse="_take_choices_text",
        help=_("One in a line: value = what people read."),
    )
    comodel = fields.Selection("_models", string=_("Linked records"))
    read_roles = fields.Char(string=_("Roles that may read it"), help=_("Names of roles; empty: whoever reads the record."))
    write_roles = fields.Char(string=_("Roles that may change it"), help=_("Names of roles; empty: whoever changes the record."))
    domain = fields.Json(string=_("Which records have it"), help=_('Empty: all. Else a domain, like [["kind", "=", "person"]].'))
    unique = fields.Boolean(string=_("Every value only once"))
    index = fields.Boolean(string=_("Searched often"))
    sequence = fields.Integer(string=_("Order"), default=10, aggregator=None)
    index_problem = fields.Selection(PROBLEMS, string=_("What stands in the way of the index"), readonly=True, copy=False)
    index_state = fields.Selection(STATES, string=_("Index"), compute="_compute_index_state")
    filled = fields.Integer(string=_("Records with a value"), compute="_compute_filled", aggregator=None)

    access = Access(admin="crud")

    _name_unique = Constraint("UNIQUE (name, model)", _("%(model)s already has the field %(name)s."))

    def _models(self) -> list[tuple[str, Any]]:
        kept = (model for model in self.env.registry.concrete() if not model._transient)
        return [(model._name, model._description) for model in kept if not getattr(model, "_append_only", False)]

    @api.depends("choices")
    def _compute_choices_text(self) -> None:
        for definition in self:
            definition.choices_text = "\n".join(f"{value} = {label}" for value, label in definition.choices or ()) or None

    def _take_choices_text(self) -> None:
        for definition in self:
            definition.choices = _choices(definition.choices_text)

    @api.depends("unique", "index", "index_problem", "active")
    def _compute_index_state(self) -> None:
        wanted = chosen(self.env, self.ids)
        states = index_states(self.env, wanted)
        known = {each.id: [states.get((each.id, kind), False) for kind in _kinds(each)] for each in wanted}
        for definition in self:
            made = known.get(definition.id)
            missing = definition.index_problem or "waiting"
            definition.index_state = "none" if not made else "valid" if all(made) else missing

    @api.depends("name", "model")
    def _compute_filled(self) -> None:
        known = {each.id: filled(self.env, each) for each in chosen(self.env, self.ids)}
        for definition in self:
            definition.filled = known.get(definition.id, 0)

    # ---- writing --------------------------------------------------------------------------------------------------

    def create(self, values: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Any:
        """Defines fields; they are there when this returns."""
        rows = [values] if isinstance(values, Mapping) else list(values)
        return super().create([self._given(row) for row in rows])

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Changes definitions; what the fields hold is kept."""
        return super().write(self._given(values), expected)

    def unlink(self) -> bool:
        """Removes fields with everything that they hold."""
        self.check_access("unlink")
        self.env.flush()
        for definition in chosen(self.env, self.ids):
            drop_values(self.env, definition)
        done = super().unlink()
        self._announce()
        return done

    @api.action
    def make_index(self) -> None:
        """Make the index again, after what stood in the way was mended."""
        self.write({"index_problem": None})
        build_indexes.enqueue(self.env, ids=self.ids)

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as they are stored: `read` and `write` name roles, which as fields would hide the methods of that name."""
        row = {_ALIASES.get(name, name): value for name, value in values.items()}
        for name in ("read_roles", "write_roles"):
            if isinstance(row.get(name), (list, tuple, set, frozenset)):
                row[name] = " ".join(row[name])
        if "choices" in row:
            row["choices"] = _choices(row["choices"])
        if row.get("default") is not None:
            row["default"] = _as_text(row["default"])
        for name in ("model", "type", "comodel"):
            known = dict(self._fields[name].choices(self.env))
            if row.get(name) and row[name] not in known:
                raise _wrong(name, _("“%(value)s” is none of: %(known)s.", value=row[name], known=", ".join(sorted(known))))
        return row

    @api.constrains(*_WATCHED)
    def _apply(self) -> None:
        """Have the fields as they are defined now, or refuse."""
        with self.env.unit.guard():
            self.env.flush()
            former = {each.id: each for each in self.env.registry.definitions}
            now = chosen(self.env, self.ids)
            for definition in now:
                _check(self.env, definition)
                if definition.id in former:
                    _move(self.env, former[definition.id], definition)
            self._announce()
            for definition in now:
                drop_indexes(self.env, definition, {True, False} - set(_kinds(definition)))
            self._ask_for_indexes(now)

    def _ask_for_indexes(self, wanted: list[Definition]) -> None:
        states = index_states(self.env, wanted)
        ids = [each.id for each in wanted if not all(states.get((each.id, kind)) for kind in _kinds(each))]
        if ids:
            build_indexes.enqueue(self.env, ids=ids)

    def _announce(self) -> None:
        """Every process notices the version after the commit; this unit goes on with it now."""
        versions: Any = self.env["registry.version"].sudo("custom fields have changed")
        redefine(self.env, versions.create({"reason": "custom fields"}).id)


@job()
def build_indexes(env: Env, ids: list[int]) -> None:
    """Make the indexes that these definitions want, after the job's own unit: they wait for all units that are open."""
    database, registry = env.database, env.registry
    wanted = [each for each in registry.definitions if each.id in ids and each.active]
    env.after_commit(lambda: _build(database, registry, wanted))


def _build(database: Database, registry: Any, wanted: list[Definition]) -> None:
    for definition in wanted:
        problems = [build_index(database, registry, definition, unique=kind) for kind in _kinds(definition)]
        problem = next((each for each in problems if each), None)
        database.superuser(source="job").run(lambda env, each=definition, text=problem: _note(env, each.id, text))


def _note(env: Env, own: int, problem: str | None) -> None:
    env["custom.field"].with_context(active_test=False).browse(own).exists().write({"index_problem": problem})


# ---- what a definition may be ------------------------------------------------------------------------------------------


def _wrong(field: str, text: LazyText) -> ValidationError:
    return ValidationError(text, model="custom.field", field=field, reason="invalid")


def _kinds(definition: Definition) -> list[bool]:
    """The indexes that a definition wants: unique (True), plain (False); a unique one serves searches too."""
    return [definition.unique] if definition.active and (definition.unique or definition.indexed) else []


def _choices(given: Any) -> Any:
    """Pairs of value and label from pairs, values, a mapping, or lines of text."""
    if isinstance(given, str):
        given = [line.split("=", 1) for line in given.splitlines() if line.strip()]
    if isinstance(given, Mapping):
        given = given.items()
    return [_pair(each) for each in given] or None if isinstance(given, Iterable) else given


def _pair(given: Any) -> list[Any]:
    parts = list(given) if isinstance(given, (list, tuple)) else [given]
    parts = [part.strip() if isinstance(part, str) else part for part in parts]
    return parts * 2 if len(parts) == 1 else parts


def _as_text(value: Any) -> str:
    """A default as it is kept; the field reads it again."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "_ids"):
        return str(value.ensure_one().id)
    if isinstance(value, date):
        return value.isoformat()
    return orjson.dumps(value).decode() if isinstance(value, (list, dict)) else str(value)


def _check(env: Env, definition: Definition) -> None:
    """`ValidationError` with the field of the definition that is wrong."""
    if not _NAME.fullmatch(definition.name):
        raise _wrong("name", _("A name is x_ and small Latin letters, digits or _, 60 at most: x_height."))
    declared = env.registry.declared[definition.model]
    if definition.name in declared._fields or hasattr(declared, definition.name):
        raise _wrong("name", _("%(name)s is there already, by declaration.", name=definition.name))
    _check_choices(definition)
    if definition.type == "many2one" and not definition.comodel:
        raise _wrong("comodel", _("Say which records the field links to."))
    if definition.type in UNINDEXED and (definition.unique or definition.indexed):
        field = "unique" if definition.unique else "index"
        raise _wrong(field, _("Values of this type may be too long for an index."))
    _check_default(env, definition)
    _check_domain(env, definition)
    for name in ("read_roles", "write_roles"):
        _check_roles(env, name, getattr(definition, name))


def _check_choices(definition: Definition) -> None:
    if definition.type != "selection":
        return
    pairs = orjson.loads(definition.choices or "[]")
    fit = [each for each in pairs if isinstance(each, list) and len(each) == 2 and all(isinstance(part, str) for part in each)]
    if not pairs or len(fit) < len(pairs) or len({value for value, _label in fit if value}) < len(pairs):
        raise _wrong("choices", _("A choice needs values, each of them once, with what people read."))


def _check_default(env: Env, definition: Definition) -> None:
    if definition.default is None:
        return
    try:
        field_of(definition).normalise(default_of(definition), env)
    except (ValueError, TypeError, ValidationError) as error:
        text = _("“%(value)s” can't be the default of this field.", value=definition.default)
        raise _wrong("default", text) from error


def _check_domain(env: Env, definition: Definition) -> None:
    if definition.domain is None:
        return
    try:
        env[definition.model].search(orjson.loads(definition.domain), limit=0)
    except (ValueError, TypeError) as error:
        raise _wrong("domain", _("This can't be understood: %(detail)s.", detail=str(error))) from error


def _check_roles(env: Env, field: str, given: str | None) -> None:
    names = set((given or "").replace(",", " ").split())
    known = {role.name for role in env["role"].search([("name", "in", sorted(names))])} if names else set()
    if names - known:
        raise _wrong(field, _("There is no role %(name)s.", name=min(names - known)))


def _move(env: Env, former: Definition, now: Definition) -> None:
    """Take the values along to a new name; what they can't become is refused."""
    for field in ("model", "type"):
        if getattr(former, field) != getattr(now, field):
            count = filled(env, former)
            if count:
                raise _wrong(field, _("This can't be changed while %(count)s records have a value.", count=count))
            drop_indexes(env, former)
    if former.name != now.name and former.model == now.model:
        rename(env, former, now.name)
