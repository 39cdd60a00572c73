"""orm.md, section 4: create, write and x2many commands."""

from __future__ import annotations

import pytest

from app.orm import Command, ValidationError
from tests.orm.garage import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


@pytest.fixture
def car(env):
    """A car with four seats."""
    return env["car"].create({"name": "Lada", "seats": 4})


def sent(env, action):
    """How many statements an action and its flush send."""
    env.flush()
    with env.count_queries() as queries:
        action()
        env.flush()
    return queries.total


def test_create_returns_records_in_the_given_order(env):
    """`create(dict | list)` returns records in the given order."""
    cars = env["car"].create([{"name": "c"}, {"name": "a", "seats": 2}, {"name": "b"}])

    assert cars.mapped("name") == ["c", "a", "b"]
    assert len(env["car"].create({"name": "one"})) == 1
    assert cars.ids == sorted(cars.ids)


def test_creating_nothing_gives_nothing(env):
    """`[]` gives an empty recordset."""
    assert env["car"].create([]) == env["car"]


def test_unknown_fields_are_a_value_error_everywhere(env, car):
    """Unknown field in create, write, read, order or domain: `ValueError` "Invalid field 'x' on thing"."""
    attempts = [
        lambda: env["car"].create({"name": "x", "wings": 2}),
        lambda: env["car"].create([{"name": "x"}, {"name": "y", "wings": 2}]),
        lambda: car.write({"wings": 2}),
        lambda: car.update({"wings": 2}),
        lambda: car.read(["wings"]),
        lambda: env["car"].search_read([], ["wings"]),
        lambda: env["car"].search([], order="wings"),
        lambda: env["car"].search([("wings", "=", 2)]),
        lambda: env["car"].search_count([("wings", "=", 2)]),
        lambda: car.filtered_domain([("wings", "=", 2)]),
        lambda: env["car"].read_group([], ["wings"], ["__count"]),
    ]
    for attempt in attempts:
        with pytest.raises(ValueError, match="Invalid field 'wings' on car"):
            attempt()


def test_an_unknown_field_at_the_end_of_a_path_names_its_model(env):
    """Unknown field in … domain: the model is the path's."""
    with pytest.raises(ValueError, match="Invalid field 'wings' on owner"):
        env["car"].search([("owner_id.wings", "=", 2)])


def test_base_values_are_ignored(env, car):
    """`id`, `create_*`, `write_*` in values are ignored."""
    other = env["car"].create({"name": "x", "id": 4711, "create_uid": 4711, "write_date": "1999-01-01"})
    env.flush()

    assert other.id != 4711
    assert other.create_uid == env.user
    assert other.write_date == env.now
    car.write({"id": 5, "create_date": "1999-01-01", "seats": 6})
    assert car.exists()
    assert car.create_date == env.now


def test_a_batch_costs_a_fixed_number_of_statements(env):
    """One batch of n creates costs a fixed number of statements per 1,000 rows, not per row."""
    ten, thousand = (
        sent(env, lambda n=n: env["car"].create([{"name": f"x{i}", "seats": i} for i in range(n)])) for n in (10, 1000)
    )

    assert thousand <= ten + 2
    assert ten <= 10


def test_a_batch_with_lines_costs_a_fixed_number_of_statements(env):
    """One batch of n creates, with lines and links."""
    badge = env["badge"].create({"name": "gold"})

    def make(n):
        lines = [Command.create({"name": "w"})] * 2
        return [{"name": f"x{i}", "wheel_ids": lines, "badge_ids": [badge.id]} for i in range(n)]

    few, many = (sent(env, lambda n=n: env["car"].create(make(n))) for n in (5, 300))
    assert many <= few + 2


def test_a_batch_is_all_or_nothing(env):
    """All or nothing."""
    env["car"].create({"name": "first", "plate": "A1"})
    before = env["car"].search_count([])
    with pytest.raises(ValidationError), env.savepoint():
        env["car"].create([{"name": "a"}, {"name": "b", "plate": "A1"}])
        env.flush()

    assert env["car"].search_count([]) == before


def test_nothing_is_sent_before_a_flush(env, car):
    """`write(dict)`, attribute assignment and `update` …: nothing is sent before a flush."""
    env.flush()
    assert car.seats == 4

    with env.count_queries() as queries:
        car.write({"seats": 5})
        car.seats = 6
        car.update({"seats": 7})
        assert car.seats == 7
    assert queries.total == 0


def test_three_ways_of_writing_are_the_same(env, car):
    """`write(dict)`, attribute assignment and `update` are the same thing."""
    car.write({"seats": 5})
    assert car.seats == 5
    car.update({"seats": 6})
    assert car.seats == 6
    car.seats = 7
    assert car.seats == 7
    env.clear()
    assert car.seats == 7


def test_a_search_on_the_field_flushes_first(env, car):
    """A search on the field flushes first and finds the new value."""
    car.seats = 9

    assert env["car"].search([("seats", "=", 9)]) == car
    assert not env["car"].search([("seats", "=", 4)])


def test_a_search_along_a_path_flushes_first(env, car):
    """A search on the field flushes first: on a path as well."""
    owner = env["owner"].create({"name": "Ann"})
    car.owner_id = owner
    env.flush()
    owner.city = "Perm"

    assert env["car"].search([("owner_id.city", "=", "Perm")]) == car


def test_an_order_and_a_group_flush_first(env):
    """A search on the field flushes first: order and groups too."""
    one, two = env["car"].create([{"name": "a"}, {"name": "b"}])
    env.flush()
    one.seats, two.seats = 9, 1

    assert env["car"].search([], order="seats").ids == [two.id, one.id]
    one.seats, two.seats = 1, 1
    assert [row["seats"] for row in env["car"].read_group([], ["seats"], ["__count"])] == [1]


def test_setting_the_same_value_sends_nothing(env, car):
    """Setting the same value sends nothing and leaves `write_date`."""
    env.flush()
    before = car.write_date, car.revision

    assert sent(env, lambda: car.write({"seats": 4, "name": " Lada ", "owner_id": None})) == 0
    assert (car.write_date, car.revision) == before


def test_writing_many_records_costs_few_statements(env):
    """Nothing is sent before a flush; a flush groups."""
    cars = env["car"].create([{"name": f"x{i}"} for i in range(200)])

    def change():
        for n, car in enumerate(cars):
            car.seats = n + 1

    assert sent(env, change) <= 5


def test_many2many_sides_agree_at_once(env, car):
    """A many2many's other side is right at once."""
    badge = env["badge"].create({"name": "gold"})
    assert not badge.car_ids
    car.badge_ids = [Command.link(badge.id)]
    assert badge.car_ids == car

    badge.car_ids = [Command.unlink(car.id)]
    assert not car.badge_ids
    badge.car_ids = car
    env.clear()
    assert car.badge_ids == badge


def test_one2many_and_many2one_agree_at_once(env, car):
    """x2many values: the line's many2one and the parent's list are one thing."""
    owner, other = env["owner"].create([{"name": "Ann"}, {"name": "Bob"}])
    assert not owner.car_ids
    car.owner_id = owner
    assert owner.car_ids == car
    car.owner_id = other
    assert not owner.car_ids
    assert other.car_ids == car
    owner.car_ids = [Command.link(car.id)]
    assert car.owner_id == owner
    assert not other.car_ids


def test_create_command_makes_lines(env, car):
    """`Command.create(vals)`."""
    car.wheel_ids = [Command.create({"name": "left"}), Command.create({"name": "right"})]

    assert car.wheel_ids.mapped("name") == ["left", "right"]
    assert env["wheel"].search([("car_id", "=", car)]) == car.wheel_ids


def test_nested_create_makes_the_whole_tree(env):
    """`Command.create(vals)` in create, nested."""
    owner = env["owner"].create(
        {"name": "Ann", "car_ids": [Command.create({"name": "Lada", "wheel_ids": [Command.create({"name": "w"})]})]}
    )

    assert owner.car_ids.wheel_ids.name == "w"
    assert owner.car_ids.owner_id == owner


def test_update_and_delete_commands_change_lines(env, car):
    """`update(id, vals)`, `delete(id)`."""
    car.wheel_ids = [Command.create({"name": "left"}), Command.create({"name": "right"})]
    left, right = car.wheel_ids
    car.wheel_ids = [Command.update(left.id, {"name": "spare"}), Command.delete(right.id)]

    assert left.name == "spare"
    assert not right.exists()
    assert car.wheel_ids == left


def test_unlinking_keeps_a_child_whose_inverse_is_set_null(env, car):
    """One2many `unlink` with an inverse of "set null" keeps the child."""
    car.wheel_ids = [Command.create({"name": "left"})]
    wheel = car.wheel_ids
    car.wheel_ids = [Command.unlink(wheel.id)]

    assert wheel.exists()
    assert not wheel.car_id
    assert not car.wheel_ids


def test_unlinking_deletes_a_child_whose_inverse_cascades(env, car):
    """With "cascade" deletes it."""
    car.bolt_ids = [Command.create({"name": "m8"})]
    bolt = car.bolt_ids
    car.bolt_ids = [Command.unlink(bolt.id)]

    assert not bolt.exists()
    assert not car.bolt_ids


@pytest.mark.parametrize("value", [None, [], [Command.clear()], [Command.set([])]])
def test_clearing_empties(env, car, value):
    """`clear()`, or `None` (= clear), or an empty list (= set)."""
    car.wheel_ids = [Command.create({"name": "left"})]
    car.badge_ids = [Command.create({"name": "gold"})]
    wheel, badge = car.wheel_ids, car.badge_ids
    car.write({"wheel_ids": value, "badge_ids": value})

    assert not car.wheel_ids
    assert not car.badge_ids
    assert wheel.exists()
    assert badge.exists()


def test_a_plain_list_of_ids_is_set(env, car):
    """A plain list of ids (= set)."""
    one, two, three = env["badge"].create([{"name": n} for n in "123"])
    car.badge_ids = [one.id, two.id]
    car.badge_ids = [two.id, three.id]
    assert car.badge_ids == two | three

    car.badge_ids = [Command.set([one.id])]
    assert car.badge_ids == one


def test_a_list_of_ids_sets_a_one2many(env, car):
    """A plain list of ids (= set), for lines."""
    one, two = env["wheel"].create([{"name": "1"}, {"name": "2"}])
    car.wheel_ids = [one.id]
    car.wheel_ids = [two.id]

    assert car.wheel_ids == two
    assert not one.car_id


def test_commands_run_in_their_order(env, car):
    """x2many values: several commands, one after the other."""
    one = env["badge"].create({"name": "1"})
    car.badge_ids = [Command.link(one.id), Command.clear(), Command.create({"name": "2"})]

    assert car.badge_ids.mapped("name") == ["2"]


def test_linking_twice_links_once(env, car):
    """`link(id)`: a set."""
    one = env["badge"].create({"name": "1"})
    car.badge_ids = [Command.link(one.id), Command.link(one.id)]
    car.badge_ids = [Command.link(one.id)]
    env.clear()

    assert len(car.badge_ids) == 1


def test_delete_of_a_many2many_deletes_the_record(env, car):
    """`delete` always deletes."""
    car.badge_ids = [Command.create({"name": "gold"})]
    badge = car.badge_ids
    car.badge_ids = [Command.delete(badge.id)]

    assert not badge.exists()
    assert not car.badge_ids


def test_a_set_of_records_takes_the_commands_each(env):
    """Assigning on a set assigns to all: each gets its lines."""
    cars = env["car"].create([{"name": "a"}, {"name": "b"}])
    cars.wheel_ids = [Command.create({"name": "w"})]

    assert [len(car.wheel_ids) for car in cars] == [1, 1]
