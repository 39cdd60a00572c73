"""What every field is: its attributes, its place in a compiled model, and the way of its values.

A value has three forms. *Raw* is what the store of a transaction keeps (int id for a many2one, a tuple of ids for x2many,
plain Python otherwise; `None` is empty). *Wire* is what travels to PostgreSQL in an array for `unnest`. What a *record* hands
out is made from raw by `to_record` (a recordset for relations, one language of a translated text).

A `Field` object of a class statement is only a declaration (`args`); the registry merges declarations of one name and binds
a new object to each compiled model.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, overload

from sqlalchemy import BigInteger
from sqlalchemy.types import TypeEngine

from app.orm.complaints import place
from app.orm.errors import DeclarationError
from app.orm.fields import attributes
from app.orm.i18n import LazyText

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset

T = TypeVar("T")
Owner = type[Any]
_ATTRIBUTES = (
    "string help required readonly default index unique copy compute inverse search store related related_sudo recursive "
    "roles read write expose tracking domain context check_unique_ci group_expand aggregator nullable column"
)
_HERE = str(Path(__file__).resolve().parent.parent)


def caller_position() -> tuple[str, int]:
    """File and line of the nearest caller outside the ORM: where the field was declared."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


class Field(Generic[T]):
    """One field of a model; a descriptor on recordsets."""

    type: ClassVar[str] = ""
    relational: ClassVar[bool] = False
    x2many: ClassVar[bool] = False
    wire: str = "text"
    """Element type of the array that carries values of this field to PostgreSQL."""
    cast: str | None = None
    """Type to cast each row to when it differs from `wire` (`jsonb`, `geometry(Point,4326)`)."""
    empty: Any = None
    """Raw value of an empty field."""
    positional: ClassVar[tuple[str, ...]] = ("string",)
    attributes: ClassVar[frozenset[str]] = frozenset(_ATTRIBUTES.split())

    name: str = ""
    model: str = ""
    inherited: bool = False
    """Made by `_inherits`: the field of the parent, seen through the child."""
    custom: bool = False
    """Defined at run time: the value is a key of the column `custom` (`fields/custom.py`)."""
    concerns: Any = None
    """Of a custom field: the domain of the records that have it; `None` for all."""

    def __init__(self, *positional: Any, **args: Any) -> None:
        self.position: tuple[str, int] = caller_position()
        self.args: dict[str, Any] = {**self._place(positional), **args}
        self.mistakes = attributes.mistakes(self.type, self.args)
        """Complaints about attributes; the checks, which know model and name, make them."""
        self._setup(
            {name: value for name, value in self.args.items() if name not in self.mistakes} if self.mistakes else self.args
        )

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        """The names of positional arguments; families whose first argument may be of several types extend it."""
        if len(positional) > len(self.positional):
            known = ", ".join(self.positional)
            text = f"takes {known} without their names and no more, not {positional!r}"
            raise DeclarationError(f"fields.{type(self).__name__} ({place(self.position)}): {text}")
        return dict(zip(self.positional, positional, strict=False))

    def _setup(self, args: Mapping[str, Any]) -> None:
        """Turn the arguments into attributes; families extend it."""
        get = args.get
        self.given_string: LazyText | str | None = get("string")
        self.help: LazyText | str | None = get("help")
        self.compute: str | Callable[..., Any] | None = get("compute")
        self.inverse: str | Callable[..., Any] | None = get("inverse")
        self.related: tuple[str, ...] = tuple(get("related", "").split(".")) if get("related") else ()
        self.related_sudo: bool = bool(get("related_sudo", False))
        computed = self.compute is not None or bool(self.related)
        self.computed: bool = computed
        self.store: bool = bool(get("store", not computed))
        self.required: bool = bool(get("required", False))
        self.readonly: bool = bool(get("readonly", computed and not self.inverse and not self.related))
        self.default: Any = get("default")
        self.has_default: bool = "default" in args
        self.index: bool | str = get("index", False)
        self.unique: bool = bool(get("unique", False))
        self.check_unique_ci: bool = bool(get("check_unique_ci", False))
        self.copy: bool = bool(get("copy", self._copied_by_default(computed=computed)))
        self.search: bool | str | Callable[..., Any] = get("search", False)
        self.recursive: bool = bool(get("recursive", False))
        self.expose: bool = bool(get("expose", False))
        self.roles_read = _roles(get("read", get("roles")))
        self.roles_write = _roles(get("write", get("roles")))
        self.tracking: bool = bool(get("tracking", False))
        self.domain: Any = get("domain", ())
        self.context: dict[str, Any] = dict(get("context") or {})
        self.group_expand: bool | str = get("group_expand", False)
        self.aggregator: str | None = get("aggregator")
        self.nullable: bool = bool(get("nullable", False))
        self.column_name: str | None = get("column")
        self.translate: bool = bool(get("translate", False))

    def _copied_by_default(self, *, computed: bool) -> bool:
        editable = not self.args.get("readonly", True) and self.args.get("store")
        return not computed or bool(editable)

    # ---- compiled -------------------------------------------------------------------------------------------------

    def __set_name__(self, owner: Owner, name: str) -> None:
        self.name = name

    def bound(self, model: str, name: str) -> Self:
        """A fresh copy that belongs to one compiled model."""
        copy = type(self)(**self.args)
        copy.position, copy.model, copy.name = self.position, model, name
        return copy

    def merged(self, former: Field[Any]) -> Field[Any]:
        """This declaration over a former one of the same name: its attributes win, the others stay."""
        same = isinstance(self, type(former)) or type(self) is Field
        args = {**former.args, **self.args} if same else dict(self.args)
        merged = (type(former) if type(self) is Field else type(self))(**args)
        merged.position, merged.model, merged.name = self.position, former.model, former.name
        return merged

    @property
    def string(self) -> LazyText | str:
        """The label; made from the name where none was given."""
        if self.given_string:
            return self.given_string
        words = self.name.removesuffix("_ids").removesuffix("_id").replace("_", " ")
        return LazyText(words[:1].upper() + words[1:])

    @cached_property
    def simple(self) -> bool:
        """Whether what the store holds is all that reading the field needs."""
        return self.store and not self.relational and self.type != "reference"

    @property
    def in_table(self) -> bool:
        """Whether the field has a column of its own in the model's table."""
        return self.store and not self.x2many

    @property
    def column(self) -> str:
        """The column's name."""
        return self.column_name or self.name

    def companions(self) -> dict[str, Field[Any]]:
        """Further fields that come with this one, by name (a telephone's E.164 form); the registry adds them."""
        return {}

    @property
    def searchable(self) -> bool:
        """Whether domains may name the field."""
        return self.store or bool(self.related) or bool(self.search) or self.x2many

    @property
    def sortable(self) -> bool:
        """Whether an order may name the field."""
        return self.in_table or bool(self.related)

    # ---- values ---------------------------------------------------------------------------------------------------

    def sa_type(self) -> TypeEngine[Any]:
        """The column's SQLAlchemy type."""
        raise TypeError(f"{type(self).__name__} has no column")

    def server_default(self) -> str | None:
        """SQL of the column's default: types that are never empty have one, so that the column may be NOT NULL."""
        return None

    def normalise(self, value: Any, env: Env) -> Any:
        """Raw form of what somebody assigned.

        Raises `ValueError` for a value that this type can't hold, `ValidationError` where a person may have typed it.
        """
        return value

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """`normalise` for a column of values; families override it where one pass is faster."""
        normalise = self.normalise
        return [normalise(value, env) for value in values]

    def is_empty(self, raw: Any) -> bool:
        """Whether a required field would be missing."""
        return raw is None

    def to_wire(self, raw: Any) -> Any:
        """What the array for `unnest` holds."""
        return raw

    def to_wire_many(self, raws: list[Any]) -> list[Any]:
        """`to_wire` for a column."""
        return raws if type(self).to_wire is Field.to_wire else [self.to_wire(raw) for raw in raws]

    def select(self, column: Any) -> Any:
        """The expression that is selected for this column (a geometry is read as text)."""
        return column

    def from_row(self, value: Any) -> Any:
        """Raw form of what the driver returned for `select`."""
        return value

    row_is_raw: bool = True
    """True when `from_row` changes nothing and may be skipped."""

    def to_record(self, raw: Any, records: Recordset) -> T:
        """What reading the field of a record gives."""
        return raw  # type: ignore[no-any-return]

    def to_read(self, raw: Any, env: Env) -> Any:
        """What `read` and `search_read` give for scalar fields (relations are made by `reading`)."""
        return raw

    def to_read_many(self, raws: Sequence[Any], env: Env) -> Sequence[Any]:
        """`to_read` for a column."""
        return raws if type(self).to_read is Field.to_read else [self.to_read(raw, env) for raw in raws]

    def to_json(self, value: Any) -> Any:
        """What REST gives for a value of `to_read`."""
        return value

    def operand(self, value: Any, env: Env) -> Any:
        """A domain's value in the form that the driver binds. Raises `ValueError` when it can't be one of this type."""
        return self.normalise(value, env)

    def equal(self, left: Any, right: Any) -> bool:
        """Whether two raw values are the same (nothing is sent for an assignment that changes nothing)."""
        return bool(left == right)

    def choices(self, env: Env) -> list[tuple[str, Any]]:
        """`(value, label)` of a selection; empty for other types."""
        return []

    # ---- descriptor -----------------------------------------------------------------------------------------------

    @overload
    def __get__(self, records: None, owner: Owner) -> Self: ...
    @overload
    def __get__(self, records: Recordset, owner: Owner) -> T: ...
    def __get__(self, records: Recordset | None, owner: Owner) -> Self | T:
        if records is None:
            return self
        return records._read_field(self)  # type: ignore[no-any-return]

    def __set__(self, records: Recordset, value: Any) -> None:
        records._assign(self, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.model}.{self.name}>"


class Id(Field[int]):
    """The primary key: given by the database, never assigned."""

    type = "integer"
    wire = "int8"

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.readonly, self.copy = True, False

    def sa_type(self) -> TypeEngine[Any]:
        return BigInteger()

    def server_default(self) -> str | None:
        """SQL of the column's default: types that are never empty have one, so that the column may be NOT NULL."""
        return None

    def normalise(self, value: Any, env: Env) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{value!r} is not a record id")
        return value

    def __get__(self, records: Any, owner: Owner) -> Any:
        if records is None:
            return self
        return records._ids[0] if len(records._ids) == 1 else (records.ensure_one().id if records._ids else None)

    def __set__(self, records: Any, value: Any) -> None:
        raise AttributeError("the id of a record can't be assigned")


def _roles(value: str | Iterable[str] | None) -> frozenset[str] | None:
    if value is None:
        return None
    names = value.replace(",", " ").split() if isinstance(value, str) else value
    return frozenset(names)
