"""What may be given for an attribute of a field: found out where it is declared, so that nothing strange happens later.

A mistake is only noted here. The checks complain of it with the names of model and field, which nobody knows yet while the class
statement runs; until then the attribute counts as not given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from app.orm.i18n import LazyText

TEXTS = (str, LazyText)
AGGREGATORS = ("sum", "avg", "min", "max", "count", "count_distinct", "array_agg", "bool_and", "bool_or")


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, int) and value in (0, 1))


def _is_method(value: Any) -> bool:
    return isinstance(value, str) or callable(value)


def _is_pairs(value: Any) -> bool:
    is_list = isinstance(value, Collection) and not isinstance(value, str | Mapping)
    return is_list and all(isinstance(item, list | tuple) and len(item) == 2 for item in value)


def _is_digits(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(type(each) is int for each in value)
        and 0 <= value[1] <= value[0] > 0
    )


def _is_models(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) or _is_pairs([item]) for item in value)


def _is_names(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list | tuple | set | frozenset) and all(isinstance(each, str) for each in value)
    )


_FLAGS = "required readonly unique copy store recursive expose related_sudo check_unique_ci nullable trim translate"
_NAMES = "comodel inverse_name relation column1 column2 order ondelete currency_field region region_field column"
_Shape = tuple[Callable[[Any], bool], str]
_SHAPES: dict[str, _Shape] = {
    **dict.fromkeys(_FLAGS.split(), (_is_flag, "True or False")),
    **dict.fromkeys(_NAMES.split(), (lambda value: isinstance(value, str), "a name, as a text")),
    **dict.fromkeys(("string", "help"), (lambda value: isinstance(value, TEXTS), "a text")),
    **dict.fromkeys(("compute", "inverse"), (_is_method, "the name of a method, or a function")),
    **dict.fromkeys(("roles", "read", "write"), (_is_names, 'names of roles: "clerk,manager" or a list')),
    "tracking": (lambda value: isinstance(value, int), "True or False"),
    "search": (lambda value: _is_flag(value) or _is_method(value), "True, or the name of a method"),
    "group_expand": (lambda value: _is_flag(value) or isinstance(value, str), "True, or the name of a method"),
    "index": (lambda value: _is_flag(value) or value == "trigram", 'True, False or "trigram"'),
    "related": (lambda value: isinstance(value, str), 'a path like "user_id.name"'),
    "size": (lambda value: type(value) is int and value > 0, "the greatest number of characters, a whole number above 0"),
    "digits": (_is_digits, "(how many digits in all, how many of them after the point)"),
    "selection": (lambda value: _is_method(value) or _is_pairs(value), 'pairs like ("open", _("Open")), or the name of a method'),
    "selection_add": (_is_pairs, 'pairs like ("open", _("Open"))'),
    "context": (lambda value: isinstance(value, Mapping), 'a dict like {"default_kind": "person"}'),
    "domain": (lambda value: not isinstance(value, str), 'a list like [("kind", "=", "person")], not a text'),
    "aggregator": (lambda value: value in AGGREGATORS, f"one of {', '.join(AGGREGATORS)}"),
}
_OF_REFERENCES: dict[str, _Shape] = {"selection": (_is_models, 'names of models, or pairs like ("user", _("User"))')}


def mistakes(kind: str, args: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the attributes that were given, by their names."""
    shapes = _SHAPES | _OF_REFERENCES if kind == "reference" else _SHAPES
    return {
        name: f"{name} takes {shapes[name][1]}, not {value!r}"
        for name, value in args.items()
        if value is not None and name in shapes and not shapes[name][0](value)
    }
