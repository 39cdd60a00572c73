"""Every text of the portal is in the Russian catalogue, translated, with the placeholders of the original."""

import re
from collections.abc import Iterator

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.checks.sources import TOP

FOLDER = TOP / "app" / "translations"
MAPPING = TOP / "babel" / "babel.cfg"
COMPLETE = ("ru",)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def findings() -> Iterator[str]:
    """Yield every text without a translation, and every translation that would break the text."""
    if not MAPPING.exists():
        yield "babel/babel.cfg is missing: nothing says where texts are"
        return
    texts = set(_texts())
    for language in COMPLETE:
        path = FOLDER / language / "LC_MESSAGES" / "messages.po"
        if not path.exists():
            yield f"{path.relative_to(TOP)} is missing"
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        yield from _gaps(language, catalogue, texts)


def _texts() -> Iterator[str]:
    with MAPPING.open() as file:
        methods, options = parse_mapping_cfg(file)
    for _, _, message, _, _ in extract_from_dir(str(TOP), methods, options, keywords=KEYWORDS):
        yield message if isinstance(message, str) else message[0]


def _gaps(language: str, catalogue: Catalog, texts: set[str]) -> Iterator[str]:
    for text in sorted(texts):
        message = catalogue.get(text)
        if message is None or message.fuzzy or not _forms(message) or not all(_forms(message)):
            yield f"{language}: {text!r} is not translated"
    for message in catalogue:
        if message.id and _ids(message)[0] not in texts:
            yield f"{language}: {_ids(message)[0]!r} is not used any more"
        elif message.id and all(_forms(message)):
            wanted = set(PLACEHOLDER.findall(_ids(message)[-1]))
            if any(set(PLACEHOLDER.findall(form)) != wanted for form in _forms(message)):
                yield f"{language}: {_ids(message)[0]!r} has other placeholders than its translation"


def _ids(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string,)
