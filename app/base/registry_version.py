"""One row for every change of rights, rules or declarations made while the portal runs.

Every unit of work reads the highest id in its first statement; a process that finds a higher one than its own reads anew.
"""

from __future__ import annotations

from app.orm import Access, Model, fields
from app.orm.i18n import _


class RegistryVersion(Model):
    """A change that every process has to notice."""

    _name = "registry.version"
    _description = _("Registry version")
    _rec_name = "reason"
    _audit = False

    reason = fields.Char(string=_("Reason"))

    access = Access()
