r"""One skeleton key for every way to write a name, in Python and in PostgreSQL from one table of steps.

`fold` maps Cyrillic and its common Latin transliterations to the same letters: Невский, Nevsky, Nevskiy and Nevskij are all
`nevski`. Names are searched and compared by it. The steps are ordered, and one word is followed through all of them:

    Щёлкин ─NFKD, lower─▶ щ е¨ лкин ─marks off─▶ щелкин ─letters─▶ shchelkin ─transliterations─▶ shelkin
    Shchyolkin ──────────▶ shchyolkin ───────────────────────────▶ shchyolkin ─────────────────▶ shelkin

`plain` is the milder form behind `ilike`: case, accents and ё/е do not count, letters and punctuation stay what they are.

Both must answer alike in Python and in SQL for any text, so the steps use nothing that depends on a locale or on a regular
expression dialect: explicit ranges, no `\w`. A change of the steps raises `FOLD_VERSION`; stored keys must then be made anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

FOLD_VERSION = 2


class Replace(NamedTuple):
    """Every occurrence of a text becomes another."""

    old: str
    new: str

    def sql(self, inner: str) -> str:
        return f"replace({inner}, {_quoted(self.old)}, {_quoted(self.new)})"

    def python(self) -> Callable[[str], str]:
        return lambda text: text.replace(self.old, self.new)


class Translate(NamedTuple):
    """Single characters become others; those without a partner are deleted."""

    old: str
    new: str

    def sql(self, inner: str) -> str:
        return f"translate({inner}, {_quoted(self.old)}, {_quoted(self.new)})"

    def python(self) -> Callable[[str], str]:
        table = str.maketrans(self.old[: len(self.new)], self.new, self.old[len(self.new) :])
        return lambda text: text.translate(table)


class Regex(NamedTuple):
    r"""A pattern that means the same in both worlds; `\1` in the replacement."""

    pattern: str
    new: str

    def sql(self, inner: str) -> str:
        return f"regexp_replace({inner}, {_quoted(self.pattern)}, {_quoted(self.new)}, 'g')"

    def python(self) -> Callable[[str], str]:
        pattern = re.compile(self.pattern)
        return lambda text: pattern.sub(self.new, text)


Step = Replace | Translate | Regex

_SHORT_I = "и\u0306"
_MARKS = Regex(r"[\u0300-\u036f\u0483-\u0487]+", "")
# ASCII (but the blank) and Latin-1 signs, modifier letters, general punctuation up to the symbols, CJK punctuation.
_SIGNS = Regex(
    r"[\u0001-\u001f\u0021-\u002f\u003a-\u0060\u007b-\u00b9\u00bb-\u00bf\u00d7\u00f7\u02b0-\u02ff\u2000-\u2bff\u3000-\u303f\ufe10-\ufe6f]+",
    " ",
)
# Single characters, the frequent ones first: PostgreSQL walks the list for every character, and to its end for one that is not
# in it. So Latin letters and digits stand here for themselves, and the commonest signs as blanks, which spares the next pattern
# its work. A capital stands for two letters, which `_PAIRS` writes out. Without a partner at the end: what makes no sound.
_LETTERS = Translate(
    " оаaеeнрсивкт.iл,onlrs-д10гmt4237мбuуpпkh6589vя@d«»gcbчy+fжzзwыхюфщшцxіэjйѣєґғқңәөұүһѳѵљњћђџѕўıłøđðßæœþας"
    "ьъ'`\u2018\u2019\u02b9\u02ba\u02bc\u2032\u2033\u00ad\u200b\u200c\u200d\ufeff",
    " oaaeenrsivkt il onlrs d10gmt4237mbuuppkh6589vA d  gcbCy fZzzwihUfQSTxiejjeeggknaouuhfilnCdjzuilodsseetaσ",
)
_PAIRS = tuple(
    Replace(*pair) for pair in (("Z", "zh"), ("T", "ts"), ("C", "ch"), ("S", "sh"), ("Q", "sh"), ("U", "iu"), ("A", "ia"))
)

PLAIN_STEPS: tuple[Step, ...] = (Replace(_SHORT_I, "й"), _MARKS)

FOLD_STEPS: tuple[Step, ...] = (
    Replace(_SHORT_I, "j"),
    # A caron or a circumflex is the scholar's way to write what others write with an h.
    Regex(r"([scz])[\u030c\u0302]", r"\1h"),
    _MARKS,
    _LETTERS,
    *_PAIRS,
    _SIGNS,
    Regex("  +", " "),
    Regex("ts?ch", "ch"),
    Regex("sh?ch|shh", "sh"),
    Replace("kh", "h"),
    Replace("ph", "f"),
    Replace("th", "t"),
    Regex("[tc]z", "ts"),
    Replace("x", "ks"),
    # A c by itself is a к before these and at the end, else a ц; ch waits as a capital.
    Replace("ch", "C"),
    Replace("cc", "kc"),
    Regex("c([aouklrt 0-9]|$)", r"k\1"),
    Replace("c", "ts"),
    Replace("C", "ch"),
    Regex("(^|[^aeiou])[yj]o", r"\1e"),
    Regex("[yj]e", "e"),
    Translate("yjwq", "iivk"),
    # One by one: a back reference would cost more than all other steps together.
    *(Replace(letter * 2, letter) for letter in "isnlrtmkpfeoauzvgdbh"),
    # Vasilyev, Vasilev, Vasiliev; after three letters, so that Kiev stays.
    Regex("([a-z][a-z][a-z])iev", r"\1ev"),
    Regex("^ | $", ""),
)


def _quoted(text: str) -> str:
    """An SQL literal; characters outside ASCII are escaped, so that no encoding on the way can change them."""
    escaped = "".join(
        char if " " <= char <= "~" and char != "\\" else f"\\{ord(char):04x}" if char != "\\" else "\\\\" for char in text
    )
    return "U&'" + escaped.replace("'", "''") + "'" if "\\" in escaped else "'" + escaped.replace("'", "''") + "'"


def _compiled(steps: tuple[Step, ...]) -> Callable[[str], str]:
    functions = [step.python() for step in steps]

    def run(text: str) -> str:
        text = unicodedata.normalize("NFKD", text).lower()
        for function in functions:
            text = function(text)
        return text

    return run


_fold = _compiled(FOLD_STEPS)
_plain = _compiled(PLAIN_STEPS)


@lru_cache(maxsize=16384)
def fold(text: str) -> str:
    """The skeleton key of a text: lower-case Latin letters and digits, words divided by single blanks."""
    return _fold(text)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """The text as `ilike` compares it: lower case, no accents, е for ё."""
    return _plain(text)


def _function(name: str, steps: tuple[Step, ...]) -> str:
    # Only the case needs a language's rules: every other step would look them up again.
    expression = '(lower(normalize($1, NFKD) COLLATE "und-x-icu") COLLATE "C")'
    for step in steps:
        expression = step.sql(expression)
    return (
        f"CREATE OR REPLACE FUNCTION public.{name}(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 20\n"
        f"AS $fold$BEGIN RETURN {expression}; END$fold$;\n"
        f"COMMENT ON FUNCTION public.{name}(text) IS '{mark(name)}';\n"
    )


def mark(name: str) -> str:
    """The comment by which a start sees whether the function in the database is this version's."""
    return f"kartoteka {name} {FOLD_VERSION}"


def fold_sql() -> str:
    """The statements that create `public.fold(text)` and `public.plain(text)`."""
    return _function("fold", FOLD_STEPS) + _function("plain", PLAIN_STEPS)
