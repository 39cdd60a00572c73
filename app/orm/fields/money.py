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
    from app.orm.env import Env

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
    record is rounded by `settle` as soon as that is known.
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
        self.given_currency_field: str | None = args.get("currency_field")

    def currency_field(self, fields: Mapping[str, Field[Any]]) -> str | None:
        """The name of the field that holds the currency, among the model's fields."""
        if self.given_currency_field:
            return self.given_currency_field
        return next((name for name in ("currency_id", "currency") if name in fields), None)

    def sa_type(self) -> TypeEngine[Any]:
        """`numeric` without a scale: the currency decides."""
        return sa.Numeric()

    def exact(self, value: Any) -> PyDecimal:
        """The exact amount; refuses what is no amount of money on this planet."""
        number = super().exact(value)
        if abs(number) >= _LIMIT:
            raise self._wrong(value)
        return number

    def normalise(self, value: Any, env: Env) -> Any:
        """An exact amount; rounded here only where the currency can't depend on the record."""
        if value is None or value == "":
            return self.empty
        number = self.exact(value)
        if not self.given_currency_field and self.currency_field(env.registry[self.model]._fields) is None:
            return self.settle(number, DEFAULT_CURRENCY)
        return number

    def settle(self, raw: PyDecimal | None, currency: str | None) -> PyDecimal | None:
        """The amount rounded half up to the decimals of `currency` (an ISO code; `None` is the portal's)."""
        return None if raw is None else raw.quantize(quantum(currency or DEFAULT_CURRENCY), ROUND_HALF_UP)

    def currency_code(self, value: Any) -> str:
        """The ISO code in a record's currency field as it is read: text, or a record of a model of currencies."""
        if not value:
            return DEFAULT_CURRENCY
        if isinstance(value, str):
            return value
        name = next(name for name in _CODE_FIELDS if name in value._fields)
        return str(value[name])
