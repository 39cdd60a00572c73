"""Starts the application with an add-on made of two files."""

from __future__ import annotations

import importlib
import itertools
import sys

import pytest

from app import create_app
from config import Settings
from tests.docs import pages

numbers = itertools.count(1)


@pytest.fixture
def start(tmp_path, monkeypatch, services):
    """`start(model, view)`: the application with an add-on of these two files, `models/box.py` and `views/box.py`."""
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def start(model, view):
        name = f"addon_of_a_test_{next(numbers)}"
        names.append(name)
        empty = {f"{name}/{folder}__init__.py": "" for folder in ("", "models/", "views/")}
        pages.write(tmp_path, {**empty, f"{name}/models/box.py": model, f"{name}/views/box.py": view})
        importlib.invalidate_caches()
        environ = {
            "DATABASE_URL": services.dsn_test, "REDIS_URL": services.redis_url, "KARTOTEKA_HOME": str(tmp_path), "KARTOTEKA_ADDONS": name,
        }  # fmt: skip
        return create_app(Settings.from_environment(environ))

    yield start
    for module in [module for module in sys.modules if module.partition(".")[0] in names]:
        del sys.modules[module]
