"""The matrix of rights: for a role, every model with its letters, edited in place and kept in FAB's tables.

What is not ticked is denied. A change is noticed by every process with its next unit of work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app
from werkzeug.datastructures import MultiDict

from app.orm.env import Env
from app.orm.errors import UserError
from app.orm.i18n import LazyText, _
from app.web.letters import LETTERS
from app.web.screens.site import site

WORDS: dict[str, LazyText] = {
    "r": _("read"),
    "c": _("create"),
    "u": _("change"),
    "d": _("delete"),
    "x": _("export"),
    "i": _("import"),
    "m": _("merge"),
    "e": _("mail"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """The rights of one model."""

    model: str
    title: str
    cells: list[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class Matrix:
    """What the template shows."""

    roles: list[tuple[int, str, bool]]
    role: str
    key: int
    heads: list[str]
    rows: list[Row]


def matrix(env: Env, key: int) -> Matrix:
    """The rights of one role; the first one by default."""
    env["role"].check_access("write")
    found = [(row["id"], row["name"]) for row in env["role"].search_read([], ["name"], order="name")]
    chosen = next((pair for pair in found if pair[0] == key), found[0])
    models = sorted((site().title(name), name) for name in _models(env))
    rows = [Row(name, title, _cells(env, name, chosen[1])) for title, name in models]
    roles = [(role, name, role == chosen[0]) for role, name in found]
    return Matrix(roles, chosen[1], chosen[0], [str(word) for word in WORDS.values()], rows)


def _models(env: Env) -> list[str]:
    return [name for name, cls in env.registry.models.items() if not cls._abstract and not cls._transient]


def _cells(env: Env, model: str, role: str) -> list[tuple[str, str, bool]]:
    held = env.registry.access.get(model, {}).get(role, "")
    return [(letter, str(word), letter in held) for letter, word in WORDS.items()]


def save(env: Env, key: int, form: MultiDict[str, str]) -> LazyText:
    """Give and take rights so that the role has exactly the ticked ones."""
    shown = matrix(env, key)
    if shown.role == "admin":
        raise UserError(_("The administrators keep every right."))
    wanted = set(form.getlist("right"))
    manager: Any = current_app.appbuilder.sm  # type: ignore[attr-defined]  # set by FAB
    role = manager.find_role(shown.role)
    changes = []
    for row in shown.rows:
        for letter, _word, held in row.cells:
            on = f"{row.model}:{letter}" in wanted
            if on != held:
                change = manager.add_permission_role if on else manager.del_permission_role
                change(role, manager.add_permission_view_menu(LETTERS[letter], row.model))
                changes.append(f"{'+' if on else '-'}{row.model}:{letter}")
    if changes:
        versions: Any = env["registry.version"].sudo("an administrator changes rights")
        versions.create({"reason": f"{shown.role} {' '.join(changes)}"[:1000]})
    return _("Saved")
