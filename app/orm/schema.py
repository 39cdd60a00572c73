"""Compiled models as tables of SQLAlchemy: columns, links, foreign keys, constraints and indexes.

A table that is in the metadata already (Flask-AppBuilder's users and roles) is adopted: what it lacks is added to it. Nothing
here touches a database; `ddl` creates and completes tables, migrations compare them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from app.orm import definition
from app.orm.definition import short
from app.orm.errors import DeclarationError
from app.orm.fields.base import Field
from app.orm.fields.money import Monetary
from app.orm.fields.relational import Many2many, Many2one
from app.orm.fields.text import Char
from app.orm.i18n import LazyText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.orm.recordset import Recordset
    from app.orm.registry import Registry

OWN, ADOPTED = "own", "adopted"
APPEND_ONLY, PARTITIONED = "append_only", "partitioned_by"
SEARCH_COLUMN = "search_text"
HEAD = 64
"""So many letters of the searched text are indexed in order: longer ones would not fit into an index."""
_SEARCHED_TYPES = frozenset({"char", "text", "email", "url", "phone", "integer"})
_DEFAULTS = {"revision": "1", "custom": "'{}'::jsonb", "create_date": "now()", "write_date": "now()"}
_RULES = {"restrict": "RESTRICT", "set null": "SET NULL", "cascade": "CASCADE"}


_NULLABLE = sa.Column("", sa.Text())


class ConstraintInfo(NamedTuple):
    """What a violated constraint of the database means to a person; an empty message: the value is taken."""

    model: str
    fields: tuple[str, ...]
    message: LazyText | str


def compile_tables(registry: Registry, metadata: sa.MetaData) -> None:
    """Give every concrete model its `_table`, every many2many its `relation_table`, and collect the constraints' messages."""
    for table in list(metadata.tables.values()):
        if table.info.get("kartoteka") == OWN:
            metadata.remove(table)
    models = registry.concrete()
    taken: dict[str, str] = {}
    for model in models:
        if model._table_name in taken:
            former = taken[model._table_name]
            raise DeclarationError(f"{former} and {model._name} have one table: {model._table_name}", model=model._name)
        taken[model._table_name] = model._name
        model._table = _table(model, metadata)
    for model in models:
        for field in model._fields.values():
            if isinstance(field, Many2many) and field.store:
                _link_table(registry, model, field, metadata)
            elif isinstance(field, Monetary):
                field.find_currency(model._fields)
    for model in models:
        _complete(registry, model)
    registry.constraint_messages = constraint_messages(registry)


# ---- tables -------------------------------------------------------------------------------------------------------------


def _table(model: type[Recordset], metadata: sa.MetaData) -> sa.Table:
    columns = [_column(field) for field in model._fields.values() if field.in_table]
    search = search_expression(model)
    if search:
        columns.append(sa.Column(SEARCH_COLUMN, sa.Text(), sa.Computed(definition.literal(search), persisted=True)))
    known = metadata.tables.get(model._table_name)
    if known is not None:
        for field in model._fields.values():
            if isinstance(field, Char) and field.in_table and not known.c.get(field.column, _NULLABLE).nullable:
                field.refuse_null()
        return _adopted(known, columns)
    month = getattr(model, "_partition_by", None)
    options = _partitioned(columns, model._fields[month].column) if month else {}
    info = {"kartoteka": OWN, "model": model._name, APPEND_ONLY: getattr(model, "_append_only", False)}
    info[PARTITIONED] = model._fields[month].column if month else None
    return sa.Table(model._table_name, metadata, *columns, info=info, **options)


def _partitioned(columns: list[sa.Column[Any]], name: str) -> dict[str, Any]:
    """By month of a moment: old months can be put away as a whole. PostgreSQL wants that column in the primary key."""
    for column in columns:
        if column.name == name:
            column.primary_key, column.nullable = True, False
    return {"postgresql_partition_by": f"RANGE ({name})"}


def _adopted(table: sa.Table, columns: list[sa.Column[Any]]) -> sa.Table:
    """Somebody else's table with what ours need; its rows exist, and its maker inserts without our columns."""
    table.info["kartoteka"] = ADOPTED
    _own_sequence(table)
    for column in columns:
        if column.name in table.c:
            continue
        if column.server_default is None and column.computed is None:
            column.nullable = True
        table.append_column(column)
    return table


def _own_sequence(table: sa.Table) -> None:
    """Let an insert without an id work: Flask-AppBuilder draws from its sequences in Python."""
    for column in table.primary_key.columns:
        if isinstance(column.default, sa.Sequence) and column.server_default is None:
            column.server_default = sa.DefaultClause(column.default.next_value())


def _column(field: Field[Any]) -> sa.Column[Any]:
    if field.name == "id":
        return sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True)
    default = _DEFAULTS.get(field.name) or field.server_default()
    # A computed value is written after the row where it needs the row's id, so the database may not insist.
    required = field.required and not field.computed
    nullable = not required and (default is None or field.name.endswith("_date"))
    return sa.Column(
        field.column, field.sa_type(), nullable=nullable, server_default=None if default is None else sa.text(default)
    )


def searched_fields(model: type[Recordset]) -> list[Field[Any]]:
    """The fields of which the searched text is made, the label first.

    Fields that only some roles may read stay out of it: a hit would tell their value.
    """
    found = [
        field
        for field in model._fields.values()
        if field.search is True and field.in_table and field.type in _SEARCHED_TYPES and field.roles_read is None
    ]
    return sorted(found, key=lambda field: field.name != model._rec_name)


def search_expression(model: type[Recordset]) -> str | None:
    """SQL of the generated column over which name search looks: the searched fields, folded, and the digits of telephones."""
    searched = searched_fields(model)
    if not searched:
        return None
    # The label comes first: whatever begins with the text that is looked for, begins with it in this column too. A sign that
    # sorts before all others ends it, so that a label stands before longer ones that begin with it.
    label = [field for field in searched if field.name == model._rec_name]
    others = [field for field in searched if field.name != model._rec_name]
    folded = " || chr(1) || ' ' || ".join(_folded(fields) for fields in (label, others) if fields)
    folded += "" if others else " || chr(1)"
    digits = [
        f" || ' ' || regexp_replace(coalesce({_quoted(each.column)}, ''), '[^0-9]+', '', 'g')"
        for field in searched
        if field.type == "phone"
        for each in (field, model._fields.get(f"{field.name}_e164"))
        if each is not None and each.in_table
    ]
    return folded + "".join(digits)


def _folded(fields: Sequence[Field[Any]]) -> str:
    return "public.fold(" + " || ' ' || ".join(f"coalesce({_as_text(field)}, '')" for field in fields) + ")"


def _as_text(field: Field[Any]) -> str:
    column = _quoted(field.column)
    if field.translate:
        return f"jsonb_path_query_array({column}, '$.*')::text"
    return f"{column}::text" if field.type == "integer" else column


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# ---- links --------------------------------------------------------------------------------------------------------------


def link_names(registry: Registry, model: type[Recordset], field: Many2many) -> tuple[str, str, str]:
    """Table and both columns of a many2many, as given or as Odoo names them."""
    mine, other = model._table_name, registry[field.comodel]._table_name
    relation = field.relation or short("_".join([*sorted((mine, other)), "rel"]))
    return relation, field.column1 or f"{mine}_id", field.column2 or f"{other}_id"


def _link_table(registry: Registry, model: type[Recordset], field: Many2many, metadata: sa.MetaData) -> None:
    relation, one, two = link_names(registry, model, field)
    field.relation, field.column1, field.column2 = relation, one, two
    known = metadata.tables.get(relation)
    if known is not None:
        _check_link(known, model, field)
        field.relation_table = known
        return
    other = registry[field.comodel]._table_name
    field.relation_table = sa.Table(
        relation,
        metadata,
        sa.Column(one, sa.BigInteger(), nullable=False),
        sa.Column(two, sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(one, two, name=short(f"{relation}_pkey")),
        _foreign_key(relation, one, model._table_name, "CASCADE"),
        _foreign_key(relation, two, other, "CASCADE"),
        sa.Index(short(f"{relation}_{two}_idx"), two, one),
        info={"kartoteka": OWN, "relation": f"{model._name}.{field.name}"},
    )


def _check_link(table: sa.Table, model: type[Recordset], field: Many2many) -> None:
    """A link table may serve both sides; anything else in its place is a mistake."""
    if "model" in table.info or field.column1 not in table.c or field.column2 not in table.c:
        raise DeclarationError(
            f"{model._name}.{field.name}: the table {table.name} is there already, without {field.column1} and {field.column2}",
            model=model._name,
            field=field.name,
        )
    if "relation" not in table.info:
        table.info["kartoteka"] = ADOPTED
        _own_sequence(table)


def _foreign_key(table: str, column: str, target: str, rule: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=short(f"{table}_{column}_fkey"), ondelete=rule)


# ---- foreign keys, constraints, indexes ---------------------------------------------------------------------------------


def _complete(registry: Registry, model: type[Recordset]) -> None:
    table = model._table
    for field in model._fields.values():
        if field.in_table and field.name != "id":
            _complete_field(registry, table, field)
    for item in model._constraints:
        made = definition.constraint(table, short(f"{table.name}_{item.name}"), _with_columns(model, item.definition))
        _append(table, made)
    for each in model._indexes:
        text, where = _with_columns(model, each.definition), each.where and _with_columns(model, each.where)
        name = short(f"{table.name}_{each.name}")
        if not _has_index(table, name):
            definition.index(table, name, text, unique=each.unique, where=where)
    if table.info.get("kartoteka") == OWN:
        _ordered(table, model)
    if SEARCH_COLUMN in table.c:
        searched = table.c[SEARCH_COLUMN]
        _trigrams(table, SEARCH_COLUMN, searched)
        _index(table, f"{table.name}_{SEARCH_COLUMN}_head", head(searched))


def _complete_field(registry: Registry, table: sa.Table, field: Field[Any]) -> None:
    name, column = field.column, table.c[field.column]
    if isinstance(field, Many2one) and field.comodel in registry and not column.foreign_keys:
        target = registry[field.comodel]._table_name
        _append(table, _foreign_key(table.name, name, target, _RULES[field.ondelete]))
    if field.unique and not column.unique:
        _append(table, sa.UniqueConstraint(column, name=short(f"{table.name}_{name}_key")))
    if field.check_unique_ci:
        _index(table, f"{table.name}_{name}_ci", sa.func.lower(column), unique=True)
    if field.type in ("geopoint", "geopolygon"):
        _index(table, f"{table.name}_{name}_gist", column, postgresql_using="gist")
    elif field.index == "trigram":
        _trigrams(table, name, sa.func.plain(column))
    elif field.index and not column.unique:
        _index(table, f"{table.name}_{name}_idx", column)


def _ordered(table: sa.Table, model: type[Recordset]) -> None:
    """An index in the model's order, so that the first page of many rows needs no sorting; none where others' columns count."""
    elements: list[Any] = []
    for term in (model._order or "id").split(","):
        name, *words = term.split()
        field = model._fields.get(name)
        if field is None or not field.in_table or field.translate or field.type in ("many2one", "reference", "json"):
            return
        element: Any = table.c[field.column]
        if "desc" in words:
            element = element.desc()
        if "nulls" in words:
            element = element.nulls_first() if words[-1] == "first" else element.nulls_last()
        elements.append(element)
        if name == "id":
            break
    else:
        elements.append(table.c.id)
    if len(elements) > 1 and not _has_index(table, short(f"{table.name}_in_order")):
        sa.Index(short(f"{table.name}_in_order"), *elements, _table=table)


def _trigrams(table: sa.Table, name: str, element: Any) -> None:
    _index(table, f"{table.name}_{name}_trgm", element.label(name), postgresql_using="gin", postgresql_ops={name: "gin_trgm_ops"})


def head(text: Any) -> Any:
    """The indexed beginning of a searched text, for index and query alike: with a parameter in it the index would not be found."""
    return sa.func.left(text, sa.literal_column(str(HEAD))).collate("C")


def _index(table: sa.Table, name: str, element: Any, **options: Any) -> None:
    if not _has_index(table, short(name)):
        sa.Index(short(name), element, _table=table, **options)


def _has_index(table: sa.Table, name: str) -> bool:
    return any(index.name == name for index in table.indexes)


def _append(table: sa.Table, made: sa.Constraint | sa.Index) -> None:
    """Add a constraint once: an adopted table may have it from a former registry of the same process."""
    if isinstance(made, sa.Constraint) and not any(each.name == made.name for each in table.constraints):
        table.append_constraint(made)


def _with_columns(model: type[Recordset], text: str) -> str:
    """A definition with the columns' names where fields are called otherwise."""
    renamed = {field.name: field.column for field in model._fields.values() if field.in_table and field.column != field.name}
    return definition.renamed(text, renamed) if renamed else text


# ---- messages -----------------------------------------------------------------------------------------------------------


def constraint_messages(registry: Registry) -> dict[str, ConstraintInfo]:
    """By the database's name of every constraint that can be violated by a value: model, fields, message."""
    found: dict[str, ConstraintInfo] = {}
    for model in registry.concrete():
        table = model._table.name
        for item in model._constraints:
            found[short(f"{table}_{item.name}")] = ConstraintInfo(model._name, _names(model, item.definition), item.message)
        for index in model._indexes:
            if index.unique:
                found[short(f"{table}_{index.name}")] = ConstraintInfo(model._name, _names(model, index.definition), "")
        for field in model._fields.values():
            if field.in_table and field.unique:
                found[short(f"{table}_{field.column}_key")] = ConstraintInfo(model._name, (field.name,), "")
            if field.in_table and field.check_unique_ci:
                found[short(f"{table}_{field.column}_ci")] = ConstraintInfo(model._name, (field.name,), "")
    return found


def _names(model: type[Recordset], text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in definition.names_in(text, model._fields) if name in model._fields))
