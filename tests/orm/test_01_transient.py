"""Rows of transient models go an hour after their last use; a user's saved defaults come before the field's own."""

from __future__ import annotations

from datetime import timedelta

from app.orm import Access, Model, TransientModel, fields, transient
from app.orm.testing import scratch_env


class Wizard(TransientModel):
    """A dialog's values."""

    _name = "wizard"

    name = fields.Char(default="own")
    access = Access(clerk="crud")


class Ship(Model):
    """Something that stays."""

    _name = "ship"

    name = fields.Char(default="own")
    access = Access(clerk="crud")


def test_rows_of_transient_models_go_an_hour_after_their_last_use():
    """Section 1: `TransientModel`: rows purged an hour after the last use."""
    with scratch_env(Wizard, Ship) as env:
        old, fresh = env["wizard"].create([{"name": "old"}, {"name": "fresh"}])
        ship = env["ship"].create({"name": "old"})
        fresh.name = "used again"
        env.flush()
        env.unit.run("UPDATE wizard SET write_date = write_date + interval '61 minutes' WHERE id = %(id)s", {"id": fresh.id})
        env.clear()
        env.unit.now = env.now + timedelta(minutes=61)

        assert transient.purge(env) == 1
        assert not old.exists()
        assert fresh.exists()
        assert ship.exists()


def test_a_saved_default_comes_before_the_fields_own():
    """Section 2: context `default_x`, the user's saved default, the field's default."""
    with scratch_env(Ship, roles=["clerk"]) as env:
        ann, bob = (env.new_user(login, roles=["clerk"]) for login in ("ann", "bob"))
        env.with_user(ann)["saved.default"].create({"user_id": ann.id, "model": "ship", "field": "name", "value": "Ann's"})
        env.clear()

        assert env.with_user(ann)["ship"].create({}).name == "Ann's"
        assert env.with_user(bob)["ship"].create({}).name == "own"
        assert env.with_user(ann)["ship"].with_context(default_name="given").create({}).name == "given"
