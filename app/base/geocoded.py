"""What a model inherits to be placed on the map in the background.

An heir brings `name`, its address in one line, and `_geocode_query`. After every change of the name a
job is written in the same transaction; saving neither waits for the geocoder nor fails with it. Which
state a record is in follows from comparing its name with the text that its point was found for, so
that no change can be missed. A point placed by a person is never overwritten, only marked stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.jobs import MOST_IDS, job
from app.orm import AbstractModel, api, fields
from app.orm.i18n import _
from app.services import Match, Query

ACCURACIES = [
    ("manual", _("Placed by hand")),
    ("house", _("House")),
    ("interpolated", _("Neighbouring house")),
    ("street", _("Street")),
    ("town", _("Town")),
]
STATES = [
    ("waiting", _("Waiting")),
    ("done", _("Found")),
    ("not_found", _("Not found")),
    ("manual", _("Placed by hand")),
    ("stale", _("Stale: the address has changed")),
]
AT_ONCE = 500
"""Records per unit of the job."""


class Geocoded(AbstractModel):
    """A record with an address that the geocoder finds the point of."""

    _name = "geocoded"
    _description = _("Place on the map")

    point = fields.GeoPoint(string=_("Point on the map"), tracking=True)
    accuracy = fields.Selection(ACCURACIES, string=_("Accuracy"), readonly=True)
    geocode_source = fields.Char(string=_("Source of the point"), readonly=True)
    geocode_score = fields.Float(string=_("Likeness"), readonly=True, digits=(3, 2), aggregator=None)
    placed_by_hand = fields.Boolean(string=_("Placed by hand"), readonly=True)
    located_text = fields.Char(
        string=_("Address of the point"), readonly=True, help=_("The address as it was when the point was found.")
    )
    geocode_state = fields.Selection(
        STATES, string=_("State of the point"), compute="_compute_geocode_state", store=True, index=True
    )

    @api.depends("name", "located_text", "placed_by_hand", "accuracy")
    def _compute_geocode_state(self) -> None:
        for record in self:
            is_same = record.located_text == record.name
            if record.placed_by_hand:
                record.geocode_state = "manual" if is_same else "stale"
            elif is_same and record.name:
                record.geocode_state = "done" if record.accuracy else "not_found"
            else:
                record.geocode_state = "waiting"

    def _geocode_query(self) -> Query:
        """What the geocoder is asked for this record; heirs that know the parts give them."""
        return Query(line=self.name)

    def create(self, values: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Any:
        """Creates records; a point that is given counts as placed by hand."""
        rows = [values] if isinstance(values, Mapping) else list(values)
        made = super().create([self._with_source(row) for row in rows])
        self._note_text(made.filtered("placed_by_hand"))
        return made

    def write(self, values: Mapping[str, Any], expected: int | None = None) -> bool:
        """Writes values; a new point counts as placed by hand, None gives it back to the geocoder.

        The point that is there already, as programs send back what they have read, is nobody's decision.
        """
        row = {name: value for name, value in values.items() if name != "point" or not self._is_placed_at(value)}
        row = self._with_source(row)
        super().write(row, expected)
        if row.get("placed_by_hand"):
            self._note_text(self)
        return True

    def _is_placed_at(self, point: Any) -> bool:
        field = self._fields["point"]
        wanted = field.normalise(point, self.env)
        return all(field.normalise(record.point, self.env) == wanted for record in self)

    def _with_source(self, values: Mapping[str, Any]) -> dict[str, Any]:
        row = dict(values)
        if "point" in row and not self.env.context.get("geocoding"):
            is_given = bool(row["point"])
            row |= {"placed_by_hand": is_given, "accuracy": "manual" if is_given else None}
            row |= {"geocode_source": None, "geocode_score": 0}
            if not is_given:
                row["located_text"] = None
        return row

    def _note_text(self, records: Any) -> None:
        for record in records:
            record.located_text = record.name

    @api.constrains("name", "placed_by_hand")
    def _ask_geocoder(self) -> None:
        """No check, but called exactly where one is: whatever way the address changed, by recomputation too."""
        self.filtered(lambda record: record.geocode_state == "waiting" and record.name)._enqueue()

    def _enqueue(self) -> None:
        for start in range(0, len(self), MOST_IDS):
            geocode_records.join(self.env, self[start : start + MOST_IDS].ids, model=self._name)

    @api.model
    def geocode_waiting(self) -> int:
        """Asks again for every record without a point, as after a first load of the gazetteer; how many there are."""
        waiting = self.search([("geocode_state", "=", "waiting"), ("name", "!=", None)])
        lost = self.search([("geocode_state", "=", "not_found")])
        lost.write({"located_text": None})
        (waiting | lost)._enqueue()
        return len(waiting) + len(lost)

    def _place(self, matches: Sequence[Match]) -> None:
        """Writes the geocoder's answers; they follow from the text, so whoever could write that needs no more rights."""
        placed = self.sudo("the geocoder places what was saved").with_context(geocoding=True)
        for record, match in zip(placed, matches, strict=True):
            place = match.place
            record.write(
                {
                    "point": (place.longitude, place.latitude) if place else None,
                    "accuracy": match.accuracy if place else None,
                    "geocode_source": place.source if place else None,
                    "geocode_score": match.score,
                    "located_text": record.name,
                }
            )


@job(chunk=AT_ONCE)
def geocode_records(env: Any, model: str, ids: list[int]) -> None:
    """Places those of the records that still wait for it; a second run finds nothing to do."""
    waiting = env[model].browse(ids).exists().filtered(lambda record: record.geocode_state == "waiting")
    if waiting:
        waiting._place(env.services.geocoder.locate([record._geocode_query() for record in waiting]))
