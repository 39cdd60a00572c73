"""Numbers without a currency, yes/no, choices from a list, and JSON."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, InvalidOperation
from decimal import Decimal as PyDecimal
from typing import TYPE_CHECKING, Any, ClassVar, cast

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from app.orm.fields.base import Field, T
from app.orm.i18n import LazyText

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.recordset import Recordset

INT4_MIN, INT4_MAX = -(2**31), 2**31 - 1
_TRUTH: dict[Any, bool] = {1: True, 0: False, "true": True, "false": False, "True": True, "False": False, "1": True, "0": False}


class Integer(Field[int]):
    """A whole number of four bytes."""

    type: ClassVar[str] = "integer"
    wire = "int4"

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.empty = None if self.nullable else 0

    def sa_type(self) -> TypeEngine[Any]:
        """`integer`."""
        return sa.Integer()

    def server_default(self) -> str | None:
        """Zero, unless the field may be empty."""
        return None if self.nullable else "0"

    def normalise(self, value: Any, env: Env) -> Any:
        """A whole number; text with one is taken too."""
        if type(value) is int and INT4_MIN <= value <= INT4_MAX:
            return value
        if value is None or value == "":
            return self.empty
        number = self._whole(value)
        if not INT4_MIN <= number <= INT4_MAX:
            raise ValueError(f"{self.model}.{self.name}: {number} is out of the range {INT4_MIN} to {INT4_MAX}")
        return number

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass."""
        slow = self.normalise
        return [value if type(value) is int and INT4_MIN <= value <= INT4_MAX else slow(value, env) for value in values]

    def _whole(self, value: Any) -> int:
        if isinstance(value, int):
            return int(value)
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{self.model}.{self.name} takes a whole number, not {value!r}") from None
        if not isinstance(value, str) and number != value:
            raise ValueError(f"{self.model}.{self.name} takes a whole number, not {value!r}")
        return number

    def to_record(self, raw: Any, records: Recordset) -> int:
        """A column that FAB made may hold NULL; here that is the field's empty value."""
        return self.empty if raw is None else raw  # type: ignore[no-any-return]

    def to_read(self, raw: Any, env: Env) -> Any:
        """As `to_record`."""
        return self.empty if raw is None else raw

    def to_read_many(self, raws: Sequence[Any], env: Env) -> Sequence[Any]:
        """Few columns hold NULL at all."""
        return super().to_read_many(raws, env) if None in raws else raws

    def operand(self, value: Any, env: Env) -> Any:
        """A number to compare with, also one that no record could hold."""
        if isinstance(value, float | PyDecimal) and math.isfinite(value):
            return value
        return None if value is None else self._whole(value)


class _Digits(Field[T]):
    """Numbers with decimals: `digits=(total, after the point)` rounds half up when assigned."""

    positional = ("digits", "string")
    attributes = Field.attributes | {"digits"}

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        if positional and isinstance(positional[0], str | LazyText):
            return {"string": positional[0]} if len(positional) == 1 else super()._place(positional)
        return super()._place(positional)

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        digits = args.get("digits")
        self.digits: tuple[int, int] | None = (int(digits[0]), int(digits[1])) if digits else None
        self.quantum = PyDecimal(1).scaleb(-self.digits[1]) if self.digits else None
        self.limit = 10 ** (self.digits[0] - self.digits[1]) if self.digits else None

    def server_default(self) -> str | None:
        """Zero, unless the field may be empty."""
        return None if self.nullable else "0"

    def _wrong(self, value: Any) -> ValueError:
        return ValueError(
            f"{self.model}.{self.name} takes a number{f' of {self.digits} digits' if self.digits else ''}, not {value!r}"
        )

    def exact(self, value: Any) -> PyDecimal:
        """The decimal that a person would read in `value`, rounded to the digits, within their range."""
        try:
            number = PyDecimal(repr(value)) if isinstance(value, float) else PyDecimal(value)
            if not number.is_finite():
                raise self._wrong(value)
            if self.quantum is not None:
                number = number.quantize(self.quantum, ROUND_HALF_UP)
        except (InvalidOperation, TypeError, ValueError):
            raise self._wrong(value) from None
        if self.limit is not None and abs(number) >= self.limit:
            raise self._wrong(value)
        return number

    def to_record(self, raw: Any, records: Recordset) -> Any:
        """A column that FAB made may hold NULL; here that is the field's empty value."""
        return self.empty if raw is None else raw

    def to_read(self, raw: Any, env: Env) -> Any:
        """As `to_record`."""
        return self.empty if raw is None else raw

    def to_read_many(self, raws: Sequence[Any], env: Env) -> Sequence[Any]:
        """Few columns hold NULL at all."""
        return super().to_read_many(raws, env) if None in raws else raws

    def operand(self, value: Any, env: Env) -> Any:
        """A number to compare with, not rounded."""
        if value is None or isinstance(value, int | PyDecimal) or (isinstance(value, float) and math.isfinite(value)):
            return value
        if isinstance(value, str):
            return self.exact(value)
        raise self._wrong(value)


class Float(_Digits[float]):
    """A measured number; with `digits` it is kept and summed exactly."""

    type: ClassVar[str] = "float"
    wire = "float8"

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.empty = None if self.nullable else 0.0
        if self.digits:
            self.cast = f"numeric({self.digits[0]},{self.digits[1]})"

    def sa_type(self) -> TypeEngine[Any]:
        """`numeric` with digits, else `double precision`."""
        return sa.Numeric(*self.digits, asdecimal=False) if self.digits else sa.Double()

    def select(self, column: Any) -> Any:
        """Read as a float, whatever the column is."""
        return sa.cast(column, sa.Double()) if self.digits else column

    def normalise(self, value: Any, env: Env) -> Any:
        """A finite float, rounded half up as a person reads it: 1.005 to two digits is 1.01."""
        if value is None or value == "":
            return self.empty
        if self.digits is None:
            return self._finite(value)
        if type(value) is float and -self.limit < value < self.limit and round(value, self.digits[1]) == value:  # type: ignore[operator]
            return value
        return float(self.exact(value))

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass; numbers that are rounded already cost one call of `round`."""
        slow = self.normalise
        if self.digits is None:
            inf = math.inf
            return [value if type(value) is float and -inf < value < inf else slow(value, env) for value in values]
        limit, places = cast("int", self.limit), self.digits[1]
        return [
            value if type(value) is float and -limit < value < limit and round(value, places) == value else slow(value, env)
            for value in values
        ]

    def _finite(self, value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise self._wrong(value) from None
        if not math.isfinite(number):
            raise self._wrong(value)
        return number


class Decimal(_Digits[PyDecimal]):
    """An exact number."""

    type: ClassVar[str] = "decimal"
    wire = "numeric"

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.empty = None if self.nullable else PyDecimal(0)

    def sa_type(self) -> TypeEngine[Any]:
        """`numeric`, with or without digits."""
        return sa.Numeric(*self.digits) if self.digits else sa.Numeric()

    def normalise(self, value: Any, env: Env) -> Any:
        """An exact number, rounded half up to the digits."""
        return self.empty if value is None or value == "" else self.exact(value)

    def to_json(self, value: Any) -> Any:
        """Text, so that no reader turns it into a float."""
        return None if value is None else f"{value:f}"


class Boolean(Field[bool]):
    """Yes or no."""

    type: ClassVar[str] = "boolean"
    wire = "bool"

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.empty = None if self.nullable else False

    def sa_type(self) -> TypeEngine[Any]:
        """`boolean`."""
        return sa.Boolean()

    def server_default(self) -> str | None:
        """No, unless the field may be empty."""
        return None if self.nullable else "false"

    def normalise(self, value: Any, env: Env) -> Any:
        """True, False, and what files and forms write for them."""
        if value is True or value is False:
            return value
        if value is None or value == "":
            return self.empty
        if isinstance(value, int | str) and value in _TRUTH:
            return _TRUTH[value]
        raise ValueError(f"{self.model}.{self.name} takes true or false, not {value!r}")

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass."""
        slow = self.normalise
        return [value if value is True or value is False else slow(value, env) for value in values]

    def to_record(self, raw: Any, records: Recordset) -> bool:
        """A column that FAB made may hold NULL; here that is the field's empty value."""
        return self.empty if raw is None else raw  # type: ignore[no-any-return]

    def to_read(self, raw: Any, env: Env) -> Any:
        """As `to_record`."""
        return self.empty if raw is None else raw

    def to_read_many(self, raws: Sequence[Any], env: Env) -> Sequence[Any]:
        """Few columns hold NULL at all."""
        return super().to_read_many(raws, env) if None in raws else raws

    def operand(self, value: Any, env: Env) -> Any:
        """True or False; `None` asks for the empty."""
        return None if value is None else self.normalise(value, env)


Choices = Sequence[tuple[str, Any]]


class Selection(Field[str | None]):
    """One of a few values: a list of `(value, label)`, or the name of a method that gives one.

    `selection_add` in an extension appends to the former list.
    """

    type: ClassVar[str] = "selection"
    positional = ("selection", "string")
    attributes = Field.attributes | {"selection", "selection_add"}

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.selection: Choices | str | Callable[..., Choices] = args.get("selection", ())
        self.selection_add: Choices = tuple(args.get("selection_add") or ())
        fixed = () if isinstance(self.selection, str) or callable(self.selection) else self.selection
        self.fixed: list[tuple[str, Any]] = [(value, label) for value, label in (*fixed, *self.selection_add)]
        self.known: frozenset[str] = frozenset(value for value, _label in self.fixed)

    @property
    def dynamic(self) -> bool:
        """Whether a method gives the list."""
        return isinstance(self.selection, str) or callable(self.selection)

    def merged(self, former: Field[Any]) -> Selection:
        """Additions of several extensions add up."""
        merged = cast("Selection", super().merged(former))
        if isinstance(former, Selection) and "selection" not in self.args and former.selection_add:
            merged.args["selection_add"] = [*former.selection_add, *self.selection_add]
            merged._setup(merged.args)
        return merged

    def sa_type(self) -> TypeEngine[Any]:
        """Plain text: a list may grow without touching the table."""
        return sa.Text()

    def choices(self, env: Env) -> list[tuple[str, Any]]:
        """The list as it is now."""
        if not self.dynamic:
            return self.fixed
        source, model = self.selection, env[self.model]
        found = getattr(model, source)() if isinstance(source, str) else cast("Callable[..., Choices]", source)(model)
        return [*found, *self.fixed]

    def normalise(self, value: Any, env: Env) -> Any:
        """A value of the list."""
        if value is None or value is False or value == "":
            return None
        known = self.known
        if self.dynamic:
            known = frozenset(choice for choice, _label in self.choices(env))
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"{self.model}.{self.name}: {value!r} is not one of {', '.join(sorted(known))}")
        return value

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass; a method is asked once for each different value."""
        known: dict[Any, Any] = {value: value for value in self.known}
        for value in {value for value in values if isinstance(value, str | None)} - known.keys():
            known[value] = self.normalise(value, env)
        return [known[value] if isinstance(value, str | None) else self.normalise(value, env) for value in values]


class Json(Field[Any]):
    """Any JSON value. What is read is a copy: changing it in place changes nothing."""

    type: ClassVar[str] = "json"
    cast: str | None = "jsonb"

    def sa_type(self) -> TypeEngine[Any]:
        """`jsonb`; empty is NULL, not a JSON null."""
        return JSONB(none_as_null=True)

    def normalise(self, value: Any, env: Env) -> Any:
        """A copy in plain lists and dicts; an empty text is empty."""
        if value is None or value == "":
            return None
        try:
            text = orjson.dumps(value)
        except TypeError as error:
            raise ValueError(f"{self.model}.{self.name} takes JSON: {error}") from None
        if b"\\u0000" in text:
            raise ValueError(f"{self.model}.{self.name}: JSON can't hold the character NUL")
        return orjson.loads(text)

    def to_wire(self, raw: Any) -> Any:
        """JSON text."""
        return None if raw is None else orjson.dumps(raw).decode()

    def to_record(self, raw: Any, records: Recordset) -> Any:
        """A copy."""
        return None if raw is None else orjson.loads(orjson.dumps(raw))

    def to_read(self, raw: Any, env: Env) -> Any:
        """A copy."""
        return None if raw is None else orjson.loads(orjson.dumps(raw))

    def equal(self, left: Any, right: Any) -> bool:
        """By JSON's meaning: `true` is not 1."""
        option = orjson.OPT_SORT_KEYS
        return orjson.dumps(left, option=option) == orjson.dumps(right, option=option)
