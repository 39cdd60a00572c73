"""From the text of a cell to a value that the field takes, by the field's type.

Only what offices write and the fields themselves do not take is translated here: decimal commas, dates with dots, words for
yes and no, labels of selections, line breaks in what is one line. Everything else goes to the field as it is, which normalises and refuses by itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.orm.i18n import LANGUAGES, LazyText, _, use_lang

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.fields.base import Field

_YES = frozenset({"1", "yes", "y", "true", "да", "д", "истина", "+", "x", "х"})
_NO = frozenset({"0", "no", "n", "false", "нет", "н", "ложь", "-"})
_DATE_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y")
_LONG = frozenset({"text", "html", "json"})
_NUMBERS = frozenset({"integer", "float", "decimal", "monetary"})


class CellError(ValueError):
    """A text that is no value of its field; carries a sentence for a person."""

    def __init__(self, message: LazyText) -> None:
        super().__init__(str(message))
        self.message = message


def value_of(field: Field[Any], text: str, env: Env) -> Any:
    """The value of a cell for a scalar field. Raises `CellError`."""
    if field.type in _NUMBERS:
        return _number(field, text)
    if field.type == "boolean":
        return _boolean(text)
    if field.type == "date":
        return _date(text)
    if field.type == "selection":
        return _choice(field, text, env)
    return text if field.type in _LONG else " ".join(text.split())


def _number(field: Field[Any], text: str) -> Any:
    bare = re.sub(r"[\s\u00a0\u202f]", "", text)
    if "," in bare and "." not in bare:
        bare = bare.replace(",", ".")
    elif "," in bare and bare.rfind(",") < bare.rfind("."):
        bare = bare.replace(",", "")
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", bare):
        raise CellError(_("“%(text)s” is not a number.", text=text))
    if field.type == "integer":
        if "." in bare and bare.split(".")[1].strip("0"):
            raise CellError(_("“%(text)s” is not a whole number.", text=text))
        return int(bare.split(".")[0])
    return float(bare) if field.type == "float" else bare


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError(_("“%(text)s” is neither yes nor no.", text=text))


def _date(text: str) -> str:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text.split(" ", maxsplit=1)[0].split("T", maxsplit=1)[0], form).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise CellError(_("“%(text)s” is not a date. Write it as 2026-05-31 or 31.05.2026.", text=text))


def _choice(field: Field[Any], text: str, env: Env) -> str:
    """The value whose key or label, in any language of the portal, the text is."""
    wanted = text.strip().lower()
    choices = field.choices(env)
    for value, _label in choices:
        if value.lower() == wanted:
            return value
    for lang in LANGUAGES:
        with use_lang(lang):
            for value, label in choices:
                if str(label).lower() == wanted:
                    return value
    labels = ", ".join(str(label) for _value, label in choices[:12])
    raise CellError(_("“%(text)s” is not one of: %(labels)s.", text=text, labels=labels))
