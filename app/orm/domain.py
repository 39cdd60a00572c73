"""Domains: what to look for, as a tree that can be combined, hashed and compiled.

A domain is written as a list in prefix notation (`["|", ("a", "=", 1), ("b.c", ">", 2)]`) or built from `Domain` objects with
`&`, `|` and `~`. Here they are only parsed and combined: `predicate.py` gives leaves their meaning for a model and an env,
`statement.py` turns that into SQL, `domain_eval.py` evaluates it in Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

NEGATIONS = {
    "!=": "=",
    "not in": "in",
    "not like": "like",
    "not ilike": "ilike",
    "not any": "any",
    "not =like": "=like",
    "not =ilike": "=ilike",
}
OPERATORS = frozenset(
    {
        "=",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "like",
        "ilike",
        "=like",
        "=ilike",
        "=?",
        "child_of",
        "parent_of",
        "any",
        "within_km",
        "intersects",
    }
    | set(NEGATIONS)
)


class Domain:
    """A condition on records of one model.

    `Domain("a", "=", 1)`, `Domain([...])`, `Domain(True)`; `kind` is "leaf", "and", "or", "not", "true" or "false".
    """

    __slots__ = ("kind", "operator", "parts", "path", "value")

    TRUE: ClassVar[Domain]
    FALSE: ClassVar[Domain]

    kind: str
    parts: tuple[Domain, ...]
    path: str
    operator: str
    value: Any

    def __new__(cls, *args: Any) -> Domain:  # noqa: PYI034 - parsing gives domains made elsewhere, and nobody derives from this
        if len(args) == 3:
            return _leaf(*args)
        if len(args) == 1:
            return _parse(args[0])
        if not args:
            return cls.TRUE
        raise ValueError("Domain takes a path, an operator and a value, or one list")

    @classmethod
    def _make(cls, kind: str, parts: tuple[Domain, ...] = (), path: str = "", operator: str = "", value: Any = None) -> Domain:
        domain = object.__new__(cls)
        domain.kind, domain.parts, domain.path, domain.operator, domain.value = kind, parts, path, operator, value
        return domain

    @staticmethod
    def AND(domains: Iterable[Any]) -> Domain:  # noqa: N802 - Odoo's name
        """All of them; true for none."""
        return _joined("and", [_parse(each) for each in domains])

    @staticmethod
    def OR(domains: Iterable[Any]) -> Domain:  # noqa: N802 - Odoo's name
        """Any of them; false for none."""
        return _joined("or", [_parse(each) for each in domains])

    def __and__(self, other: Any) -> Domain:
        return _joined("and", [self, _parse(other)])

    def __rand__(self, other: Any) -> Domain:
        return _joined("and", [_parse(other), self])

    def __or__(self, other: Any) -> Domain:
        return _joined("or", [self, _parse(other)])

    def __ror__(self, other: Any) -> Domain:
        return _joined("or", [_parse(other), self])

    def __invert__(self) -> Domain:
        if self.kind == "not":
            return self.parts[0]
        if self.kind in ("true", "false"):
            return Domain.FALSE if self.kind == "true" else Domain.TRUE
        return Domain._make("not", (self,))

    def is_true(self) -> bool:
        """Whether every record matches."""
        return self.kind == "true"

    def is_false(self) -> bool:
        """Whether no record matches."""
        return self.kind == "false"

    def leaves(self) -> Iterator[Domain]:
        """The conditions of this model (not those inside `any`)."""
        if self.kind == "leaf":
            yield self
        for part in self.parts:
            yield from part.leaves()

    def names(self, field: str) -> bool:
        """Whether a leaf names this field of the model itself."""
        return any(leaf.path == field for leaf in self.leaves())

    def to_list(self) -> list[Any]:
        """Prefix notation."""
        if self.kind == "leaf":
            value = self.value.to_list() if isinstance(self.value, Domain) else self.value
            return [(self.path, self.operator, value)]
        if self.kind == "true":
            return []
        if self.kind == "false":
            return [("id", "in", [])]
        if self.kind == "not":
            return ["!", *_single(self.parts[0])]
        sign = "&" if self.kind == "and" else "|"
        return [*[sign] * (len(self.parts) - 1), *(item for part in self.parts for item in _single(part))]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_list())

    def __bool__(self) -> bool:
        return self.kind != "true"

    def __repr__(self) -> str:
        return f"Domain({self.to_list()!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Domain):
            return NotImplemented
        return (self.kind, self.parts, self.path, self.operator) == (
            other.kind,
            other.parts,
            other.path,
            other.operator,
        ) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((self.kind, self.parts, self.path, self.operator, repr(self.value)))


Domain.TRUE = Domain._make("true")
Domain.FALSE = Domain._make("false")


def _single(domain: Domain) -> list[Any]:
    """Prefix notation that counts as one operand."""
    if domain.kind == "true":
        return ["!", ("id", "in", [])]
    return domain.to_list()


def _leaf(path: Any, operator: Any, value: Any) -> Domain:
    if not isinstance(path, str) or not all(path.split(".")):
        raise ValueError(f"Invalid domain: {path!r} is not a field path")
    if not isinstance(operator, str) or operator.lower() not in OPERATORS:
        raise ValueError(f"Invalid domain: {operator!r} is not an operator ({', '.join(sorted(OPERATORS))})")
    operator = operator.lower()
    if operator in ("any", "not any") and not _is_record(value):
        value = _parse(value)
    return Domain._make("leaf", (), path, operator, value)


def _is_record(value: Any) -> bool:
    return hasattr(value, "_ids")


def _joined(kind: str, domains: list[Domain]) -> Domain:
    neutral, absorbing = ("true", "false") if kind == "and" else ("false", "true")
    parts: list[Domain] = []
    for domain in domains:
        if domain.kind == absorbing:
            return domain
        if domain.kind == kind:
            parts.extend(domain.parts)
        elif domain.kind != neutral:
            parts.append(domain)
    if not parts:
        return Domain.TRUE if kind == "and" else Domain.FALSE
    return parts[0] if len(parts) == 1 else Domain._make(kind, tuple(parts))


def _parse(given: Any) -> Domain:
    """A domain from a list in prefix notation, a domain, or a truth value. Raises `ValueError`."""
    if isinstance(given, Domain):
        return given
    if given is None or isinstance(given, bool):
        return Domain.FALSE if given is False else Domain.TRUE
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(f"Invalid domain: {given!r}")
    stack: list[Domain] = []
    for item in reversed(list(given)):
        stack.append(_operand(item, stack))
    return _joined("and", list(reversed(stack)))


def _operand(item: Any, stack: list[Domain]) -> Domain:
    if item == "!":
        return ~_pop(stack, "!")
    if item in ("&", "|") and isinstance(item, str):
        first = _pop(stack, item)
        return _joined("and" if item == "&" else "or", [first, _pop(stack, item)])
    if isinstance(item, Domain):
        return item
    if isinstance(item, bool):
        return Domain.TRUE if item else Domain.FALSE
    if isinstance(item, (list, tuple)) and len(item) == 3 and not (isinstance(item[0], str) and item[0] in ("&", "|", "!")):
        if item[0] in (0, 1) and isinstance(item[0], int):
            return Domain.TRUE if item[0] else Domain.FALSE
        return _leaf(*item)
    if isinstance(item, (list, tuple)) and item and isinstance(item[0], (list, tuple, Domain)):
        return _parse(item)
    raise ValueError(f"Invalid domain: {item!r} is no condition and no operator")


def _pop(stack: list[Domain], sign: str) -> Domain:
    if not stack:
        raise ValueError(f"Invalid domain: {sign!r} lacks an operand")
    return stack.pop()
