"""Which field of a linked record is read to name it: its own name where that is the label, else the computed one.

A stored name comes with the row; a computed one costs a statement more.
"""

from __future__ import annotations

from typing import Any

from app.orm.env import Env
from app.orm.names import plain_name


def label_field(env: Env, model: str) -> str:
    """The field whose value is the label of these records."""
    field = plain_name(env.registry[model])
    return field.name if field is not None else "display_name"


def linked_names(env: Env, model: str) -> dict[str, Any]:
    """What is read of a linked record to show it as a tag: its label, and its colour where it has one."""
    comodel: Any = env.registry[model]
    return dict.fromkeys(["id", label_field(env, model), *(["colour"] if "colour" in comodel._fields else [])])
