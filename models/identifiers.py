"""Registration numbers with check digits: ИНН, ОГРН and VAT by python-stdnum, the form of a КПП by its published rule.

Each function takes what somebody typed and gives the compact number, or raises `ValueError`; the sentence for the person
belongs to the model, which knows the field.
"""

from __future__ import annotations

import re

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError as NumberError
from stdnum.ru import inn as ru_inn
from stdnum.ru import ogrn as ru_ogrn

# Tax office (4 digits), reason (2 digits or capital Latin letters), serial number (3 digits): there is no check digit.
_KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")
_SEPARATORS = re.compile(r"[\s\-–—.]+")


def compact(text: str) -> str:
    """The number without spaces, dots and dashes, in capitals."""
    return _SEPARATORS.sub("", text).upper()


def inn(text: str, *, digits: int | None = None) -> str:
    """A valid ИНН; `digits` is 10 for organisations, 12 for people, `None` for both (a sole trader has 12)."""
    number = _checked(ru_inn.validate, text)
    if digits is not None and len(number) != digits:
        raise ValueError(number)
    return number


def ogrn(text: str) -> str:
    """A valid ОГРН (13 digits) or ОГРНИП (15 digits)."""
    return _checked(ru_ogrn.validate, text)


def kpp(text: str) -> str:
    """A well-formed КПП."""
    number = compact(text)
    if not _KPP.fullmatch(number):
        raise ValueError(number)
    return number


def vat(text: str) -> str:
    """A valid VAT number of the European Union, with the country's letters in front."""
    return _checked(eu_vat.validate, text)


def _checked(validate: object, text: str) -> str:
    try:
        return str(validate(compact(text)))  # type: ignore[operator]  # stdnum has no types
    except NumberError as wrong:
        raise ValueError(text) from wrong
