"""Reads the SQL fragments of `Constraint` and `Index` declarations into SQLAlchemy's objects.

Only their outline is understood (kind, list of elements, condition): what stands inside is PostgreSQL's business.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from hashlib import sha1
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

NAME_BYTES = 63
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]*")
_WORD = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|::\s*\w+|[a-z_][a-z0-9_]*(?=\s*\()|[a-z_][a-z0-9_]*", re.IGNORECASE)
_BARE_COLON = re.compile(r"(?<![:\\]):(?=\w)")
_KEYWORD_LIST = (
    "unique check exclude using gist gin btree brin hash with where and or not is null in between like ilike similar to true false distinct nulls "
    "from any all some array case when then else end asc desc first last interval date timestamp timestamptz numeric integer bigint text "
    "boolean at time zone current_date collate gin_trgm_ops gist_trgm_ops text_pattern_ops varchar_pattern_ops include symmetric overlaps "
    "cast as year month day hour for extract jsonb_path_ops float double precision char varchar deferrable initially deferred immediate"
)
_KEYWORDS = frozenset(_KEYWORD_LIST.split())


class Outline(NamedTuple):
    """The parts of a definition."""

    kind: str
    elements: tuple[str, ...]
    using: str | None
    nulls_not_distinct: bool
    where: str | None
    inner: str

    @property
    def plain_columns(self) -> bool:
        """Whether every element is the bare name of a column."""
        return all(_IDENTIFIER.fullmatch(element) for element in self.elements)


def short(name: str) -> str:
    """A name that PostgreSQL keeps as it is: longer ones end in a hash of the whole."""
    encoded = name.encode()
    return (
        name
        if len(encoded) <= NAME_BYTES
        else f"{encoded[:54].decode(errors='ignore')}_{sha1(encoded, usedforsecurity=False).hexdigest()[:8]}"
    )


def split(text: str) -> tuple[str, ...]:
    """The elements of a list, divided by the commas outside parentheses."""
    parts, depth, start = [], 0, 0
    for position, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    return (*parts, text[start:].strip())


def _closing(text: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(text)):
        depth += (text[position] == "(") - (text[position] == ")")
        if depth == 0:
            return position
    raise ValueError(f"a parenthesis is not closed in {text!r}")


def outline(definition: str) -> Outline:
    """Kind ("unique", "check", "exclude" or "" for an index), elements and condition of a definition."""
    opening = definition.find("(")
    if opening < 0:
        raise ValueError(f"no parentheses in {definition!r}")
    closing = _closing(definition, opening)
    head, inner, tail = definition[:opening].split(), definition[opening + 1 : closing], definition[closing + 1 :].strip()
    words = [word.lower() for word in head]
    using = words[words.index("using") + 1] if "using" in words else None
    kind = words[0] if words and words[0] in ("unique", "check", "exclude") else ""
    where = re.search(r"\bWHERE\s+(.*)", tail, re.IGNORECASE | re.DOTALL)
    distinct = "nulls not distinct" in " ".join([*words, *tail.lower().split()])
    condition = where[1].strip() if where else None
    return Outline(kind, () if kind == "check" else split(inner), using, distinct, condition, inner)


def names_in(definition: str, columns: Container[str] = ()) -> Iterator[str]:
    """The names in a definition that are columns: these, and whatever is no keyword, function, type or literal."""
    for match in _WORD.finditer(definition):
        word = match[0]
        is_call = definition[match.end() :].lstrip().startswith("(")
        if word[0] in "'\":" or is_call or (word.lower() in _KEYWORDS and word not in columns):
            continue
        yield word


def literal(text: str) -> sa.TextClause:
    """SQL of a declaration; a colon in it is no parameter."""
    return sa.text(_BARE_COLON.sub(r"\\:", text))


def constraint(table: sa.Table, name: str, definition: str) -> sa.Constraint | sa.Index:
    """What a `Constraint` declaration adds to its table: a constraint, or a unique index where only that can say it."""
    parts = outline(definition)
    if parts.kind == "check":
        return sa.CheckConstraint(literal(parts.inner), name=name)
    if parts.kind == "exclude":
        pairs = [re.split(r"\s+WITH\s+", element, maxsplit=1, flags=re.IGNORECASE) for element in parts.elements]
        where = literal(parts.where) if parts.where else None
        elements: list[Any] = [(literal(expression), operator.strip()) for expression, operator in pairs]
        return ExcludeConstraint(*elements, name=name, using=parts.using or "gist", where=where)
    if parts.kind != "unique":
        raise ValueError(f"{definition!r} is neither UNIQUE nor CHECK nor EXCLUDE")
    if parts.where is None and parts.plain_columns:
        columns = [table.c[element] for element in parts.elements]
        return sa.UniqueConstraint(*columns, name=name, postgresql_nulls_not_distinct=parts.nulls_not_distinct or None)
    return index(table, name, definition, unique=True)


def index(table: sa.Table, name: str, definition: str, *, unique: bool = False, where: str | None = None) -> sa.Index:
    """What an `Index` declaration adds to its table."""
    parts = outline(definition)
    condition = where or parts.where
    options: dict[str, Any] = {"postgresql_where": literal(condition)} if condition else {}
    if parts.nulls_not_distinct:
        options["postgresql_nulls_not_distinct"] = True
    if parts.using:
        options["postgresql_using"] = parts.using
    elements: list[Any] = [
        table.c[element] if element in table.c else literal(_expression(element)) for element in parts.elements
    ]
    return sa.Index(name, *elements, unique=unique, _table=table, **options)


def _expression(element: str) -> str:
    """An index element; an expression that is no call needs parentheses of its own, a column with words after it does not."""
    first = element.split(maxsplit=1)[0]
    return element if "(" in element or _IDENTIFIER.fullmatch(first) else f"({element})"


def renamed(text: str, names: dict[str, str]) -> str:
    """The definition with other names for columns."""

    def other(match: re.Match[str]) -> str:
        is_call = text[match.end() :].lstrip().startswith("(")
        return match[0] if is_call else names.get(match[0], match[0])

    return _WORD.sub(other, text)
