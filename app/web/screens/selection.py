"""What can be done with the selected rows of a list, or with all that its filters find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug.datastructures import MultiDict

from app.orm.env import Env
from app.orm.errors import UserError
from app.orm.i18n import LazyText, _, ngettext
from app.web.screens.listing import Listing

CHUNK = 1000


class InUse(Exception):
    """Some of the selected records can't be deleted; `reason` tells which of them is needed where."""

    def __init__(self, reason: Any) -> None:
        super().__init__(str(reason))
        self.reason = reason


def act(env: Env, listing: Listing, form: MultiDict[str, str]) -> LazyText:
    """Archive, restore or delete; returns what to tell. One unit: all or nothing. Raises `UserError`, `InUse`."""
    what, count = form.get("action", ""), 0
    if what not in {action.name for action in listing.actions()}:
        raise UserError(_("Choose what to do with the selected records."))
    for records in _chosen(listing, form):
        count += len(records)
        if what == "delete":
            _delete(env, records)
        else:
            records.write({"active": what == "restore"})
            env.flush()
    if not count:
        raise UserError(_("Nothing was selected."))
    return _told(what, count)


def _delete(env: Env, records: Any) -> None:
    try:
        records.unlink()
        env.flush()
    except UserError as error:
        raise InUse(error.message) from error


def _chosen(listing: Listing, form: MultiDict[str, str]) -> Iterator[Any]:
    """The records in sets of a bounded size."""
    if form.get("all") == "1":
        ids = listing.records.search(listing.search.domain()).ids
    else:
        wanted = [int(key) for key in form.getlist("id") if key.isdecimal() and len(key) < 19]
        ids = listing.records.with_context(active_test=False).search([("id", "in", wanted)]).ids
    for start in range(0, len(ids), CHUNK):
        yield listing.records.browse(ids[start : start + CHUNK])


def _told(what: str, count: int) -> LazyText:
    texts = {
        "archive": ("%(num)s record archived", "%(num)s records archived"),
        "restore": ("%(num)s record restored", "%(num)s records restored"),
        "delete": ("%(num)s record deleted", "%(num)s records deleted"),
    }
    return ngettext(*texts[what], count)
