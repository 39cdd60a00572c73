"""orm.md, section 7: a page with its links and their names costs one statement, whoever may see what."""

from __future__ import annotations

from app.orm import Access, CurrentUser, Model, Rule, api, fields

ROLES = ["pilot"]


class Pilot(Model):
    """Its name is made by a method of two columns."""

    _name = "hangar.pilot"
    _description = "Pilot"

    given = fields.Char(required=True)
    family = fields.Char()
    access = Access(pilot="crud")

    @api.depends("given", "family")
    def _compute_display_name(self):
        for pilot in self:
            pilot.display_name = f"{pilot.family or '?'}, {pilot.given}"


class Flight(Model):
    """A line of a plane's book; pilots see their own."""

    _name = "hangar.flight"
    _description = "Flight"
    _order = "number desc"

    number = fields.Integer()
    plane_id = fields.Many2one("hangar.plane", ondelete="cascade")
    user_id = fields.Many2one("user")
    active = fields.Boolean(default=True)
    access = Access(pilot="crud")
    rules = [Rule("pilot", [("number", "<", 100)])]


class Plane(Model):
    """Links in both directions, one of them limited by a domain that names the user."""

    _name = "hangar.plane"
    _description = "Plane"

    name = fields.Char(required=True)
    pilot_id = fields.Many2one("hangar.pilot")
    second_ids = fields.Many2many("hangar.pilot")
    flight_ids = fields.One2many("hangar.flight", "plane_id")
    own_flight_ids = fields.One2many("hangar.flight", "plane_id", domain=[("user_id", "=", CurrentUser)])
    access = Access(pilot="crud")


MODELS = [Pilot, Flight, Plane]


def fleet(env, planes):
    """So many planes, each with a pilot, two second ones and a visible, an archived and a hidden flight."""
    pilots = env["hangar.pilot"].create([{"given": given, "family": "Громов"} for given in ("Anna", "Boris", "Clara")])
    return env["hangar.plane"].create(
        [
            {
                "name": f"plane {number:02}",
                "pilot_id": pilots[number % 3],
                "second_ids": pilots[1:],
                "flight_ids": [
                    (0, 0, {"number": 1}),
                    (0, 0, {"number": 2}),
                    (0, 0, {"number": 3, "active": False}),
                    (0, 0, {"number": 100}),
                ],
            }
            for number in range(planes)
        ]
    )


WANTED = ["name", "pilot_id", "second_ids", "flight_ids"]


def test_a_page_with_links_names_and_members_costs_one_statement(env, as_role):
    """Whatever the number of rows; names made by a method of columns come along."""
    fleet(env, 30)
    mine = as_role("pilot")
    mine["hangar.plane"].search_read([], WANTED, limit=2)
    mine.clear()
    assert mine.roles  # the unit knows its user before anything is counted

    with mine.count_queries() as queries:
        rows = mine["hangar.plane"].search_read([], WANTED, order="name")

    assert len(rows) == 30
    assert rows[1]["pilot_id"]["display_name"] == "Громов, Boris"
    assert queries.total <= 1, queries.statements


def test_a_later_page_is_the_same_as_a_part_of_all(env, as_role):
    """Rules, domain, order and links of a page behind the first."""
    fleet(env, 9)
    planes = as_role("pilot")["hangar.plane"]
    every = planes.search_read([("name", "!=", "plane 03")], WANTED, order="pilot_id desc, name")

    assert len(every) == 8
    assert planes.search_read([("name", "!=", "plane 03")], WANTED, offset=2, limit=3, order="pilot_id desc, name") == every[2:5]
    assert planes.search_read([("name", "!=", "plane 03")], WANTED, offset=6, order="pilot_id desc, name") == every[6:]


def test_members_are_those_that_the_user_sees_in_the_models_order(env, as_role):
    """Archived and hidden ones are left out; the superuser sees what is hidden, `active_test=False` what is archived."""
    plane = fleet(env, 1)
    numbers = {flight.id: flight.number for flight in env["hangar.flight"].with_context(active_test=False).search([])}

    def told(records):
        (row,) = records.search_read([("id", "=", plane.id)], ["flight_ids"])
        return [numbers[each] for each in row["flight_ids"]]

    mine = as_role("pilot")
    assert told(mine["hangar.plane"]) == [2, 1]
    assert told(mine["hangar.plane"].with_context(active_test=False)) == [3, 2, 1]
    assert told(env["hangar.plane"]) == [100, 2, 1]


def test_a_domain_that_names_the_user_is_his_own(env):
    """The kept statement of one user does not hold the values of another, neither in rows nor in records."""
    first, second = env.new_user("first", ["pilot"]), env.new_user("second", ["pilot"])
    plane = env["hangar.plane"].create({"name": "shared"})
    flights = env["hangar.flight"].create(
        [{"plane_id": plane.id, "number": number, "user_id": user} for number, user in enumerate((first, second), 1)]
    )

    for user, flight in ((first, flights[0]), (second, flights[1])):
        own = env.with_user(user)["hangar.plane"].browse(plane.id)
        assert own.search_read([], ["own_flight_ids"])[0]["own_flight_ids"] == [flight.id]
    for user, flight in ((second, flights[1]), (first, flights[0])):
        env.clear()
        assert env.with_user(user)["hangar.plane"].browse(plane.id).own_flight_ids.ids == [flight.id]
