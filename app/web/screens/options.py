"""Choices of a link: found by a typed text, never all at once; made from a name where that is enough."""

from __future__ import annotations

from typing import Any

from flask import abort

from app.orm.env import Env
from app.orm.errors import AccessError, UserError
from app.orm.i18n import _
from app.web.screens.formview import quick_create
from app.web.screens.site import site

SHOWN = 8


def link(env: Env, model: str, name: str) -> Any:
    """The declaration of a link that this user may read; 404 otherwise."""
    if name not in env[model].fields_get([name]):
        abort(404)
    field: Any = env.registry[model]._fields[name]
    if field.type not in ("many2one", "many2many"):
        abort(404)
    return field


def offered(env: Env, model: str, name: str, text: str) -> list[dict[str, Any]]:
    """`[{"id", "label"}]` of the best matches."""
    field = link(env, model, name)
    domain = field.domain if isinstance(field.domain, list | tuple) else ()
    return [{"id": key, "label": label} for key, label in env[field.comodel].name_search(text, domain, SHOWN)]


def fitting(field: Any, comodel: Any) -> dict[str, Any]:
    """The values that a new record needs to be offered by the link: those that its domain asks of plain fields."""
    leaves = field.domain if isinstance(field.domain, list | tuple) else ()
    plain = [leaf for leaf in leaves if not isinstance(leaf, str) and leaf[1] == "=" and leaf[0] in comodel._fields]
    return {name: value for name, _operator, value in plain} if len(plain) == len(leaves) else {}


def created(env: Env, model: str, name: str, text: str) -> dict[str, Any]:
    """The new record as `{"id", "label"}`."""
    field = link(env, model, name)
    if not quick_create(env, field.comodel):
        raise AccessError(model=field.comodel)
    if not text:
        raise UserError(_("Type a name first."))
    comodel: Any = env[field.comodel]
    made = comodel.create({**fitting(field, comodel), site().views[field.comodel].quick: text})
    env.flush()
    return {"id": made.id, "label": str(made.display_name)}
