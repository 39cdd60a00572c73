"""What happened to a record, from the audit, in words: who, when, from where, which fields from what to what.

Whoever sees the record sees its history, but only of fields that he may read, and names of linked records only where he
sees those: the entries are read as superuser, everything in them is shown by the user's own rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.orm.env import Env
from app.orm.i18n import LazyText, _
from app.web.screens import formats

SHOWN = 20
LONGEST = 120
DONE: dict[str, LazyText] = {"create": _("created the record"), "write": _("changed"), "unlink": _("deleted the record")}
SOURCES: dict[str, LazyText] = {
    "screen": _("form"),
    "rest": _("REST"),
    "import": _("import"),
    "job": _("job"),
    "command": _("command line"),
    "merge": _("merge"),
}


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


def history(env: Env, model: str, key: int, allowed: Mapping[str, Any]) -> list[Change]:
    """The latest changes of a record that the user sees, newest first; `allowed` are the fields that he may read."""
    entries: Any = env["audit"].sudo("the history of a record that the user sees")
    rows = entries.search_read(
        [("model", "=", model), ("res_id", "=", key)],
        ["uid", "operation", "source", "changes", "date"],
        limit=SHOWN,
        order="date desc, id desc",
    )
    teller = Teller(env, model, allowed)
    teller.learn(rows)
    return [teller.told(row) for row in rows]


class Teller:
    """Turns audit entries into words, with the names that this user may see."""

    def __init__(self, env: Env, model: str, allowed: Mapping[str, Any]) -> None:
        self.env = env
        self.fields: dict[str, Any] = {name: each for name, each in env.registry[model]._fields.items() if name in allowed}
        self.names: dict[str, dict[int, str]] = {}
        self.shows: dict[str, formats.Render] = {}

    def learn(self, rows: list[dict[str, Any]]) -> None:
        """Read the names of all users and linked records at once: one statement per model."""
        wanted: dict[str, set[int]] = {"user": {key for row in rows if (key := _user_id(row["uid"]))}}
        for row in rows:
            for name, pair in (row["changes"] or {}).items():
                declared = self.fields.get(name)
                if declared is not None and declared.type in ("many2one", "many2many"):
                    wanted.setdefault(declared.comodel, set()).update(key for value in pair for key in _ids(value))
        for model, keys in wanted.items():
            records: Any = self.env[model].with_context(active_test=False)
            if keys and (model == "user" or records.has_access("read")):
                found = records.browse(sorted(keys)).read(["display_name"])
                self.names[model] = {row["id"]: str(row["display_name"]) for row in found}

    def told(self, row: dict[str, Any]) -> Change:
        """One entry in words."""
        who = self.names.get("user", {}).get(_user_id(row["uid"]), str(_("The portal")))
        changes = row["changes"] or {} if row["operation"] == "write" else {}
        return Change(
            who=who,
            initials="".join(word[0] for word in who.split()[:2]).upper(),
            what=str(DONE.get(row["operation"], row["operation"])),
            when=formats.moment(row["date"], self.env.lang, str(self.env.tz)),
            source=str(SOURCES.get(row["source"], "")),
            lines=[self._line(name, *pair) for name, pair in changes.items() if name in self.fields],
        )

    def _line(self, name: str, old: Any, new: Any) -> ChangedField:
        declared = self.fields[name]
        return ChangedField(str(declared.string), self._shown(declared, old), self._shown(declared, new))

    def _shown(self, declared: Any, value: Any) -> str:
        if value is None or value in ("", []):
            return ""
        if declared.type in ("many2one", "many2many"):
            known = self.names.get(declared.comodel, {})
            return ", ".join(known[key] for key in _ids(value) if key in known)
        if declared.type == "boolean":
            return str(_("yes") if value else _("no"))
        if isinstance(value, dict) and declared.translate:
            value = value.get(self.env.lang) or next(iter(value.values()), "")
        show = self.shows.get(declared.name)
        if show is None:
            choices = dict(declared.choices(self.env)) if declared.type == "selection" else None
            show = self.shows[declared.name] = formats.plain(declared, self.env.lang, str(self.env.tz), choices)
        text = str(show(_number(declared, value)))
        return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _number(declared: Any, value: Any) -> Any:
    """Decimals stand as text in JSON."""
    return float(value) if declared.type == "float" and isinstance(value, str) else value


def _user_id(value: Any) -> int:
    return value["id"] if isinstance(value, dict) else value or 0


def _ids(value: Any) -> list[int]:
    if isinstance(value, dict):
        return [value["id"]] if "id" in value else []
    return [value] if isinstance(value, int) else [key for key in value or () if isinstance(key, int)]
