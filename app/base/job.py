"""The row of a job: order, progress and outcome in one.

It is the outbox: written in the unit that wants the work done, so that both are committed or neither.
Workers and the reconciler (``app.jobs``) find here what is due; Redis only speeds that up.
"""

from __future__ import annotations

from app.orm import Access, CurrentUser, Index, Model, Rule, UserError, api, fields
from app.orm.i18n import _

STATES = [
    ("waiting", _("Waiting")),
    ("running", _("Running")),
    ("done", _("Done")),
    ("failed", _("Failed")),
    ("cancelled", _("Cancelled")),
]


class Job(Model):
    """Work that runs in the background, with its progress and its result."""

    _name = "job"
    _description = _("Background job")
    _order = "id desc"
    _audit = False

    name = fields.Char(string=_("Function"), required=True, readonly=True, index=True)
    queue = fields.Char(string=_("Queue"), required=True, readonly=True, default="default")
    args = fields.Json(string=_("Arguments"), readonly=True)
    state = fields.Selection(STATES, string=_("State"), required=True, readonly=True, default="waiting")
    progress = fields.Integer(string=_("Done so far"), readonly=True)
    total = fields.Integer(string=_("Of"), readonly=True, default=1)
    uid = fields.Many2one(
        "user", string=_("Started by"), readonly=True, index=True, ondelete="cascade",
        help=_("The job may do what this user may do when it runs."),
    )  # fmt: skip
    attempts = fields.Integer(string=_("Tries"), readonly=True)
    run_after = fields.Datetime(string=_("Not before"), readonly=True, required=True)
    lease_until = fields.Datetime(
        string=_("Held until"), readonly=True, help=_("After this time the worker counts as dead, and another goes on.")
    )
    finished_at = fields.Datetime(string=_("Finished"), readonly=True)
    error = fields.Text(string=_("Error"), readonly=True)
    result = fields.Json(string=_("Result"), readonly=True)

    access = Access(admin="r", clerk="r", sales="r", reception="r", manager="r", auditor="r")
    rules = [
        Rule("admin", []),
        *(Rule(role, [("uid", "=", CurrentUser)]) for role in ("clerk", "sales", "reception", "manager", "auditor")),
    ]

    _due = Index("(run_after)", where="state IN ('waiting', 'running')")

    @api.action
    def cancel(self) -> None:
        """Cancels what has not ended: a running unit is undone, finished ones stay."""
        if self.filtered(lambda row: row.state not in ("waiting", "running")):
            raise UserError(_("Only a job that waits or runs can be cancelled."))
        self.exists().sudo("who sees a job may cancel it").write(
            {"state": "cancelled", "finished_at": self.env.now, "lease_until": None}
        )

    @api.action
    def retry(self) -> None:
        """Puts a failed or cancelled job into the queue again; it goes on where it stopped."""
        if self.filtered(lambda row: row.state not in ("failed", "cancelled")):
            raise UserError(_("Only a failed or cancelled job can be started again."))
        self.exists().sudo("who sees a job may start it again").write(
            {"state": "waiting", "attempts": 0, "run_after": self.env.now, "error": None, "finished_at": None}
        )
