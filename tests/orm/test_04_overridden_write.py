"""orm.md, section 4: attribute assignment and `write` are the same thing, with what a model adds to it."""

from __future__ import annotations

from app.orm import Model, api, fields


class Meter(Model):
    """Notes what `write` was called with."""

    _name = "plant.meter"
    _description = "Meter"

    name = fields.Char(required=True)
    reading = fields.Integer()
    doubled = fields.Integer(compute="_compute_doubled", store=True)
    note = fields.Char()

    @api.depends("reading")
    def _compute_doubled(self):
        for meter in self:
            meter.doubled = meter.reading * 2

    @api.onchange("reading")
    def _onchange_reading(self):
        self.note = f"was {self.reading}"

    def write(self, values, expected=None):
        self.env.seen.append(dict(values))
        if "reading" in values:
            values = {**values, "note": "read"}
        return super().write(values, expected)


MODELS = [Meter]


def test_an_assignment_goes_through_the_models_own_write(env, monkeypatch):
    monkeypatch.setattr(type(env), "seen", seen := [], raising=False)
    meters = env["plant.meter"].create([{"name": "a"}, {"name": "b"}])

    meters.reading = 4
    assert seen == [{"reading": 4}]
    assert meters.mapped("note") == ["read", "read"]
    meters[0]["reading"] = 5
    meters[1].update({"reading": 6})
    assert seen[1:] == [{"reading": 5}, {"reading": 6}]
    assert meters.mapped("doubled") == [10, 12]
    env.flush()
    assert len(seen) == 3  # what a compute assigns is no write


def test_a_draft_fills_in_its_values_directly(env, monkeypatch):
    monkeypatch.setattr(type(env), "seen", seen := [], raising=False)
    draft = env["plant.meter"].new({"name": "a"})

    draft.reading = 7
    assert (draft.reading, draft.doubled, draft.note) == (7, 14, None)
    assert seen == []
