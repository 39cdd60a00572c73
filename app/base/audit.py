"""The audit as a model, to be read; rows come only from the flush (`app.orm.audit`).

What was recorded (`changes`) is read by the portal only. Whoever may read the audit is `shown` of it what he could read in the
records themselves: fields that his roles may read, of records that no rule hides from him, links to records that he sees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.orm import Access, Index, Model, api, fields
from app.orm.access import FREE, PUBLIC_NAMES, rule
from app.orm.env import Env
from app.orm.i18n import _

OPERATIONS = [("create", _("Created")), ("write", _("Changed")), ("unlink", _("Deleted")), ("export", _("Exported"))]
SOURCES = [
    ("screen", _("Screen")),
    ("rest", _("REST")),
    ("import", _("Import")),
    ("job", _("Background job")),
    ("command", _("Command")),
    ("code", _("Code")),
]


class Audit(Model):
    """What one unit of work did to one record."""

    _name = "audit"
    _description = _("Audit entry")
    _rec_name = "model"
    _order = "date desc, id desc"
    _audit = False
    _append_only = True
    _partition_by = "date"

    date = fields.Datetime(string=_("When"), required=True, readonly=True)
    model = fields.Char(string=_("Model"), required=True, readonly=True)
    res_id = fields.Integer(string=_("Record"), required=True, readonly=True, aggregator=None)
    uid = fields.Many2one("user", string=_("Who"), readonly=True)
    operation = fields.Selection(OPERATIONS, string=_("What"), required=True, readonly=True)
    source = fields.Selection(SOURCES, string=_("From where"), readonly=True)
    reason = fields.Char(string=_("Reason"), readonly=True)
    revision_after = fields.Integer(string=_("Revision after"), nullable=True, readonly=True, aggregator=None)
    changes = fields.Json(string=_("Changes as recorded"), readonly=True, read="nobody")
    shown = fields.Json(string=_("Changes"), compute="_compute_shown")

    access = Access(auditor="rx", admin="rx")

    _record = Index("(model, res_id, date)")

    @api.depends("changes", "model", "res_id")
    @api.depends_context("uid")
    def _compute_shown(self) -> None:
        recorded = self.sudo("its reader is told what he may know of it").read(["model", "res_id", "changes"])
        rows = [row for row in recorded if row["model"] in self.env.registry]
        visible = _visible(self.env, rows)
        known = {row["id"]: _told(self.env, row, visible) for row in rows if row["res_id"] in visible[row["model"]]}
        for entry in self:
            entry.shown = known.get(entry.id)


def _links(env: Env, row: Mapping[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    """Field, model and ids of the links in a row's changes."""
    declared = env.registry[row["model"]]._fields
    for name, pair in (row["changes"] or {}).items():
        comodel = getattr(declared.get(name), "comodel", None)
        if comodel:
            yield name, comodel, [one for value in pair for one in (value if isinstance(value, list) else [value])]


def _visible(env: Env, rows: list[dict[str, Any]]) -> dict[str, set[Any]]:
    """By model, those of the named ids that the user sees; one statement per model with rules."""
    named: dict[str, set[Any]] = {}
    for row in rows:
        named.setdefault(row["model"], set()).add(row["res_id"])
        for _name, comodel, ids in _links(env, row):
            named.setdefault(comodel, set()).update(ids)
    return {model: _seen(env, model, ids - {None}) for model, ids in named.items()}


def _seen(env: Env, model: str, ids: set[Any]) -> set[Any]:
    """Deleted records can't be asked for any more: they are told only where no rule would have hidden them."""
    if model in PUBLIC_NAMES or rule(env, model, "r").shape == FREE.shape:
        return ids
    if not env[model].has_access("read"):
        return set()
    return set(env[model].with_context(active_test=False).browse(sorted(ids)).exists().ids)


def _told(env: Env, row: Mapping[str, Any], visible: Mapping[str, set[Any]]) -> dict[str, Any]:
    """The changes of one row without what the user may not read."""
    readable = env[row["model"]].fields_get(row["changes"] or {}) if env[row["model"]].has_access("read") else {}
    found = {name: pair for name, pair in (row["changes"] or {}).items() if name in readable}
    for name, comodel, _ids in _links(env, row):
        if name in found:
            found[name] = [_without(value, visible[comodel]) for value in found[name]]
    return found


def _without(value: Any, seen: set[Any]) -> Any:
    """A link, or a list of them, without what is hidden."""
    if isinstance(value, list):
        return [one for one in value if one in seen]
    return value if value in seen else None
