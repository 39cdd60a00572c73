"""Links between records. Raw is an id, a tuple of ids, or `(model, id)`; what a record hands out is a recordset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from app.orm.fields.base import Field
from app.orm.i18n import LazyText
from app.orm.newid import NewId

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset

INT8_MAX = 2**63 - 1


def is_recordset(value: Any) -> bool:
    """Whether a value is a recordset; asked by its shape, because recordsets import fields."""
    return hasattr(value, "_ids") and hasattr(value, "_name")


def _is_label(value: Any) -> bool:
    return isinstance(value, LazyText) or (isinstance(value, str) and (" " in value or not value.isascii()))


class _Relation(Field["Recordset"]):
    """What links to records of one model share."""

    relational: ClassVar[bool] = True
    attributes = Field.attributes | {"comodel", "check_company"}

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.comodel: str = args.get("comodel", "")

    def one_id(self, value: Any) -> Any:
        """The id in a value that means one record, or `None`."""
        if type(value) is int:
            if not -INT8_MAX <= value <= INT8_MAX:
                raise ValueError(f"{self.model}.{self.name}: {value} is no id")
            return value or None
        if value is None or value is False:
            return None
        if isinstance(value, NewId):
            return value
        if is_recordset(value):
            return self._id_of(value)
        if isinstance(value, dict) and "id" in value:
            return self.one_id(value["id"])
        if isinstance(value, list | tuple) and len(value) <= 1:
            return self.one_id(value[0]) if value else None
        raise ValueError(f"{self.model}.{self.name} takes a record of {self.comodel} or an id, not {value!r}")

    def _id_of(self, records: Any) -> Any:
        if records._name != self.comodel:
            raise TypeError(f"{self.model}.{self.name} takes records of {self.comodel}, not {records!r}")
        if len(records._ids) > 1:
            raise ValueError(f"{self.model}.{self.name} takes one record, not {records!r}")
        return records._ids[0] if records._ids else None

    def many_ids(self, value: Any) -> tuple[Any, ...]:
        """The ids in a recordset, an id or a collection of ids or records, each once, in order."""
        if value is None or value is False:
            return ()
        if is_recordset(value):
            if value._name != self.comodel:
                raise TypeError(f"{self.model}.{self.name} takes records of {self.comodel}, not {value!r}")
            return tuple(value._ids)
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | dict):
            found = (self.one_id(item) for item in value)
            return tuple(dict.fromkeys(item for item in found if item is not None))
        item = self.one_id(value)
        return () if item is None else (item,)


class Many2one(_Relation):
    """A link to one record; `ondelete` says what happens when that is deleted: restrict, set null or cascade."""

    type: ClassVar[str] = "many2one"
    wire = "int8"
    positional = ("comodel", "string")
    attributes = _Relation.attributes | {"ondelete"}

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.ondelete: str = args.get("ondelete") or ("restrict" if self.required else "set null")

    def sa_type(self) -> TypeEngine[Any]:
        """`bigint`."""
        return sa.BigInteger()

    def normalise(self, value: Any, env: Env) -> Any:
        """An id, or `None`."""
        return self.one_id(value)

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass."""
        slow = self.one_id
        return [value if type(value) is int and 0 < value < INT8_MAX else slow(value) for value in values]

    def to_record(self, raw: Any, records: Recordset) -> Recordset:
        """The record, or an empty recordset."""
        return records.env[self.comodel].browse(() if raw is None else (raw,))


class _ToMany(_Relation):
    """A link to any number of records; it has no column."""

    x2many: ClassVar[bool] = True
    empty: Any = ()

    def _copied_by_default(self, *, computed: bool) -> bool:
        return False

    def normalise(self, value: Any, env: Env) -> Any:
        """Ids; commands are taken apart by the writer before."""
        return self.many_ids(value)

    def is_empty(self, raw: Any) -> bool:
        """Nothing linked."""
        return not raw

    def to_record(self, raw: Any, records: Recordset) -> Recordset:
        """The linked records."""
        return records.env[self.comodel].browse(raw or ())

    def operand(self, value: Any, env: Env) -> Any:
        """One id: collections are taken apart by the operator."""
        return self.one_id(value)


class One2many(_ToMany):
    """The other side of a many2one: the records whose `inverse_name` points here."""

    type: ClassVar[str] = "one2many"
    positional = ("comodel", "inverse_name", "string")
    attributes = _Relation.attributes | {"inverse_name", "order"}

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.inverse_name: str = args.get("inverse_name") or ""
        self.order: str | None = args.get("order")

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        if len(positional) == 2 and _is_label(positional[1]):
            return {"comodel": positional[0], "string": positional[1]}
        return super()._place(positional)


class Many2many(_ToMany):
    """Links in a table of their own: `relation` names it, `column1` points here, `column2` to the other model."""

    type: ClassVar[str] = "many2many"
    positional = ("comodel", "relation", "column1", "column2", "string")
    attributes = _Relation.attributes | {"relation", "column1", "column2", "order"}
    relation_table: sa.Table
    """Set by the schema."""

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.relation: str = args.get("relation") or ""
        self.column1: str = args.get("column1") or ""
        self.column2: str = args.get("column2") or ""
        self.order: str | None = args.get("order")

    def _copied_by_default(self, *, computed: bool) -> bool:
        return not computed

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        if len(positional) == 2 and _is_label(positional[1]):
            return {"comodel": positional[0], "string": positional[1]}
        return super()._place(positional)


class Reference(Field["Recordset | None"]):
    """A link to a record of any model, kept as `model,id`; `selection` limits the models."""

    type: ClassVar[str] = "reference"
    relational: ClassVar[bool] = False
    positional = ("selection", "string")
    attributes = Field.attributes | {"selection"}
    row_is_raw: bool = False

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.selection: tuple[Any, ...] = tuple(args.get("selection") or ())
        self.models: frozenset[str] = frozenset(item if isinstance(item, str) else item[0] for item in self.selection)

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        if len(positional) == 1 and isinstance(positional[0], str | LazyText):
            return {"string": positional[0]}
        return super()._place(positional)

    def sa_type(self) -> TypeEngine[Any]:
        """Text: no foreign key can point into several tables."""
        return sa.Text()

    def normalise(self, value: Any, env: Env) -> Any:
        """`(model, id)` of a record, of `"model,id"` or of a pair."""
        if value is None or value is False or value == "":
            return None
        model, own = (value._name, value._ids) if is_recordset(value) else self._pair(value)
        if model not in env.registry.models or (self.models and model not in self.models):
            raise ValueError(f"{self.model}.{self.name} can't point to {model}")
        if isinstance(own, int):
            return model, own
        if len(own) > 1:
            raise ValueError(f"{self.model}.{self.name} takes one record, not {value!r}")
        return (model, own[0]) if own else None

    def _pair(self, value: Any) -> tuple[str, int]:
        parts = value.rsplit(",", 1) if isinstance(value, str) else value
        if isinstance(parts, Mapping):  # as `read` gives it
            parts = (parts.get("model"), parts.get("id"))
        if isinstance(parts, list | tuple) and len(parts) == 2 and str(parts[1]).isdecimal():
            return str(parts[0]), int(parts[1])
        raise ValueError(f"{self.model}.{self.name} takes a record or model,id, not {value!r}")

    def to_wire(self, raw: Any) -> Any:
        """`model,id`."""
        return None if raw is None else f"{raw[0]},{raw[1]}"

    def from_row(self, value: Any) -> Any:
        """The pair."""
        return None if value is None else self._pair(value)

    def to_record(self, raw: Any, records: Recordset) -> Recordset | None:
        """The record, or `None`: without a link there is no model to be empty of."""
        return None if raw is None else records.env[raw[0]].browse((raw[1],))

    def to_read(self, raw: Any, env: Env) -> Any:
        """`{"model", "id"}`."""
        return None if raw is None else {"model": raw[0], "id": raw[1]}

    def operand(self, value: Any, env: Env) -> Any:
        """The text as it is stored."""
        return self.to_wire(self.normalise(value, env))

    def choices(self, env: Env) -> list[tuple[str, Any]]:
        """The models that may be linked."""
        models = self.models or env.registry.models.keys()
        return [(name, env.registry[name]._description) for name in models]
