"""One row for every change of rights, rules or declarations made while the portal runs.

Every unit of work reads the highest id in its first statement; a process that finds a higher one than its own reads anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.orm import Access, Model, fields
from app.orm.i18n import _
from app.orm.locking import in_turn


class RegistryVersion(Model):
    """A change that every process has to notice."""

    _name = "registry.version"
    _description = _("Registry version")
    _rec_name = "reason"
    _audit = False

    reason = fields.Char(string=_("Reason"))

    access = Access()

    def create(self, values: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Any:
        """One change after the other: were a higher id committed first, nobody would notice the lower one."""
        in_turn(self.env, "registry version")
        return super().create(values)
