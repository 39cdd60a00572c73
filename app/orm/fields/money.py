"""Money: an exact number and the currency that stands in another field of the record."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP
from decimal import Decimal as PyDecimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import sqlalchemy as sa
from babel.numbers import get_currency_precision
from sqlalchemy.types import TypeEngine

from app.orm.fields.base import Field
from app.orm.fields.scalar import Decimal

if TYPE_CHECKING:
    from app.orm.recordset import Recordset

DEFAULT_CURRENCY = "RUB"
_LIMIT = PyDecimal(10) ** 15
_CODE_FIELDS = ("code", "name")


@lru_cache(maxsize=512)
def quantum(currency: str) -> PyDecimal:
    """The smallest amount of a currency: 0.01 for roubles, 1 for yen."""
    return PyDecimal(1).scaleb(-get_currency_precision(currency))


class Monetary(Decimal):
    """An amount of money.

    `currency_field` names a Char or Selection with an ISO code, or a many2one to a model of currencies; without it
    `currency_id`, then `currency`, then the portal's currency. The currency decides about the rounding, so the value of a
    record is rounded by `finish` as soon as that is known.
    """

    type: ClassVar[str] = "monetary"
    positional = ("currency_field", "string")
    attributes = Field.attributes | {"currency_field"}

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        first = positional[0] if positional else None
        is_label = first is not None and (not isinstance(first, str) or not first.isidentifier() or not first.islower())
        return {"string": first} if is_label and len(positional) == 1 else Field._place(self, positional)

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.currency_field: str | None = args.get("currency_field")

    def find_currency(self, fields: Mapping[str, Field[Any]]) -> None:
        """Settle which of the model's fields holds the currency, where the declaration does not say."""
        if self.currency_field is None:
            self.currency_field = next((name for name in ("currency_id", "currency") if name in fields), None)

    def sa_type(self) -> TypeEngine[Any]:
        """`numeric` without a scale: the currency decides."""
        return sa.Numeric()

    def exact(self, value: Any) -> PyDecimal:
        """The exact amount; refuses what is no amount of money on this planet."""
        number = super().exact(value)
        if abs(number) >= _LIMIT:
            raise self._wrong(value)
        return number

    def finish(self, raw: PyDecimal | None, record: Recordset) -> PyDecimal | None:
        """The amount rounded half up to the decimals of the record's currency."""
        if raw is None:
            return None
        code = currency_code(record[self.currency_field]) if self.currency_field else DEFAULT_CURRENCY
        return raw.quantize(quantum(code), ROUND_HALF_UP)


def currency_code(value: Any) -> str:
    """The ISO code in a record's currency field as it is read: text, or a record of a model of currencies."""
    if not value:
        return DEFAULT_CURRENCY
    if isinstance(value, str):
        return value
    name = next(name for name in _CODE_FIELDS if name in value._fields)
    return str(value[name])
