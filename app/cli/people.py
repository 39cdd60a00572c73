"""`flask user`: make users, set passwords, give roles, switch off."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import with_appcontext
from werkzeug.security import check_password_hash, generate_password_hash

from app.orm.env import Env
from app.web.context import kartoteka

DEMO_USERS = {
    "admin": "Анна Белова",
    "clerk": "Ольга Крылова",
    "sales": "Павел Громов",
    "reception": "Вера Соколова",
    "manager": "Игорь Мельник",
    "auditor": "Нина Орлова",
}
"""Logins, which are also the names of their roles, and the people behind them."""
SHORTEST = 8


@click.group("user")
def user() -> None:
    """Users of the portal."""


@user.command("list")
@with_appcontext
def list_users() -> None:
    """Show all users with their roles."""
    for line in kartoteka().database.superuser().run(_lines, readonly=True):
        click.echo(line)


def _lines(env: Env) -> list[str]:
    users = env["user"].with_context(active_test=False).search([], order="login")
    return [f"{one.login}\t{'on' if one.active else 'off'}\t{', '.join(one.role_ids.mapped('name'))}" for one in users]


@user.command("set")
@click.argument("login")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="KARTOTEKA_PASSWORD")
@click.option("--role", "roles", multiple=True, help="A role; may be given several times.")
@click.option("--name", help="Given and family name; the login by default.")
@click.option("--email")
@with_appcontext
def set_command(login: str, password: str, roles: tuple[str, ...], name: str | None, email: str | None) -> None:
    """Make a user, or change his password and roles."""
    if len(password) < SHORTEST:
        raise click.UsageError(f"The password needs at least {SHORTEST} characters.")
    kartoteka().database.superuser(source="command").run(
        lambda env: set_user(env, login, password=password, roles=list(roles) or None, name=name, email=email)
    )


@user.command("off")
@click.argument("login")
@with_appcontext
def switch_off(login: str) -> None:
    """Switch a user off: his sessions and tokens end at once."""
    kartoteka().database.superuser(source="command").run(lambda env: _switch_off(env, login))


def _switch_off(env: Env, login: str) -> None:
    found = env["user"].search([("login", "=", login)])
    if not found:
        raise click.UsageError(f"There is no user {login}.")
    found.write({"active": False})


def set_user(
    env: Env, login: str, *, password: str, roles: list[str] | None = None, name: str | None = None, email: str | None = None
) -> Any:
    """Make the user, or change what differs; the password's hash stays when the password is the same."""
    users: Any = env["user"].with_context(active_test=False)
    found = users.search([("login", "=", login)], limit=1)
    values: dict[str, Any] = {} if email is None else {"email": email}
    if roles is not None:
        values["role_ids"] = _roles(env, roles)
    if not found or not (found.password and check_password_hash(found.password, password)):
        values["password"] = hashed(password)
    if found:
        found.write({**values, "active": True})
        return found
    given, _space, family = (name or login).partition(" ")
    names = {"login": login, "first_name": given, "last_name": family or given, "email": f"{login}@portal.example"}
    return users.create({**names, **values})


def hashed(password: str) -> str:
    """A password as it is stored."""
    return generate_password_hash(password, method="scrypt", salt_length=16)


def _roles(env: Env, names: list[str]) -> list[int]:
    known = {role.name: role.id for role in env["role"].search([("name", "in", names)])}
    missing = [name for name in names if name not in known]
    known |= {role.name: role.id for role in env["role"].create([{"name": name} for name in missing])}
    return [known[name] for name in names]


COMMANDS = (user,)
