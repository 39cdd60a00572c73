"""orm.md, section 6: dates, archived rows, distances; values are bound and names looked up."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.orm.zoo import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


def found(env, domain, model="animal"):
    """What a search finds; in Python the same must hold, for saved values and for pending ones."""
    everything = env[model].search([])
    result = env[model].search(domain)
    assert everything.filtered_domain(domain) == result, f"Python and SQL differ on {domain}"
    env.clear()
    assert everything.filtered_domain(domain) == result, f"Python and SQL differ on {domain} after a flush"
    assert env[model].search_count(domain) == len(result)
    return result


def test_words_for_dates(env):
    """Dates: "today", "today -1d", "monday", "month_start" as values."""
    today = datetime.now(env.zone if hasattr(env, "zone") else None).date()
    monday = today - timedelta(days=today.weekday())
    animals = env["animal"].create(
        [{"born": today}, {"born": today - timedelta(days=1)}, {"born": today.replace(day=1)}, {"born": monday}]
    )

    for word, day in (("today", 0), ("today -1d", 1)):
        assert found(env, [("born", "=", word)]) == animals.filtered(lambda a, d=day: a.born == today - timedelta(days=d))
    assert found(env, [("born", "=", "monday")]) == animals.filtered(lambda a: a.born == monday)
    assert found(env, [("born", "=", "month_start")]) == animals.filtered(lambda a: a.born.day == 1)
    assert found(env, [("born", ">", "today")]) == env["animal"]


def test_parts_of_dates(env):
    """`date.month_number = 5`, `date.year_number = 2026`."""
    may, june, old, never = env["animal"].create(
        [{"born": "2026-05-03"}, {"born": "2026-06-03"}, {"born": "2020-05-03"}, {"name": "never"}]
    )

    assert found(env, [("born.month_number", "=", 5)]) == may | old
    assert found(env, [("born.year_number", "=", 2026)]) == may | june
    assert found(env, [("born.year_number", ">", 2020)]) == may | june
    assert found(env, [("born.month_number", "in", [6, 7])]) == june
    assert found(env, [("born.month_number", "!=", 5)]) == june | never


def test_a_datetime_compared_with_a_date_means_the_users_day(env):
    """22:30 UTC on 1 June is 2 June in Brussels."""
    seen = env["animal"].create({"seen": "2026-06-01 22:30:00"})
    brussels, utc = (seen.with_context(tz=zone).env for zone in ("Europe/Brussels", "UTC"))

    for operator, value, zone in (
        ("=", "2026-06-02", brussels),
        ("=", date(2026, 6, 2), brussels),
        ("=", "2026-06-01", utc),
        (">=", "2026-06-02", brussels),
        (">", "2026-06-01", brussels),
        ("<=", "2026-06-01", utc),
        ("<", "2026-06-02", utc),
        ("!=", "2026-06-01", brussels),
        ("in", ["2026-06-02"], brussels),
    ):
        assert found(zone, [("seen", operator, value)]) == seen, (operator, value)
        assert not found(zone, ["!", ("seen", operator, value)])
    assert not found(brussels, [("seen", "=", "2026-06-01")])
    assert not found(utc, [("seen", ">", "2026-06-01")])
    assert found(brussels, [("seen.month_number", "=", 6)]) == seen


def test_archived_rows_are_left_out(env):
    """`active`: archived rows are left out of searches … unless the domain has an `active` leaf or the context."""
    here, gone = env["animal"].create([{"name": "here"}, {"name": "gone", "active": False}])

    assert env["animal"].search([]) == here
    assert env["animal"].search_count([]) == 1
    assert env["animal"].search([("active", "=", False)]) == gone
    assert env["animal"].search(["|", ("active", "=", True), ("active", "=", False)]) == here | gone
    assert env["animal"].with_context(active_test=False).search([]) == here | gone
    assert env["animal"].search([("active", "in", [True, False])]) == here | gone


def test_archiving_and_bringing_back(env):
    """`action_archive`, `action_unarchive` and `toggle_active` of a model with `active`."""
    shown, hidden = env["animal"].create([{"name": "a"}, {"name": "b"}])

    (shown | hidden).action_archive()
    assert not env["animal"].search([("id", "in", [shown.id, hidden.id])])

    shown.action_unarchive()
    (shown | hidden).toggle_active()
    assert env["animal"].search([("id", "in", [shown.id, hidden.id])]) == hidden


def test_archived_rows_are_left_out_of_lines(env):
    """And of x2many reads."""
    place = env["place"].create({"name": "p"})
    here, gone = env["animal"].create([{"place_id": place}, {"place_id": place, "active": False}])
    toy = env["toy"].create({"animal_ids": here | gone})
    env.clear()

    assert place.animal_ids == here
    assert toy.animal_ids == here
    assert place.with_context(active_test=False).animal_ids == here | gone
    here.active = False
    assert not place.animal_ids


def test_archived_rows_are_read_by_id_and_link(env):
    """`browse` and many2one reads always work; many2one paths match archived parents."""
    place = env["place"].create({"name": "old", "active": False})
    animal = env["animal"].create({"name": "a", "place_id": place, "active": False})
    env.clear()

    assert env["animal"].browse(animal.id).name == "a"
    assert animal.place_id.name == "old"
    animal.active = True
    assert env["animal"].search([("place_id.name", "=", "old")]) == animal


def test_booleans_and_selections(env):
    """Operators on booleans and selections."""
    wild, tame = env["animal"].create([{"wild": True, "kind": "cat"}, {"kind": None}])

    assert found(env, [("wild", "=", True)]) == wild
    assert found(env, [("wild", "!=", True)]) == tame
    assert found(env, [("wild", "=", False)]) == tame
    assert found(env, [("kind", "!=", "cat")]) == tame
    assert found(env, [("kind", "in", ["cat", None])]) == wild | tame


def test_distances(env):
    """For geography `within_km`, `intersects`."""
    kazan, omsk, nowhere = env["place"].create([{"where": (49.1, 55.8)}, {"where": (73.4, 55.0)}, {"name": "x"}])

    assert env["place"].search([("where", "within_km", ((49.2, 55.8), 20))]) == kazan
    assert env["place"].search(["!", ("where", "within_km", ((49.2, 55.8), 20))]) == omsk | nowhere
    assert env["place"].search([("where", "=", None)]) == nowhere


HOSTILE = ["'; DROP TABLE animal; --", "%(x)s", "%s", ":name", "\\'", '"', "$1", "{}", "a\nb"]


@pytest.mark.parametrize("text", HOSTILE)
def test_values_are_bound(env, text):
    """Values are bound parameters."""
    one = env["animal"].create({"name": text})

    assert found(env, [("name", "=", text)]) == one
    assert found(env, [("name", "like", text)]) == one
    assert found(env, [("name", "in", [text])]) == one


@pytest.mark.parametrize(
    "text", [*HOSTILE, "name; select 1", "id)--", "pg_sleep(1)", "name.", ".name", "name..q", "__class__", "env"]
)
def test_names_are_looked_up(env, text):
    """Names are looked up: no text of a domain or an order ever reaches the SQL."""
    for attempt in (
        lambda: env["animal"].search([(text, "=", 1)]),
        lambda: env["animal"].search([], order=text),
        lambda: env["animal"].search([(f"parent_id.{text}", "=", 1)]),
        lambda: env["animal"].read_group([], [text], ["__count"]),
        lambda: env["animal"].read_group([], [], [f"{text}:sum"]),
        lambda: env["animal"].search_read([], [text]),
    ):
        with pytest.raises(ValueError):
            attempt()


def test_a_wrong_type_of_value_is_a_value_error(env):
    """`ValueError` for misuse by code: a value that the field can't have."""
    for leaf in (("q", "=", "many"), ("born", ">", "12-5-1"), ("q", "like", None), ("parent_id", "=", "x")):
        with pytest.raises((ValueError, TypeError)):
            env["animal"].search([leaf])
