"""What happened to a record, from the audit, in words: who, when, from where, which fields from what to what."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One field of a change."""

    label: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the history."""

    who: str
    initials: str
    what: str
    when: str
    source: str = ""
    lines: list[ChangedField] = field(default_factory=list)


def history(env, model, key) -> None:
    return None
