"""Statements that were built once: kept by key in the registry, handed out again while the rules in them are those of the env.

A key says all that the text of a statement depends on: what is asked, the shape of the domain, the roles of the asker, his
language and the portal's. Two users with equal roles may still have rules of different shapes (an empty list in one, ids in
the other), so several statements may be kept under one key, and `fits` picks. Values are never part of it: those of the
domain are numbered, those of rules have names of their own and come from the env.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.orm import access
from app.orm.i18n import portal_lang

if TYPE_CHECKING:
    from app.orm.env import Env
    from app.orm.predicate import Shape


@dataclass(slots=True)
class Compiled:
    """A statement that was built once: its text, how many values it takes, and the rules that it contains."""

    sql: str
    count: int
    rules: dict[tuple[str, str], Shape]
    static: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    def fits(self, env: Env) -> bool:
        """Whether the rules in it are still those of this env."""
        return all(access.rule(env, model, operation).shape == shape for (model, operation), shape in self.rules.items())

    def parameters(self, env: Env, values: list[Any]) -> dict[str, Any]:
        """The values by name, with those of the rules."""
        named: dict[str, Any] = {**self.static}
        for number, value in enumerate(values):
            named[f"p{number}"] = value
        for model, operation in self.rules:
            named.update(access.rule(env, model, operation).params)
        return named


def cached(env: Env, key: Any, build: Callable[[], Compiled]) -> Compiled:
    """The statement of this key, built when there is none that fits."""
    full = (key, env.rights_key, env.lang, portal_lang())
    kept: list[Compiled] = env.registry.statements.setdefault(full, [])
    for compiled in kept:
        if compiled.fits(env):
            return compiled
    compiled = build()
    kept.append(compiled)
    return compiled
