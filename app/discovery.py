"""Finds what is declared: every module of `models/`, `views/` and `reports/`, of the portal and of each add-on.

There is no list to edit: a new file is found by being there. Add-ons are installed packages named in `KARTOTEKA_ADDONS`,
with the same three folders inside, and their texts in `translations/`.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from app.orm.errors import DeclarationError

FOLDERS = ("models", "views", "reports")
BASE = ("app.base",)


def packages(names: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """By folder, the packages to walk: the platform's own, the portal's, then the add-ons' in the order given."""
    found: dict[str, tuple[str, ...]] = {folder: tuple(_existing([folder])) for folder in FOLDERS}
    found["models"] = (*BASE, *found["models"])
    found["views"] = (*BASE, *found["views"])
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise DeclarationError(f"KARTOTEKA_ADDONS names {name}, which is not installed.")
        for folder in FOLDERS:
            found[folder] = (*found[folder], *_existing([f"{name}.{folder}"]))
    return found


def catalogues(names: Iterable[str]) -> Iterator[Path]:
    """The folders of translated texts that these add-ons bring: `translations/<lang>/LC_MESSAGES/messages.mo`."""
    for name in names:
        spec = importlib.util.find_spec(name)
        for place in spec.submodule_search_locations or () if spec else ():
            if Path(place, "translations").is_dir():
                yield Path(place, "translations")


def modules(package_names: Iterable[str]) -> list[ModuleType]:
    """All modules below these packages, imported, in a fixed order."""
    return [module for name in package_names for module in _walk(importlib.import_module(name))]


def _existing(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if importlib.util.find_spec(name) is not None:
            yield name


def _walk(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for info in sorted(pkgutil.iter_modules(getattr(package, "__path__", ())), key=lambda entry: entry.name):
        child = importlib.import_module(f"{package.__name__}.{info.name}")
        yield from _walk(child)
