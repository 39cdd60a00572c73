"""Text of every kind: short, long, formatted, and the kinds whose form is checked (e-mail, web address, telephone).

An empty text is `None` everywhere. A translated text is kept as `{language: text}`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import nh3
import orjson
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import String
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from app.orm.errors import ValidationError
from app.orm.fields.base import Field
from app.orm.i18n import LazyText, _, portal_lang

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.orm.env import Env
    from app.orm.recordset import Recordset

DEFAULT_REGION = "RU"
_PLAIN_EMAIL = re.compile(
    r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}"
)
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_URL_SCHEMES = frozenset({"http", "https", "ftp"})
_HOST = re.compile(r"(?:[\w-]+\.)*[\w-]+\.?|\[[0-9A-Fa-f:.]+\]")
_PHONE_NOISE = re.compile(r"[\s()\-.\u00a0\u2010-\u2015]+")


def _text_of(value: Any, field: Field[Any]) -> str | None:
    """The text of a value that is no plain `str`; refuses what nobody means as text."""
    if value is None or value is False:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, LazyText) or (isinstance(value, int | float) and value is not True):
        return str(value)
    raise ValueError(f"{field.model}.{field.name} takes a text, not {value!r}")


def _filled(texts: dict[str, str | None] | None) -> dict[str, str]:
    return {lang: text for lang, text in (texts or {}).items() if text}


class Char(Field[str | None]):
    """One line of text; `size` limits it, `translate=True` keeps one text per language."""

    type: ClassVar[str] = "char"
    positional: ClassVar[tuple[str, ...]] = ("size", "string")
    attributes = Field.attributes | {"size", "trim", "translate"}

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        if len(positional) == 1 and not isinstance(positional[0], int):
            return {"string": positional[0]}
        return super()._place(positional)

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.size: int | None = args.get("size")
        self.trim: bool = bool(args.get("trim", True))
        self.stored_empty: str | None = None
        """What stands in the column for nothing: "" where somebody else's table refuses NULL."""
        if self.translate:
            self.cast = "jsonb"

    def refuse_null(self) -> None:
        """Keep emptiness as an empty text, because the column is somebody else's and NOT NULL."""
        self.stored_empty, self.row_is_raw = "", False

    def from_row(self, value: Any) -> Any:
        """An empty text is empty."""
        return value or None

    def sa_type(self) -> TypeEngine[Any]:
        """A plain text column, or JSONB by language."""
        if self.translate:
            return JSONB(none_as_null=True)
        return String(self.size) if self.size else TextType()

    def clean(self, text: str) -> str | None:
        """Trimmed, without a NUL, not longer than `size`; empty is `None`."""
        if "\0" in text:
            raise ValueError(f"{self.model}.{self.name}: a text can't hold the character NUL")
        if self.trim:
            text = text.strip()
        if self.size and len(text) > self.size:
            raise ValidationError(
                _("%(label)s: at most %(size)s characters, this has %(length)s."),
                model=self.model,
                field=self.name,
                reason="too-long",
                label=self.string,
                size=self.size,
                length=len(text),
            )
        return text or None

    def normalise(self, value: Any, env: Env) -> Any:
        """Cleaned text; of a translated field a patch `{language: text}` over the former texts, where `None` empties that language."""
        if self.translate:
            return self._patch(value, env)
        text = value if type(value) is str else _text_of(value, self)
        return None if text is None else self.clean(text)

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """One pass; the texts that need no change, by far the most, cost two look-ups."""
        if self.translate or type(self).clean is not Char.clean or not self.trim:
            normalise = self.normalise
            return [normalise(value, env) for value in values]
        clean, size = self._clean_any, self.size or 1 << 30
        return [
            value
            if type(value) is str and 0 < len(value) <= size and value.isprintable() and value[0] != " " and value[-1] != " "
            else clean(value)
            for value in values
        ]

    def _clean_any(self, value: Any) -> str | None:
        text = _text_of(value, self)
        return None if text is None else self.clean(text)

    def _patch(self, value: Any, env: Env) -> dict[str, str | None]:
        texts = value if isinstance(value, dict) else {env.lang: value}
        return {str(lang): self._clean_any(text) for lang, text in texts.items()}

    def to_wire(self, raw: Any) -> Any:
        """Texts by language travel as JSON."""
        if not self.translate:
            return self.stored_empty if raw is None else raw
        texts = _filled(raw)
        return orjson.dumps(texts).decode() if texts else None

    def is_empty(self, raw: Any) -> bool:
        """No text; of a translated field: in no language."""
        return not _filled(raw) if self.translate else raw is None

    def equal(self, left: Any, right: Any) -> bool:
        """The same text, or the same texts by language."""
        return _filled(left) == _filled(right) if self.translate else left == right

    def to_wire_many(self, raws: list[Any]) -> list[Any]:
        """Plain texts travel as they are."""
        return [self.to_wire(raw) for raw in raws] if self.translate or self.stored_empty is not None else raws

    def in_language(self, raw: Any, lang: str) -> str | None:
        """The text of one language, else the portal's, else any."""
        if not raw:
            return None
        found: str | None = raw.get(lang) or raw.get(portal_lang()) or next(iter(raw.values()))
        return found

    def to_record(self, raw: Any, records: Recordset) -> str | None:
        """The text, of a translated field in the env's language."""
        return self.in_language(raw, records.env.lang) if self.translate else raw

    def to_read(self, raw: Any, env: Env) -> Any:
        """As `to_record`."""
        return self.in_language(raw, env.lang) if self.translate else raw

    def to_read_many(self, raws: Sequence[Any], env: Env) -> Sequence[Any]:
        """Plain texts are shown as they are."""
        return super().to_read_many(raws, env) if self.translate else raws

    def operand(self, value: Any, env: Env) -> Any:
        """A text as it was given, neither trimmed nor limited; an empty one asks for the empty."""
        text = _text_of(value, self)
        if text and "\0" in text:
            raise ValueError(f"{self.model}.{self.name}: a text can't hold the character NUL")
        return text or None


class Text(Char):
    """Text of several lines."""

    type: ClassVar[str] = "text"
    positional = ("string",)
    attributes = Field.attributes | {"trim", "translate", "size"}

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        return Field._place(self, positional)

    def normalise_many(self, values: list[Any], env: Env) -> list[Any]:
        """Line ends are not printable, so the short cut of one-line texts would not hold here."""
        normalise = self.normalise
        return [normalise(value, env) for value in values]


class Html(Text):
    """Formatted text; whatever could run or load something is taken out when it is written."""

    type: ClassVar[str] = "html"

    def clean(self, text: str) -> str | None:
        """Sanitised by nh3's list of harmless tags."""
        cleaned = super().clean(text)
        return None if cleaned is None else super().clean(nh3.clean(cleaned))


class Email(Char):
    """One e-mail address."""

    type: ClassVar[str] = "email"
    positional = ("string",)

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        return Field._place(self, positional)

    def clean(self, text: str) -> str | None:
        """A well-formed address with its domain in lower case; the name before the @ stays as typed."""
        cleaned = super().clean(text)
        if cleaned is None:
            return None
        if len(cleaned) <= 254 and cleaned.find("@") <= 64 and _PLAIN_EMAIL.fullmatch(cleaned):
            name, _at, domain = cleaned.partition("@")
            return f"{name}@{domain.lower()}"
        try:
            return validate_email(cleaned, check_deliverability=False).normalized
        except EmailNotValidError:
            raise ValidationError(
                _('"%(value)s" is no e-mail address. It looks like name@example.org.'),
                model=self.model,
                field=self.name,
                reason="not-an-email",
                value=cleaned,
            ) from None


class Url(Char):
    """A web address; one without a scheme is taken as https."""

    type: ClassVar[str] = "url"
    positional = ("string",)

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        return Field._place(self, positional)

    def clean(self, text: str) -> str | None:
        """An address that a browser opens and that can't run a script."""
        cleaned = super().clean(text)
        if cleaned is None:
            return None
        address = cleaned if _HAS_SCHEME.match(cleaned) else f"https://{cleaned.removeprefix('//')}"
        if not _opens(address):
            raise ValidationError(
                _('"%(value)s" is no web address. It looks like https://example.org/page.'),
                model=self.model,
                field=self.name,
                reason="not-a-url",
                value=cleaned,
            )
        return address


def _opens(address: str) -> bool:
    if any(char.isspace() or not char.isprintable() or char in '<>"\\' for char in address):
        return False
    try:
        parts = urlsplit(address)
        host = parts.netloc.rpartition("@")[2]
        port = parts.port
    except ValueError:
        return False
    name = host.rsplit(":", 1)[0] if port is not None else host.removesuffix(":")
    return parts.scheme.lower() in _URL_SCHEMES and bool(_HOST.fullmatch(name))


@lru_cache(maxsize=1)
def _russian_number() -> re.Pattern[str]:
    """The valid numbers of Russia as phonenumbers knows them, in one pattern: parsing costs fifty times as much."""
    known = phonenumbers.PhoneMetadata.metadata_for_region("RU")
    kinds = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip")
    found = (getattr(known, kind).national_number_pattern for kind in kinds if getattr(known, kind, None) is not None)
    patterns = [pattern for pattern in found if pattern not in (None, "NA")]
    return re.compile(rf"(?:\+7|8|7)((?=\d{{10}}$)(?:{'|'.join(patterns)}))")


@lru_cache(maxsize=65536)
def e164(value: str | None, region: str = DEFAULT_REGION) -> str | None:
    """The international form of a number as people type it; `None` for one that nobody could dial from abroad."""
    if not value:
        return None
    if region == "RU" and (match := _russian_number().fullmatch(_PHONE_NOISE.sub("", value))):
        return f"+7{match[1]}"
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Phone(Char):
    """A telephone number, kept as typed; its E.164 form stands beside it in `<name>_e164`.

    `region` is the country of numbers without a prefix; `region_field` names a field with the record's own country code.
    """

    type: ClassVar[str] = "phone"
    positional = ("string",)
    attributes = Char.attributes | {"region", "region_field"}

    def _place(self, positional: tuple[Any, ...]) -> dict[str, Any]:
        return Field._place(self, positional)

    def _setup(self, args: Mapping[str, Any]) -> None:
        super()._setup(args)
        self.region: str = args.get("region") or DEFAULT_REGION
        self.region_field: str | None = args.get("region_field")

    def e164(self, value: str | None, region: str | None = None) -> str | None:
        """The international form, or `None`."""
        return e164(value, region or self.region)

    def companions(self) -> dict[str, Field[Any]]:
        """The stored international form, which searches and duplicates go by."""
        if not self.store or self.computed:
            return {}
        name, region_field = self.name, self.region_field

        def compute_e164(records: Any) -> None:
            for record in records:
                region = record[region_field] if region_field else None
                setattr(record, f"{name}_e164", self.e164(record[name], region))

        compute_e164._depends = (name, region_field) if region_field else (name,)  # type: ignore[attr-defined]
        label = _("%(label)s (international)", label=self.string)
        rights = {"read": self.roles_read, "write": self.roles_write}
        return {f"{name}_e164": Char(16, label, compute=compute_e164, store=True, index=True, copy=False, **rights)}
