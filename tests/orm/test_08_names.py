"""Section 8 and `name_search`: what a user may not read can't be found out by looking for it."""

from __future__ import annotations

from app.orm import Access, Model, fields
from app.orm.testing import scratch_env


class Agent(Model):
    """Somebody with a cover name."""

    _name = "agent"

    name = fields.Char(search=True)
    cover = fields.Char(search=True, read="chief")
    access = Access(chief="crud", clerk="r")


def test_name_search_does_not_tell_fields_of_other_roles():
    """A field that a role may not read is absent everywhere: `name_search` too."""
    with scratch_env(Agent, roles=["chief", "clerk"]) as env:
        agent = env["agent"].create({"name": "Smith", "cover": "canary"})
        clerk = env.with_user(env.new_user("ann", roles=["clerk"]))

        assert clerk["agent"].name_search("smith") == [(agent.id, "Smith")]
        assert clerk["agent"].name_search("canary") == []
        assert clerk["agent"].name_search("canari") == []
