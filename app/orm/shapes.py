"""The shape of declarations: what a class statement holds besides sound fields, names, and attributes that contradict each other.

`parts` looks at the class statements before they are merged, `model` and `field` at what came out. People who come from Odoo or
Django write some things by habit that mean nothing here; they are told what to write instead.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from app.orm.complaints import Position, declared, near, wrong
from app.orm.definition import NAME_BYTES
from app.orm.errors import AppError
from app.orm.fields.base import Field
from app.orm.fields.relational import Many2many, Many2one, Reference
from app.orm.fields.scalar import Selection
from app.orm.model import Access, BaseModel, Rule, kind_of

if TYPE_CHECKING:
    from app.orm.recordset import Recordset
    from app.orm.registry import Registry

MODEL_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]*")
SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"})
FOREIGN_HABITS = {
    "_sql_constraints": 'declare each as an attribute: _code_unique = Constraint("UNIQUE (code)", _("…"))',
    "_constraints": "mark the method with @api.constrains",
    "_columns": "fields are attributes of the class",
    "_defaults": "a default is an attribute of its field: default=…",
    "_log_access": "who and when is kept for every model",
    "_auto": "every model has a table; one without is an AbstractModel",
    "_parent_order": "a tree is ordered by _order",
    "_check_company_auto": "there are no companies; use rules",
    "_access": 'rights are declared by access = Access(clerk="crud")',
    "_rules": "rules are declared by rules = […]",
    "_fields": "fields are attributes of the class",
    "_indexes": 'declare each as an attribute: _by_name = Index("(name)")',
    "Meta": "_name, _order, _table and Constraint say what a class Meta says in Django",
    "objects": "a recordset is its own manager: env[…].search([…])",
    "__tablename__": "the table's name is _table",
    "__table_args__": "declare Constraint and Index as attributes",
}
KNOWN = (
    "_name", "_inherit", "_inherits", "_order", "_rec_name", "_table", "_description", "_parent_name", "_parent_store", "_audit",
    "_append_only", "_partition_by",
)  # fmt: skip
TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("_name", "_order", "_rec_name", "_table", "_parent_name"), (str,)),
    "_inherit": (str, list, tuple),
    "_inherits": (dict,),
    "_parent_store": (bool,),
    "_audit": (bool,),
    "access": (Access,),
    "rules": (list, tuple),
}
WRITTEN = {
    "_inherits": '{"user": "user_id"}',
    "access": 'Access(clerk="crud", everyone="r")',
    "rules": '[Rule("clerk", [("active", "=", True)])]',
}
PLATFORM_FIELDS = {
    "id": "Id", "create_uid": "Many2one", "create_date": "Datetime", "write_uid": "Many2one", "write_date": "Datetime",
    "revision": "Integer", "custom": "Json",
}  # fmt: skip
TEXT_TYPES = frozenset({"char", "text", "html", "email", "url", "phone", "selection"})
NUMBER_TYPES = frozenset({"integer", "float", "decimal", "monetary"})


# ---- class statements -----------------------------------------------------------------------------------------------------


def parts(declarations: Iterable[type[BaseModel]]) -> None:
    """Raise `DeclarationError` for the first class statement whose shape is wrong."""
    every = list(declarations)
    kinds = {part._declared_name: part for part in every if not part._declared_extension}
    for part in every:
        _name(part)
        for name, value in vars(part).items():
            _attribute(part, name, value)
        founder = kinds.get(part._declared_name)
        if part._declared_extension and founder is not None and kind_of(part) is not kind_of(founder):
            kind, own = kind_of(founder).__name__, kind_of(part).__name__
            text = f"is declared as {own} and extends an {kind}; derive from {kind}, or give a _name to make a model of its own"
            raise wrong(part._declared_name, text, declared(part))


def _name(part: type[BaseModel]) -> None:
    for attribute, name in (("_name", part._declared_name), ("_table", vars(part).get("_table"))):
        if name is not None and (not isinstance(name, str) or not MODEL_NAME.fullmatch(name)):
            text = f'{attribute} "{name}": small letters, digits, dots and underscores, beginning with a letter'
            raise wrong(str(name) or part.__name__, text, declared(part))
        if name is not None and len(name) > NAME_BYTES:
            raise wrong(name, f"{attribute} has {len(name)} characters; PostgreSQL keeps {NAME_BYTES}", declared(part))


def _attribute(part: type[BaseModel], name: str, value: Any) -> None:
    model, position = part._declared_name, declared(part)
    if name in FOREIGN_HABITS:
        raise wrong(model, f"{name} means nothing here: {FOREIGN_HABITS[name]}", position)
    if isinstance(value, type) and issubclass(value, Field):
        raise wrong(model, f"{name} = fields.{value.__name__} lacks its parentheses: fields.{value.__name__}()", position)
    if name in TYPES and not isinstance(value, TYPES[name]):
        written = WRITTEN.get(name) or " or ".join(kind.__name__ for kind in TYPES[name])
        raise wrong(model, f"{name} is written as {written}, not {value!r}", position)
    if isinstance(value, Access):
        for role, letters in value.letters.items():
            if not isinstance(letters, str):
                raise wrong(model, f'access of {role}: letters are a text like "crud", not {letters!r}', value.position)
    if name == "rules" and not all(isinstance(rule, Rule) for rule in value):
        raise wrong(model, f"rules is written as {WRITTEN['rules']}, not {value!r}", position)
    # A constant of the author's own may have a similar name; it will hardly have the same type.
    meant = get_close_matches(name, KNOWN, 1, 0.85) if name[0] == "_" and name not in KNOWN else []
    if meant and isinstance(value, TYPES.get(meant[0], ())):
        raise wrong(model, f'{name} means nothing; did you mean "{meant[0]}"?', position)


# ---- a compiled model -----------------------------------------------------------------------------------------------------


def model(registry: Registry, compiled: type[Recordset], position: Position) -> None:
    """Columns that clash, links that share a table, parents in a circle."""
    columns: dict[str, str] = {}
    tables: dict[tuple[str, str, str], str] = {}
    for field in compiled._fields.values():
        if field.in_table and (former := columns.setdefault(field.column, field.name)) != field.name:
            text = f'has the column "{field.column}", which {former} has already'
            raise wrong(compiled._name, text, field.position, field.name)
        if isinstance(field, Many2many) and field.store and field.relation:
            ends = (field.relation, field.column1, field.column2 or field.comodel)
            if field.column1 and field.column1 == field.column2:
                raise wrong(compiled._name, "column1 and column2 are two columns", field.position, field.name)
            if (former := tables.setdefault(ends, field.name)) != field.name:
                text = f'has the table "{field.relation}" with the same columns as {former}; both would show the same links'
                raise wrong(compiled._name, text, field.position, field.name)
    seen, rest = set[str](), [*compiled._inherits]
    while rest:
        parent = rest.pop()
        if parent == compiled._name:
            raise wrong(compiled._name, f"_inherits leads in a circle, by way of {', '.join(sorted(seen))}", position)
        if parent not in seen and parent in registry.models:
            seen.add(parent)
            rest += registry[parent]._inherits


# ---- a compiled field -----------------------------------------------------------------------------------------------------


def field(registry: Registry, compiled: type[Recordset], given: Any) -> None:
    """Raise `DeclarationError` when name, type, default or the attributes of a field do not go together."""
    text = (
        next(iter(given.mistakes.values()), None)
        or _wrong_name(given)
        or _wrong_use(given)
        or _wrong_target(registry, given)
        or _wrong_default(compiled, given)
    )
    if text:
        raise wrong(compiled._name, text, given.position, given.name)


def _wrong_name(given: Any) -> str | None:
    name = given.name
    if not FIELD_NAME.fullmatch(name) or keyword.iskeyword(name):
        return f'"{name}" can\'t be the name of a field: small Latin letters, digits and underscores, beginning with a letter'
    if len(name) > NAME_BYTES or len(given.column) > NAME_BYTES:
        return f"the name has {max(len(name), len(given.column))} characters; PostgreSQL keeps {NAME_BYTES}"
    if not FIELD_NAME.fullmatch(given.column):
        return f'column "{given.column}": small letters, digits and underscores'
    if given.in_table and given.column in SYSTEM_COLUMNS:
        return f'every table of PostgreSQL has a column "{given.column}" of its own; choose another name'
    return None


def _wrong_use(given: Any) -> str | None:
    if PLATFORM_FIELDS.get(given.name, type(given).__name__) != type(given).__name__:
        return f'the platform keeps "{given.name}" for every model; choose another name'
    if given.compute is not None and given.related:
        return "is computed and related; it can be one of them"
    if given.name == "active" and given.type != "boolean":
        return '"active" decides what is archived, so it is a Boolean; choose another name'
    if given.unique and not given.in_table:
        return "has no column that could be unique; say store=True"
    if given.index == "trigram" and given.type not in TEXT_TYPES:
        return f'index="trigram" is for texts; a {type(given).__name__} takes index=True'
    if given.inverse and not given.computed:
        return "has an inverse and no compute; nothing would call it"
    return None


def _wrong_target(registry: Registry, given: Any) -> str | None:
    if given.relational and not given.comodel:
        example = '("order.line", "order_id")' if given.type == "one2many" else '("user")'
        return f"lacks the model that it leads to: fields.{type(given).__name__}{example}"
    if isinstance(given, Reference):
        for name in sorted(given.models):
            if name not in registry.models:
                return f'there is no model "{name}"{near(name, registry.models)}'
    return None


def _wrong_default(compiled: type[Recordset], given: Any) -> str | None:
    """A plain default goes through what every value goes through."""
    default = given.default
    dynamic = isinstance(given, Selection) and given.dynamic
    if default is None or callable(default) or hasattr(default, "path") or given.x2many or dynamic or given.translate:
        return None
    if isinstance(default, str) and (default.startswith("_") or hasattr(compiled, default)):
        return None
    if isinstance(given, Many2one) and not isinstance(default, int | bool):
        return f"default: a record is made in a database; give a method that finds it, not {default!r}"
    no_env: Any = None
    try:
        given.normalise(default, no_env)
    except (ValueError, TypeError, AppError) as error:
        return f"default: {error}"
    return None


def is_number(text: str) -> bool:
    """Whether a text can be compared with numbers."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def wrong_related(given: Any, end: Any) -> str | None:
    """A related field and the end of its path: both have to be of one family."""
    if given.relational or end.relational:
        if given.relational and end.relational and given.comodel == end.comodel:
            return None
        return f"is a {_shown(given)}, and the path leads to a {_shown(end)}"
    same = given.type == end.type or any({given.type, end.type} <= family for family in (TEXT_TYPES, NUMBER_TYPES))
    return None if same else f"is a {_shown(given)}, and the path leads to a {_shown(end)}"


def _shown(given: Any) -> str:
    return f"{type(given).__name__} of {given.comodel}" if given.relational else type(given).__name__
