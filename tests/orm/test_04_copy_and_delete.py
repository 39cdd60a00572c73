"""orm.md, section 4: copies, deletes, `_inherits` and what a refused batch says."""

from __future__ import annotations

import pytest

from app.orm import AccessError, AppError, Command, Model, UserError, ValidationError, fields
from app.orm.testing import scratch_env
from tests.orm.garage import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


@pytest.fixture
def car(env):
    """A car with four seats."""
    return env["car"].create({"name": "Lada", "seats": 4})


def test_copy_renames_and_keeps(env, car):
    """`copy(overrides)`: "name (copy)" on the `_rec_name`, many2many kept."""
    badge = env["badge"].create({"name": "gold"})
    owner = env["owner"].create({"name": "Ann"})
    car.write({"badge_ids": badge, "owner_id": owner, "serial": "s1", "rating": 9})
    twin = car.copy()

    assert twin != car
    assert twin.with_context(lang="en").name == "Lada (copy)"
    assert (twin.seats, twin.owner_id, twin.badge_ids) == (4, owner, badge)


def test_copy_renames_a_translated_label_in_each_language():
    """`copy(overrides)`: "name (copy)" on the `_rec_name`."""

    class Stage(Model):
        _name = "stage"
        name = fields.Char(translate=True)

    with scratch_env(Stage) as env:
        stage = env["stage"].create({"name": {"en": "Open", "ru": "Открыто"}})
        twin = stage.copy()

        assert twin.with_context(lang="en").name == "Open (copy)"
        assert twin.with_context(lang="ru").name == "Открыто (копия)"


def test_copy_leaves_lines_and_uncopied_fields_out(env, car):
    """One2many dropped unless `copy=True`, `copy=False` … left out."""
    car.write({"serial": "s1", "wheel_ids": [Command.create({"name": "w"})], "bolt_ids": [Command.create({"name": "b"})]})
    twin = car.copy()

    assert twin.serial is None
    assert not twin.wheel_ids
    assert twin.bolt_ids.mapped("name") == ["b"]
    assert twin.bolt_ids != car.bolt_ids
    assert len(car.bolt_ids) == 1


def test_copy_takes_computed_fields_only_when_editable(car):
    """Computed fields left out, unless stored and editable."""
    car.rating = 9
    twin = car.copy({"name": "Twin"})

    assert twin.name == "Twin"
    assert twin.rating == 9
    assert car.copy({"seats": 2}).seat_price == 200


def test_unlink_runs_the_checks(env, car):
    """`unlink()` runs `@api.ondelete` checks."""
    car.name = "precious"

    with pytest.raises(UserError, match="precious"), env.savepoint():
        car.unlink()
    assert car.exists()


def test_unlink_of_a_closure_runs_checks_and_follows_cascades(env, car):
    """`unlink` walks the closure of cascades itself."""
    car.write({"bolt_ids": [Command.create({"name": "b"})], "wheel_ids": [Command.create({"name": "w"})]})
    bolt, wheel = car.bolt_ids, car.wheel_ids
    assert car.unlink() is True

    assert not bolt.exists()
    assert wheel.exists()
    assert not wheel.car_id


def test_a_refused_delete_names_model_number_and_examples(env, car):
    """A refused delete names the referring model, how many, and examples that the user may see."""
    env["repair"].create([{"name": f"Repair {n}", "car_id": car} for n in range(3)])

    with pytest.raises(AppError) as caught, env.savepoint():
        car.unlink()
        env.flush()

    text = str(caught.value)
    assert "3" in text
    assert "Repair" in text
    assert caught.value.status == 422
    assert car.exists()


def test_inherits_creates_the_parent(env):
    """`_inherits`: creating the child creates the parent."""
    taxi = env["taxi"].create({"name": "Cab", "seats": 3, "meter": 7})

    assert taxi.car_id.name == "Cab"
    assert taxi.seats == 3
    assert env["car"].search([("name", "=", "Cab")]) == taxi.car_id


def test_inherits_reads_and_writes_through(env):
    """The parent's fields read and write through."""
    taxi = env["taxi"].create({"name": "Cab", "seats": 3})
    taxi.write({"name": "Cabriolet", "meter": 9})
    taxi.wheel_ids = [Command.create({"name": "w"})]

    assert taxi.car_id.name == "Cabriolet"
    assert taxi.car_id.wheel_ids.name == "w"
    taxi.car_id.seats = 8
    assert taxi.seats == 8
    assert env["taxi"].search([("seats", "=", 8), ("name", "=like", "Cab%")], order="name") == taxi


def test_inherits_with_a_given_parent_creates_none(env, car):
    """Passing `party_id` creates none."""
    before = env["car"].search_count([])
    taxi = env["taxi"].create({"car_id": car.id, "meter": 1})

    assert env["car"].search_count([]) == before
    assert taxi.name == "Lada"


def test_deleting_the_child_keeps_the_parent(env):
    """Deleting the child keeps the parent."""
    taxi = env["taxi"].create({"name": "Cab"})
    car = taxi.car_id
    taxi.unlink()

    assert car.exists()
    assert car.name == "Cab"


def test_two_parents_take_their_values_each(env):
    """`_inherits` with two parents."""
    driver = env["driver"].create({"owner_id": env["owner"].create({"name": "Ann"}), "licence": "B"})
    other = env["driver"].create({"city": "Perm", "owner_id": env["owner"].create({"name": "Eve"}).id})

    assert driver.badge_id
    assert (driver.city, driver.name) == ("Omsk", "Ann")
    assert other.owner_id.city == "Perm"


def test_the_parents_defaults_hold(env):
    """Default order: … the `_inherits` parent's."""
    owner = env["owner"].create({"name": "x"})

    assert env["driver"].create({"owner_id": owner}).city == "Omsk"
    assert env["driver"].with_context(default_licence="C").create({"owner_id": owner}).licence == "C"


def test_the_parents_rules_apply(env, as_role):
    """`_inherits`: the parent's rules apply."""
    shown, hidden = env["owner"].create([{"name": "Ann"}, {"name": "Eve", "secret": True}])
    drivers = env["driver"].create([{"owner_id": shown}, {"owner_id": hidden}])
    env.flush()

    assert as_role("mechanic")["driver"].search([]).ids == [drivers[0].id]


def test_a_missing_required_value_names_its_field(env):
    """A missing required value: `ValidationError` naming the field, at the latest on flush."""
    for values in ({}, {"name": None}, {"name": "  "}):
        with pytest.raises(ValidationError) as caught, env.savepoint():
            env["car"].create(values)
            env.flush()
        assert caught.value.field == "name"


def test_emptying_a_required_value_names_its_field(env, car):
    """A missing required value: on write."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        car.name = ""
        env.flush()
    assert caught.value.field == "name"
    assert car.name == "Lada"


def test_a_missing_required_link_names_its_field(env):
    """A missing required value: a many2one."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["bolt"].create({"name": "b"})
        env.flush()
    assert caught.value.field == "car_id"


def test_a_failing_batch_names_row_field_and_value(env):
    """A failing batch names index, field and value of the bad row."""
    env["car"].create({"name": "old", "plate": "B777"})
    rows = [{"name": f"n{n}", "plate": f"A{n}"} for n in range(5)]
    rows[3]["plate"] = "B777"
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["car"].create(rows)
        env.flush()

    assert (caught.value.index, caught.value.field) == (3, "plate")
    assert "B777" in str(caught.value)
    assert caught.value.errors[0]["index"] == 3


def test_a_failing_batch_names_duplicates_inside(env):
    """Duplicates inside the batch included."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["car"].create([{"name": "a", "plate": p} for p in ("X1", "X2", "X1")])
        env.flush()

    assert (caught.value.index, caught.value.field) == (2, "plate")
    assert "X1" in str(caught.value)


def test_a_failing_batch_names_the_row_without_a_required_value(env):
    """A failing batch names index, field."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["car"].create([{"name": "a"}, {"name": "b"}, {"seats": 3}])
        env.flush()

    assert (caught.value.index, caught.value.field) == (2, "name")


def test_a_link_to_nothing_is_refused(env, car):
    """A link to a record that is not there never reaches the database."""
    with pytest.raises((AppError, AccessError)), env.savepoint():
        car.owner_id = 2_000_000_000
        env.flush()


def test_a_deleted_pending_change_sends_nothing(env, car):
    """`unlink()` of a record with a pending change."""
    car.seats = 11
    car.unlink()
    env.flush()

    assert not env["car"].search([("seats", "=", 11)])
