"""Rights in FAB's tables: `can_read`, `can_create` … on a view menu with the model's name, per role.

`seed` writes what the declarations say. It remembers in `permission.seed` what it has ever written, so that a right that an
administrator took away does not come back with the next start, and one that he gave stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_appbuilder.security.sqla.models import Permission, PermissionView, Role, ViewMenu, assoc_permissionview_role
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.orm.env import Env
from app.orm.registry import Registry
from app.web.letters import LETTER_OF, LETTERS

ADMIN = "admin"
EVERYONE = "everyone"
ROLES = (ADMIN, "clerk", "sales", "reception", "manager", "auditor", EVERYONE)
Right = tuple[str, str, str]


def declared(registry: Registry) -> set[Right]:
    """(role, model, letter) for everything that the declarations grant; the administrators have every letter."""
    rights: set[Right] = set()
    for name, model in registry.models.items():
        if model._abstract:
            continue
        rights |= {(ADMIN, name, letter) for letter in LETTERS}
        rights |= {(role, name, letter) for role, letters in model._access.items() for letter in letters}
    return rights


def load_rights(engine: Engine, registry: Registry) -> None:
    """Take the letters from FAB's tables; called when the registry's version has moved."""
    found: dict[str, dict[str, str]] = {name: {} for name in registry.models}
    with Session(engine) as session:
        rows = (
            session.query(Role.name, ViewMenu.name, Permission.name)
            .select_from(assoc_permissionview_role)
            .join(Role, Role.id == assoc_permissionview_role.c.role_id)
            .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
            .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
            .join(Permission, Permission.id == PermissionView.permission_id)
        )
        for role, model, permission in rows:
            letter = LETTER_OF.get(permission)
            if letter is not None and model in found:
                found[model][role] = found[model].get(role, "") + letter
    registry.access = found


def seed_rights(session: Session, env: Env) -> int:
    """Seed what was never seeded, and remember it; returns how many rights were written."""
    rows: Any = env["permission.seed"]
    known = {(row.role, row.model): row for row in rows.search([])}
    fresh = seed(session, env.registry, {(role, model, letter) for (role, model), row in known.items() for letter in row.letters})
    session.commit()
    letters: dict[tuple[str, str], str] = {}
    for role, model, letter in sorted(fresh):
        letters[role, model] = letters.get((role, model), "") + letter
    rows.create(
        [{"role": role, "model": model, "letters": new} for (role, model), new in letters.items() if (role, model) not in known]
    )
    for pair, new in letters.items():
        if pair in known:
            known[pair].letters += new
    return len(fresh)


def seed(session: Session, registry: Registry, known: Iterable[Right]) -> set[Right]:
    """Write the declared rights that were never written before; returns them. The caller commits."""
    fresh = declared(registry) - set(known)
    roles = _named(session, Role, {role for role, _model, _letter in fresh} | set(ROLES))
    permissions = _named(session, Permission, LETTERS.values())
    menus = _named(session, ViewMenu, {model for _role, model, _letter in fresh})
    session.flush()
    pairs = _pairs(session, permissions, menus, {(model, LETTERS[letter]) for _role, model, letter in fresh})
    held = {role.name: {pair.id for pair in role.permissions} for role in roles.values()}
    session.flush()
    for role, model, letter in sorted(fresh):
        pair = pairs[model, LETTERS[letter]]
        if pair.id is None or pair.id not in held[role]:
            roles[role].permissions.append(pair)
    session.flush()
    return fresh


def _named(session: Session, kind: Any, names: Iterable[str]) -> dict[str, Any]:
    """The rows of FAB's table with these names, made where missing."""
    found = {row.name: row for row in session.scalars(select(kind).where(kind.name.in_(list(names))))}
    for name in sorted(set(names) - found.keys()):
        found[name] = kind(name=name)
        session.add(found[name])
    return found


def _pairs(
    session: Session, permissions: dict[str, Any], menus: dict[str, Any], wanted: set[tuple[str, str]]
) -> dict[tuple[str, str], Any]:
    """The (model, permission) rows, made where missing."""
    ids = [menu.id for menu in menus.values()]
    rows = session.scalars(select(PermissionView).where(PermissionView.view_menu_id.in_(ids)))
    found = {(row.view_menu.name, row.permission.name): row for row in rows}
    for model, name in sorted(wanted - found.keys()):
        found[model, name] = PermissionView(view_menu=menus[model], permission=permissions[name])
        session.add(found[model, name])
    session.flush()
    return found
