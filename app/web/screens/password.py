"""A new password: everybody for himself with the old one, administrators for others."""

from __future__ import annotations

from typing import Any

from flask import abort
from werkzeug.datastructures import MultiDict
from werkzeug.security import check_password_hash, generate_password_hash

from app.orm.env import Env
from app.orm.i18n import LazyText, _

SHORTEST = 8
LONGEST = 1024


def may_set(env: Env, key: int) -> bool:
    """Whether this user may set the password of that one."""
    writers = env.registry["user"]._fields["password"].roles_write
    return key == env.uid or (writers is not None and bool(env.roles & writers))


def target(env: Env, key: int) -> Any:
    """The user whose password is set; 404 where that is not this user's business."""
    found: Any = env["user"].with_context(active_test=False).browse(key).exists()
    if not found or not may_set(env, key):
        abort(404)
    return found


def change(env: Env, key: int, form: MultiDict[str, str]) -> LazyText | None:
    """Set the password; returns what is wrong, or None when it was done."""
    user = target(env, key).sudo("a password is set")
    new = form.get("new", "")
    if key == env.uid and not check_password_hash(user.password or "", form.get("old", "")[:LONGEST]):
        return _("The present password is wrong.")
    if not SHORTEST <= len(new) <= LONGEST:
        return _("The password needs at least %(count)s characters.", count=SHORTEST)
    if new != form.get("again", ""):
        return _("The two passwords differ.")
    user.write({"password": generate_password_hash(new, method="scrypt", salt_length=16)})
    env.flush()
    return None
