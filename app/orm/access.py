"""Who may do what: letters of the roles, record rules and roles on fields, decided once per env.

Letters of all roles add up; no entry means denied. Of the record rules all those for everyone hold, and of those for the
user's roles at least one. What an operation may touch is limited by the rules for reading as well: nobody can change what
he can't see. The link rule (`l`) says which records may be *named* at the end of a link: those that may be read, and every
record of models whose names are public (users and roles).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.orm.domain import Domain
from app.orm.errors import AccessError, MissingError
from app.orm.i18n import _

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset
    from app.orm.uservalue import UserValue

OPERATIONS = {
    "create": "c",
    "read": "r",
    "write": "u",
    "update": "u",
    "unlink": "d",
    "delete": "d",
    "export": "x",
    "import": "i",
    "merge": "m",
    "mail": "e",
}
PUBLIC_NAMES = frozenset({"user", "role"})
"""Platform models whose id and display name everybody may read."""


@dataclass(slots=True)
class RuleState:
    """The rules of one model and operation for one env: their shape and the values of their parameters."""

    shape: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)


_FILTER = "filter "
FREE = RuleState(("T",))
CLOSED = RuleState(("F",))


def letter(operation: str) -> str:
    """The letter of an operation's name. Raises `ValueError` for an unknown one."""
    found = OPERATIONS.get(operation) or (operation if operation in OPERATIONS.values() else None)
    if found is None:
        raise ValueError(f"unknown operation {operation!r}: one of {', '.join(OPERATIONS)}")
    return found


def letters(env: Env, model: str) -> str:
    """All letters that the user's roles have on a model."""
    if env.su:
        return "crudxime"
    known = env.letters.get(model)
    if known is None:
        granted = env.registry.access.get(model, {})
        roles = env.roles if env.info.active else frozenset()
        known = "".join(granted.get(role, "") for role in roles) + (granted.get("everyone", "") if env.uid else "")
        env.letters[model] = known
    return known


def check(env: Env, model: type[Recordset], operation: str) -> None:
    """`AccessError` with model, operation and the roles that could, when the letter is missing."""
    if env.su or letter(operation) in letters(env, model._name):
        return
    able = sorted(role for role, granted in env.registry.access.get(model._name, {}).items() if letter(operation) in granted)
    raise AccessError(
        _("You may not %(operation)s “%(label)s”. Roles that may: %(roles)s."),
        model=model._name,
        label=_Shown(model._description, model._name),
        operation=_operation_name(operation),
        roles=", ".join(able) or "—",
    )


def _operation_name(operation: str) -> Any:
    names = {
        "c": _("create"),
        "r": _("read"),
        "u": _("change"),
        "d": _("delete"),
        "x": _("export"),
        "i": _("import"),
        "m": _("merge"),
        "e": _("mail"),
    }
    return _Shown(names[letter(operation)], operation)


class _Shown:
    """The translated word with the technical one, so that both readers find theirs."""

    def __init__(self, text: Any, technical: str) -> None:
        self.text, self.technical = text, technical

    def __str__(self) -> str:
        return f"{self.text} ({self.technical})"


# ---- record rules ---------------------------------------------------------------------------------------------------


def rule(env: Env, model: str, operation: str) -> RuleState:
    """The rules of a model for `r`, `u`, `d`, `c` or `l` (may be named in a link), or the domain of a field (`filter_of`)."""
    if env.su and not operation.startswith(_FILTER):
        return FREE
    key = (model, operation)
    known: RuleState | None = env.rules.get(key)
    if known is None:
        known = env.rules[key] = _rule(env, model, operation)
    return known


def same_rule(env: Env, model: str, operation: str) -> bool:
    """Whether an operation has exactly the rules of reading, so that one proof serves both."""
    reading, other = rule(env, model, "r"), rule(env, model, operation)
    return reading.shape == other.shape and list(reading.params.values()) == list(other.params.values())


def filter_of(field: Field[Any]) -> str:
    """The domain of an x2many field, as an operation for `rule` on its other model: it holds for the superuser too."""
    return f"{_FILTER}{field.model}.{field.name}"


def _rule(env: Env, model: str, operation: str) -> RuleState:
    if operation.startswith(_FILTER):
        owner, _dot, name = operation.removeprefix(_FILTER).rpartition(".")
        return env.prepared_rule(model, operation, Domain(env.registry[owner]._fields[name].domain))
    if operation == "l" and model in PUBLIC_NAMES:
        return FREE
    if operation in ("r", "l") and "r" not in letters(env, model):
        return CLOSED
    # A link shows what may be read; its parameters have names of their own, for both may stand in one statement.
    domain = rule_domain(env, model, "r" if operation == "l" else operation)
    if operation not in ("r", "l"):
        reading = rule_domain(env, model, "r")
        domain = domain if domain == reading else reading & domain
    if domain.is_true():
        return FREE
    return env.prepared_rule(model, operation, domain)


def rule_domain(env: Env, model: str, operation: str) -> Domain:
    """All rules for everyone and any of those for the user's roles."""
    rules = [each for each in env.registry[model].rules if operation in each.operations]
    general = [each.domain for each in rules if each.role is None]
    own = [each.domain for each in rules if each.role is not None and (each.role in env.roles or each.role == "everyone")]
    for parent, link in env.registry[model]._inherits.items():
        inherited = rule_domain(env, parent, operation)
        if not inherited.is_true():
            general.append(Domain(link, "any", inherited))
    return Domain.AND([*general, Domain.OR(own)] if own else general)


def user_value(env: Env, value: UserValue) -> Any:
    """What `CurrentUser` or `CurrentUser.party` means for this env: an id, a list of ids, a plain value or `None`."""
    if env.uid is None:
        return None
    known = env.user_values.get(value.path)
    if known is not None:
        return known
    found: Any = env.derive(su=True, context={})["user"].browse(env.uid)
    for name in value.path:
        field_name = next((each for each in (name, f"{name}_id", f"{name}_ids") if each in found._fields), None)
        if field_name is None:
            raise ValueError(f"CurrentUser.{'.'.join(value.path)}: {found._name} has no field {name!r}")
        many = found._fields[field_name].x2many
        found = found[field_name]
        if not hasattr(found, "_ids"):
            break
        if many and name == value.path[-1]:
            found = list(found._ids)
            break
    if hasattr(found, "_ids"):
        found = found._ids[0] if len(found._ids) == 1 else (list(found._ids) or None)
    env.user_values[value.path] = found
    return found


# ---- fields ---------------------------------------------------------------------------------------------------------


def field_allowed(env: Env, field: Field[Any], operation: str = "read") -> bool:
    """Whether the user's roles may read or write this field (the model's letters apart)."""
    if env.su:
        return True
    wanted = field.roles_read if operation == "read" else field.roles_write
    if operation == "write" and wanted is not None and field.roles_read is not None and not (field.roles_read & env.roles):
        return False
    if wanted is not None and not wanted & env.roles:
        return False
    if not field.related or field.related_sudo:
        return True
    *links, last = _related_path(env, field)
    return all(field_allowed(env, each) for each in links) and field_allowed(env, last, operation)


def _related_path(env: Env, field: Field[Any]) -> Iterator[Field[Any]]:
    """The fields that a related field leads through, the last one included."""
    model = env.registry[field.model]
    for name in field.related:
        step = model._fields[name]
        yield step
        if step.relational:
            model = env.registry[step.comodel]  # type: ignore[attr-defined]


def check_field(env: Env, field: Field[Any], operation: str) -> None:
    """`AccessError` when the user's roles may not read (write) the field."""
    if field_allowed(env, field, operation):
        return
    raise AccessError(
        _("You may not use the field %(name)s of %(model)s."),
        model=field.model,
        field=field.name,
        name=field.name,
        reason="field-denied",
    )


def readable_names(env: Env, model: type[Recordset]) -> list[str]:
    """The fields that the user may read."""
    return [name for name, each in model._fields.items() if field_allowed(env, each, "read")]


def fields_get(records: Recordset, names: Iterable[str] | None) -> dict[str, dict[str, Any]]:
    """What this user may know of the fields: type, label, help, flags, relation, choices."""
    env, wanted = records.env, None if names is None else set(names)
    check_any(env, type(records))
    may_write = "u" in letters(env, records._name) or "c" in letters(env, records._name)
    found = {}
    for name, each in records._fields.items():
        if (wanted is None or name in wanted) and field_allowed(env, each, "read"):
            found[name] = _described(env, each, may_write and field_allowed(env, each, "write"))
    return found


def check_any(env: Env, model: type[Recordset]) -> None:
    """`AccessError` for somebody who may neither read nor create."""
    if "c" not in letters(env, model._name):
        check(env, model, "read")


def _described(env: Env, field: Field[Any], writable: bool) -> dict[str, Any]:
    row: dict[str, Any] = {
        "type": field.type,
        "string": str(field.string),
        "help": str(field.help) if field.help else None,
        "required": field.required,
        "readonly": field.readonly or not writable,
        "store": field.store,
        "searchable": field.searchable,
        "sortable": field.sortable,
        "translate": field.translate,
    }
    if field.relational:
        row["relation"] = getattr(field, "comodel", None)
        if field.type == "one2many":
            row["relation_field"] = getattr(field, "inverse_name", None)
    choices = field.choices(env)
    if choices or field.type == "selection":
        row["selection"] = [(value, str(label)) for value, label in choices]
    for name in ("size", "digits", "currency_field"):
        if getattr(field, name, None) is not None:
            row[name] = getattr(field, name)
    return row


# ---- records --------------------------------------------------------------------------------------------------------


def has_access(records: Recordset, operation: str) -> bool:
    """Whether the letters allow the operation, and the rules for all these records."""
    try:
        check_access(records, operation)
    except (AccessError, MissingError):
        return False
    return True


def check_access(records: Recordset, operation: str) -> None:
    """`AccessError` without the letter or against a rule for the operation; `MissingError` for what can't even be read."""
    env = records.env
    check(env, type(records), operation)
    short = letter(operation)
    if env.su or not records._ids or short == "c":
        return
    hidden = [each for each in records._ids if each and each not in env.prove(records, "r")]
    if hidden:
        raise MissingError(model=records._name, id=hidden[0])
    if short in "ud":
        refused = [each for each in records._ids if each and each not in env.prove(records, short)]
        if refused:
            raise rule_error(records, operation, refused[0])


def rule_error(records: Recordset, operation: str, record: int | None = None) -> AccessError:
    """The error for a record that the rules exclude from an operation."""
    return AccessError(
        _("A rule does not let you %(operation)s this record of %(model)s (%(id)s)."),
        model=records._name,
        operation=_operation_name(operation),
        id=record or "",
        reason="rule-denied",
    )
