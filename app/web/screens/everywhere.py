"""The search box of the frame: looks through every model with a menu entry and searched fields that the user may read."""

from __future__ import annotations

from app.orm.env import Env
from app.web.screens.site import site

PER_MODEL = 6
SHORTEST = 2
Found = list[tuple[str, list[tuple[str, str]]]]


def find(env: Env, text: str) -> Found:
    """Groups of (address, label) by what the records are called; nothing for less than two characters."""
    if len(text) < SHORTEST:
        return []
    found: Found = []
    for model in dict.fromkeys(entry.model for entry in site().entries):
        cls = env.registry[model]
        searched = any(field.search is True for field in cls._fields.values())
        if searched and env[model].has_access("read"):
            hits = env[model].name_search(text, [], PER_MODEL)
            if hits:
                found.append((site().title(model), [(f"/{model}/{key}", label) for key, label in hits]))
    return found
