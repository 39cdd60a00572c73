"""What can be wrong with declarations, found at start: nothing here runs later.

Every complaint is a `DeclarationError` whose text names model and field, file and line, and a name that may have been meant.
Abstract models may name fields that their heirs bring, so only their attributes are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from app.orm import definition, shapes, signatures
from app.orm.complaints import Position, declared, function_position, near, place, wrong
from app.orm.domain import Domain
from app.orm.errors import DeclarationError
from app.orm.fields.base import Field
from app.orm.fields.money import Monetary
from app.orm.fields.relational import Many2many, Many2one, One2many
from app.orm.fields.scalar import Selection
from app.orm.uservalue import UserValue

if TYPE_CHECKING:
    from app.orm.model import BaseModel, Constraint, Index
    from app.orm.recordset import Recordset
    from app.orm.registry import Registry

LETTERS = "crudxime"
RULE_LETTERS = "crud"
ONDELETE = ("restrict", "set null", "cascade")
_DATE_PARTS = (
    "year_number", "quarter_number", "month_number", "iso_week_number", "day_of_week", "day_of_month", "day_of_year",
    "hour_number", "minute_number", "second_number",
)  # fmt: skip
_DIRECTIONS = ("asc", "desc", "nulls", "first", "last")
_BASE_LINKS = frozenset({"create_uid", "write_uid"})


# ---- models that are not there, or twice ----------------------------------------------------------------------------------


def unknown_parent(part: type[BaseModel], name: str, parent: str, parts: Iterable[str]) -> DeclarationError:
    """A declaration that inherits from, or extends, a model that nobody declares."""
    return wrong(name, f'there is no model "{parent}" to inherit from{near(parent, set(parts) - {parent})}', declared(part))


def declared_twice(part: type[BaseModel], former: type[BaseModel]) -> DeclarationError:
    """Two founding declarations of one name."""
    name = str(vars(part)["_declared_name"])
    return wrong(
        name,
        f'already declared at {place(declared(former))}; extend it with _inherit = "{name}", or choose another _name',
        declared(part),
    )


def _model_position(model: type[Recordset], attribute: str | None = None) -> Position:
    """Where the model was declared; with an attribute, the last declaration that sets it."""
    for part in reversed(model._parts):
        if attribute is not None and attribute in vars(part):
            return declared(part)
    return declared(model._parts[0]) if model._parts else None


# ---- the walk -------------------------------------------------------------------------------------------------------------


def check(registry: Registry) -> None:
    """Raise `DeclarationError` for the first wrong declaration."""
    _tables(registry)
    for model in registry.models.values():
        for field in model._fields.values():
            _attributes(model, field)
            _name(model, field)
            shapes.field(registry, model, field)
        _access(model)
    for model in registry.concrete():
        shapes.model(registry, model, _model_position(model, "_inherits"))
        for step in _MODEL_STEPS:
            step(registry, model)
        for field in model._fields.values():
            for check_field in _FIELD_STEPS:
                check_field(registry, model, field)
        signatures.check(model)
    for model in registry.concrete():
        _paths(registry, model)
    _cycles(registry)


def _tables(registry: Registry) -> None:
    tables: dict[str, str] = {}
    for model in registry.concrete():
        former = tables.setdefault(model._table_name, model._name)
        if former != model._name:
            raise wrong(
                model._name,
                f'the table "{model._table_name}" belongs to {former} already; set another _table',
                _model_position(model),
            )


def _attributes(model: type[Recordset], field: Field[Any]) -> None:
    for attribute in field.args:
        if attribute not in type(field).attributes:
            known = type(field).attributes
            raise wrong(
                model._name,
                f'{type(field).__name__} has no attribute "{attribute}"{near(attribute, known)}',
                field.position,
                field.name,
            )


def _name(model: type[Recordset], field: Field[Any]) -> None:
    if any(field.name in vars(kind) for kind in _record_classes(model)):
        text = f'"{field.name}" is a method or attribute of every record; choose another name'
        raise wrong(model._name, text, field.position, field.name)


def _record_classes(model: type[Recordset]) -> list[type]:
    """The classes of the ORM itself above a compiled model."""
    return [each for each in model.__mro__ if each.__module__ in ("app.orm.recordset", "app.orm.model")]


def _access(model: type[Recordset]) -> None:
    position = _model_position(model, "access")
    for role, letters in model._access.items():
        unknown = [letter for letter in letters if letter not in LETTERS]
        if unknown:
            raise wrong(
                model._name, f'access of {role}: unknown letter "{unknown[0]}" in "{letters}"; known are {LETTERS}', position
            )
    for rule in model.rules:
        unknown = [letter for letter in rule.operations if letter not in RULE_LETTERS]
        if unknown:
            raise wrong(
                model._name,
                f'rule of {rule.role or "everyone"}: unknown letter "{unknown[0]}" in "{rule.operations}"',
                rule.position,
            )


# ---- one model ------------------------------------------------------------------------------------------------------------


def _inherits(registry: Registry, model: type[Recordset]) -> None:
    position = _model_position(model, "_inherits")
    for parent, link in model._inherits.items():
        if parent not in registry.models:
            raise wrong(model._name, f'_inherits: there is no model "{parent}"{near(parent, registry.models)}', position)
        field = model._fields.get(link)
        if not isinstance(field, Many2one) or field.comodel != parent or not field.required:
            raise wrong(
                model._name, f'_inherits: "{link}" must be a required Many2one to {parent}{near(link, model._fields)}', position
            )


def _order(target: type[Recordset], order: str, what: str, model: str, position: Position, of: str | None = None) -> None:
    """Names and words of an order of records of `target`."""
    for term in order.split(","):
        words = term.split()
        name = words[0] if words else ""
        field = target._fields.get(name)
        if field is None:
            raise wrong(model, f'{what}: there is no field "{name}"{near(name, target._fields)}', position, of)
        if not field.sortable:
            raise wrong(model, f'{what}: "{name}" has no column, so nothing can be ordered by it', position, of)
        unknown = [word for word in words[1:] if word.lower() not in _DIRECTIONS]
        if unknown:
            raise wrong(model, f'{what}: "{unknown[0]}" is no direction{near(unknown[0], _DIRECTIONS)}', position, of)


def _order_and_label(_registry: Registry, model: type[Recordset]) -> None:
    _order(model, model._order, "_order", model._name, _model_position(model, "_order"))
    if model._rec_name and model._rec_name not in model._fields and model._rec_name != "name":
        text = f'_rec_name: there is no field "{model._rec_name}"{near(model._rec_name, model._fields)}'
        raise wrong(model._name, text, _model_position(model, "_rec_name"))
    label = model._fields.get(model._rec_name) if model._rec_name else None
    if label is not None and label.x2many:
        text = f'_rec_name: "{label.name}" leads to many records and names none'
        raise wrong(model._name, text, _model_position(model, "_rec_name"))
    if model._parent_store:
        parent = model._fields.get(model._parent_name)
        if not isinstance(parent, Many2one) or parent.comodel != model._name:
            text = f'_parent_store needs a Many2one to {model._name} named "{model._parent_name}"{near(model._parent_name, model._fields)}'
            raise wrong(model._name, text, _model_position(model, "_parent_store"))


def _constraints(_registry: Registry, model: type[Recordset]) -> None:
    columns = {field.name for field in model._fields.values() if field.in_table}
    items: list[Constraint | Index] = [*model._constraints, *model._indexes]
    for item in items:
        if not isinstance(item.definition, str):
            text = f'{item.name} is written as SQL in a text, like "(name)" or "UNIQUE (name)", not {item.definition!r}'
            raise wrong(model._name, text, item.position)
        try:
            outline = definition.outline(item.definition)
        except ValueError as error:
            raise wrong(model._name, f"{item.name}: {error}", item.position) from None
        if item in model._constraints and not outline.kind:
            raise wrong(model._name, f"{item.name}: a Constraint begins with UNIQUE, CHECK or EXCLUDE", item.position)
        for name in definition.names_in(f"{item.definition} {getattr(item, 'where', None) or ''}", columns):
            if name not in columns:
                text = f'{item.name}: "{name}" is no stored field of {model._name}{near(name, columns)}'
                raise wrong(model._name, text, item.position)


def _constraint_names(_registry: Registry, model: type[Recordset]) -> None:
    items: list[Constraint | Index] = [*model._constraints, *model._indexes]
    names = [item.name for item in items]
    for item in reversed(items):
        if names.count(item.name) > 1:
            raise wrong(model._name, f'two constraints or indexes are called "{item.name}"', item.position)


def _marked_methods(_registry: Registry, model: type[Recordset]) -> None:
    for mark in ("_constrains", "_onchange"):
        for method in model._collected.get(mark, ()):
            function = getattr(model, method)
            for name in getattr(function, mark):
                if name not in model._fields:
                    text = f'@api.{mark[1:]} of {method}: there is no field "{name}"{near(name, model._fields)}'
                    raise wrong(model._name, text, function_position(function))


def _rules(registry: Registry, model: type[Recordset]) -> None:
    for rule in model.rules:
        _domain(registry, model, rule.domain, f"rule of {rule.role or 'everyone'}", model._name, None, rule.position)


_MODEL_STEPS: tuple[Callable[[Registry, type[Recordset]], None], ...] = (
    _inherits, _order_and_label, _constraints, _constraint_names, _marked_methods, _rules,
)  # fmt: skip


# ---- one field ------------------------------------------------------------------------------------------------------------


def _relation(registry: Registry, model: type[Recordset], field: Any) -> None:
    if not field.relational or (field.name in _BASE_LINKS and field.comodel not in registry.models):
        return
    comodel = registry.models.get(field.comodel)
    if comodel is None:
        raise wrong(
            model._name, f'there is no model "{field.comodel}"{near(field.comodel, registry.models)}', field.position, field.name
        )
    if comodel._abstract:
        raise wrong(model._name, f"{field.comodel} is abstract and has no records to link to", field.position, field.name)
    if isinstance(field, Many2one):
        _ondelete(model, field)
    if isinstance(field, Many2many) and field.comodel == model._name and field.store and not (field.column1 and field.column2):
        raise wrong(model._name, "links records of one model: name relation, column1 and column2", field.position, field.name)
    if isinstance(field, One2many) and not field.computed:
        _inverse(registry, model, comodel, field)
    if getattr(field, "order", None):
        _order(comodel, field.order, "order", model._name, field.position, field.name)
    for key in field.context:
        name = key.removeprefix("default_")
        if key.startswith("default_") and name not in comodel._fields:
            text = f'context "{key}": there is no field "{name}" on {field.comodel}{near(name, comodel._fields)}'
            raise wrong(model._name, text, field.position, field.name)


def _ondelete(model: type[Recordset], field: Many2one) -> None:
    if field.ondelete not in ONDELETE:
        text = f'ondelete "{field.ondelete}" is none of {", ".join(ONDELETE)}{near(field.ondelete, ONDELETE)}'
        raise wrong(model._name, text, field.position, field.name)
    if field.required and field.ondelete == "set null":
        raise wrong(
            model._name, 'is required, so ondelete can\'t be "set null"; use "restrict" or "cascade"', field.position, field.name
        )


def _inverse(registry: Registry, model: type[Recordset], comodel: type[Recordset], field: One2many) -> None:
    inverse = comodel._fields.get(field.inverse_name)
    if inverse is None:
        links = [name for name, each in comodel._fields.items() if isinstance(each, Many2one) and each.comodel == model._name]
        hint = near(field.inverse_name, links or comodel._fields)
        raise wrong(model._name, f'there is no field "{field.inverse_name}" on {field.comodel}{hint}', field.position, field.name)
    # A link to nowhere is complained of where it stands, which is where it has to be mended.
    if inverse.type == "reference" or (isinstance(inverse, Many2one) and inverse.comodel not in registry.models):
        return
    if not isinstance(inverse, Many2one) or inverse.comodel != model._name:
        text = f"{field.comodel}.{field.inverse_name} is no Many2one back to {model._name}"
        raise wrong(model._name, text, field.position, field.name)


def _selection(_registry: Registry, model: type[Recordset], field: Any) -> None:
    if not isinstance(field, Selection) or field.related:
        return
    if not field.dynamic and not field.fixed:
        raise wrong(model._name, "has no choices", field.position, field.name)
    values: list[Any] = [value for value, _label in field.fixed]
    if not all(isinstance(value, str) and value for value in values) or len(set(values)) < len(values):
        raise wrong(
            model._name, "choices are pairs of a value and a label, each value a text and only once", field.position, field.name
        )
    default = field.default
    if isinstance(default, str) and not field.dynamic and default not in values and not hasattr(model, default):
        raise wrong(model._name, f'default "{default}" is none of its choices{near(default, values)}', field.position, field.name)


def _methods(_registry: Registry, model: type[Recordset], field: Any) -> None:
    """Methods that attributes name."""
    for attribute in ("compute", "inverse", "search", "default", "selection", "group_expand"):
        value = getattr(field, attribute, None)
        if not isinstance(value, str) or (attribute == "default" and not value.startswith("_")):
            continue
        if not callable(getattr(model, value, None)):
            methods = [name for name in dir(model) if not name.startswith("__") and name not in model._fields]
            raise wrong(
                model._name, f'{attribute}: there is no method "{value}"{near(value, methods)}', field.position, field.name
            )


def _currency(_registry: Registry, model: type[Recordset], field: Any) -> None:
    if not isinstance(field, Monetary) or field.related:
        return
    name = field.currency_field
    if name is not None and name not in model._fields:
        raise wrong(
            model._name, f'currency_field: there is no field "{name}"{near(name, model._fields)}', field.position, field.name
        )
    if name is not None and model._fields[name].type not in ("char", "selection", "many2one"):
        text = f'currency_field: "{name}" holds no currency: that is a Char, a Selection or a Many2one'
        raise wrong(model._name, text, field.position, field.name)


def _field_domain(registry: Registry, model: type[Recordset], field: Any) -> None:
    if field.relational and field.domain and not isinstance(field.domain, str) and not callable(field.domain):
        comodel = registry.models.get(field.comodel)
        if comodel is not None:
            _domain(registry, comodel, field.domain, "domain", model._name, field.name, field.position)


_FIELD_STEPS: tuple[Callable[[Registry, type[Recordset], Any], None], ...] = (
    _relation,
    _selection,
    _methods,
    _currency,
    _field_domain,
)


# ---- domains and paths ----------------------------------------------------------------------------------------------------


def _domain(
    registry: Registry, target: type[Recordset], given: Any, what: str, model: str, field: str | None, position: Position
) -> None:
    """Names and operators of a domain over `target`."""
    try:
        domain = Domain(given)
    except ValueError as error:
        raise wrong(model, f"{what}: {error}", position, field) from None
    for leaf in domain.leaves():
        end = _follow(registry, target, leaf.path, what, model, field, position, dates=True)
        text = end is not None and _wrong_leaf(registry, target, leaf, end)
        if text:
            raise wrong(model, f"{what}: {text}", position, field)
        if isinstance(leaf.value, Domain) and end is not None and getattr(end, "comodel", None):
            _domain(registry, registry[end.comodel], leaf.value, what, model, field, position)
        if isinstance(leaf.value, UserValue) and leaf.value.path and "user" in registry.models:
            _follow(registry, registry["user"], ".".join(leaf.value.path), f"{what}, CurrentUser", model, field, position)


def _wrong_leaf(registry: Registry, target: type[Recordset], leaf: Domain, end: Any) -> str | None:
    """A condition that no record could ever be asked for: it would fail at each search."""
    if not end.searchable and end.name not in ("id", "display_name"):
        return f'"{leaf.path}" has neither column nor search method, so nothing can be found by it'
    if leaf.operator in ("child_of", "parent_of"):
        tree = registry.models.get(end.comodel) if end.relational else target
        if tree is not None and tree._parent_name not in tree._fields:
            return f'"{leaf.operator}" needs a tree, and {tree._name} has no field "{tree._parent_name}"'
    if end.type in shapes.NUMBER_TYPES and isinstance(leaf.value, str) and not shapes.is_number(leaf.value):
        return f'"{leaf.path}" is a number and is compared with {leaf.value!r}'
    if isinstance(end, Selection) and not end.dynamic and not end.related and leaf.operator in ("=", "!=", "in", "not in"):
        values = leaf.value if isinstance(leaf.value, list | tuple | set | frozenset) else [leaf.value]
        for value in values:
            if isinstance(value, str) and value and value not in end.known:
                return f'"{value}" is none of the choices of {end.model}.{end.name}{near(value, end.known)}'
    return None


def _follow(
    registry: Registry,
    model: type[Recordset],
    path: str,
    what: str,
    subject: str,
    field: str | None,
    position: Position,
    *,
    dates: bool = False,
) -> Any:
    """The field at the end of a dotted path; complains about the first step that is missing."""
    current: type[Recordset] | None = model
    end: Any = None
    for name in path.split("."):
        if current is None:
            if dates and end.type in ("date", "datetime") and name in _DATE_PARTS:
                continue
            raise wrong(subject, f'{what}: "{path}": {end.model}.{end.name} is no link', position, field)
        if name not in current._fields and name.startswith("x_"):
            return None
        if name not in current._fields:
            raise wrong(
                subject,
                f'{what}: "{path}": there is no field "{name}" on {current._name}{near(name, current._fields)}',
                position,
                field,
            )
        end = current._fields[name]
        current = registry.models.get(end.comodel) if end.relational else None
    return end


def dependencies(model: type[Recordset], field: Field[Any]) -> tuple[str, ...]:
    """The dotted paths that a computed or related field declares."""
    if field.related:
        return (".".join(field.related),)
    function = getattr(model, field.compute, None) if isinstance(field.compute, str) else field.compute
    return tuple(getattr(function, "_depends", ()))


def _paths(registry: Registry, model: type[Recordset]) -> None:
    for field in model._fields.values():
        what = "related" if field.related else "depends"
        for path in dependencies(model, field):
            end = _follow(registry, model, path, what, model._name, field.name, field.position)
            if end is field and not field.recursive:
                raise wrong(
                    model._name, f'depends on itself by "{path}"; say recursive=True if that is meant', field.position, field.name
                )
            text = end is not None and field.related and not field.inherited and shapes.wrong_related(field, end)
            if text:
                raise wrong(model._name, f'related: "{path}": {text}', field.position, field.name)
            if end is not None and not field.related_sudo:
                _exposure(registry, model, field, path)


def _exposure(registry: Registry, model: type[Recordset], field: Field[Any], path: str) -> None:
    """A stored value is seen by everybody who sees the record, whatever rules hide the records that it was made from."""
    if not field.store or field.expose or field.roles_read is not None or not field.computed:
        return
    current = model
    for name in path.split(".")[:-1]:
        current = registry[getattr(current._fields[name], "comodel")]  # noqa: B009 - only relations are followed here
        if any(not Domain(rule.domain).is_true() and "r" in rule.operations for rule in current.rules):
            text = f'is stored and made from "{path}", but rules hide records of {current._name}: add roles=… or expose=True'
            raise wrong(model._name, text, field.position, field.name)


# ---- circles --------------------------------------------------------------------------------------------------------------


def _cycles(registry: Registry) -> None:
    """Computed fields that need each other; one `recursive=True` on the way says that it is meant."""
    graph = {
        field: list(_needs(registry, model, field))
        for model in registry.concrete()
        for field in model._fields.values()
        if field.computed
    }
    done: set[Field[Any]] = set()
    for start in graph:
        if start not in done:
            _visit(start, graph, [], done)


def _needs(registry: Registry, model: type[Recordset], field: Field[Any]) -> Iterator[Field[Any]]:
    for path in dependencies(model, field):
        current: type[Recordset] | None = model
        for name in path.split("."):
            step: Any = current._fields.get(name) if current is not None else None
            if step is None:
                break
            if step.computed and not step.recursive:
                yield step
            current = registry.models.get(step.comodel) if step.relational else None


def _visit(field: Field[Any], graph: dict[Field[Any], list[Field[Any]]], trail: list[Field[Any]], done: set[Field[Any]]) -> None:
    if field in trail:
        names = " -> ".join(f"{each.model}.{each.name}" for each in [*trail[trail.index(field) :], field])
        raise wrong(
            field.model,
            f"computed fields need each other: {names}; say recursive=True if that is meant",
            field.position,
            field.name,
        )
    if field in done:
        return
    for needed in graph.get(field, ()):
        _visit(needed, graph, [*trail, field], done)
    done.add(field)
