"""Everything that a person reads of a declaration has words, and Russian ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from app.orm.i18n import use_lang
from app.web.screens.site import EXTENSION

CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
# What stays in Latin letters in Russian too: abbreviations and names of languages in themselves.
NAMES = frozenset({"ID", "English", "REST"})


@pytest.fixture
def env(stocked: Any) -> Iterator[Any]:
    with stocked.extensions["kartoteka"].database.superuser().unit_of_work(readonly=True) as inside:
        yield inside


def _wrong(label: Any) -> str | None:
    """Why a label is not one for Russian readers."""
    with use_lang("ru"):
        text = str(label or "")
    if not text.strip():
        return "is empty"
    return None if CYRILLIC.search(text) or text in NAMES else f"is not Russian: {text!r}"


def _labels_of(env: Any, model: Any) -> Iterator[tuple[str, Any]]:
    yield model._name, model._description
    for field in model._fields.values():
        yield f"{model._name}.{field.name}", field.string
        if field.help:
            yield f"{model._name}.{field.name} help", field.help
        with use_lang("ru"):
            choices = field.choices(env.with_context(lang="ru"))
        for value, label in choices:
            yield f"{model._name}.{field.name}={value}", label
    for constraint in model._constraints:
        if constraint.message:
            yield f"{model._name} {constraint.name}", constraint.message


def _labels_of_views(views: Any) -> Iterator[tuple[str, Any]]:
    for menu in views.menus:
        yield f"{views.model} menu", menu.title
        yield f"{views.model} group of the menu", menu.group
        yield from ((f"{views.model} new", menu.new) for _once in (1,) if menu.new)
    for key, quick in views.search.filters.items():
        yield f"{views.model} filter {key}", quick.title
    for column in views.list.columns:
        if column.string:
            yield f"{views.model} column {column.name}", column.string
    for button in views.form.buttons:
        yield from ((f"{views.model} {button.method}", label) for label in (button.label, button.confirm) if label)
    for tab in views.form.tabs:
        yield f"{views.model} tab", tab.title
    parts = [*views.form.groups, *(item for tab in views.form.tabs for item in tab.items)]
    yield from ((f"{views.model} part of the form", part.title) for part in parts if getattr(part, "title", None))


def test_every_model_field_and_choice_has_a_russian_label(env, models):
    """Shows 0.1 and 0.15."""
    wrong = [f"{place} {why}" for model in models.values() for place, label in _labels_of(env, model) if (why := _wrong(label))]

    assert wrong == []


def test_every_menu_filter_column_and_tab_has_a_russian_label(stocked):
    """Shows 0.15."""
    declared = stocked.extensions[EXTENSION].views.values()
    wrong = [f"{place} {why}" for views in declared for place, label in _labels_of_views(views) if (why := _wrong(label))]

    assert wrong == []


def test_no_two_fields_of_a_model_share_a_label(env, models):
    """Somebody who builds a filter must tell them apart."""
    same = []
    for name, model in models.items():
        seen: dict[str, str] = {}
        for field in model._fields.values():
            with use_lang("ru"):
                label = str(field.string)
            if label in seen:
                same.append((name, field.name, seen[label], label))
            seen[label] = field.name

    assert same == []
