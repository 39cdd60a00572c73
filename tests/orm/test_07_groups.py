"""orm.md, section 7: `read_group`."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.orm import AppError
from tests.orm.market import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


def make(env, *rows, **common):
    """Fruits of these rows, in order."""
    return env["fruit"].create([{**common, **row} for row in rows])


def rows_of(env, groupby, aggregates=("__count",), domain=(), **rest):
    """`read_group` with short arguments; checks that each group's domain finds its rows."""
    rows = env["fruit"].read_group(list(domain), list(groupby), list(aggregates), **rest)
    for row in rows:
        if "__count" in row:
            assert env["fruit"].search_count(row["__domain"]) == row["__count"], row
    return rows


def test_groups_by_a_value(env):
    """`read_group`: rows as dicts with the group's value."""
    make(env, {"kind": "sweet", "amount": 3}, {"kind": "sweet", "amount": 4}, {"kind": "sour"}, {"amount": 9})
    rows = rows_of(env, ["kind"], ["__count", "amount:sum"])

    found = {row["kind"]: (row["__count"], row["amount:sum"]) for row in rows}
    assert found == {"sweet": (2, 7), "sour": (1, 0), None: (1, 9)}
    assert rows[-1]["kind"] is None


def test_groups_by_a_link(env):
    """many2one `{"id", "display_name"}`."""
    shop = env["shop"].create({"name": "Corner"})
    fruits = make(env, {"shop_id": shop}, {}, {"shop_id": shop})
    rows = rows_of(env, ["shop_id"])

    assert rows[0]["shop_id"] == {"id": shop.id, "display_name": "Corner"}
    assert rows[1]["shop_id"] is None
    assert env["fruit"].search(rows[0]["__domain"]) == fruits[0] | fruits[2]


@pytest.mark.parametrize(
    ("granularity", "spans"),
    [
        ("day", [("2026-05-30", "2026-05-31"), ("2026-06-01", "2026-06-02")]),
        ("month", [("2026-05-01", "2026-06-01"), ("2026-06-01", "2026-07-01")]),
        ("quarter", [("2026-04-01", "2026-07-01")]),
        ("year", [("2026-01-01", "2027-01-01")]),
    ],
)
def test_groups_by_a_date(env, granularity, spans):
    """Dates `{"from", "to", "label"}` as ISO strings, `to` exclusive."""
    make(env, {"grown": "2026-05-30"}, {"grown": "2026-06-01"}, {})
    key = f"grown:{granularity}"
    rows = rows_of(env, [key])

    assert [(row[key]["from"], row[key]["to"]) for row in rows[:-1]] == spans
    assert all(row[key]["label"] for row in rows[:-1])
    assert rows[-1][key] is None


def test_weeks_begin_by_locale(env):
    """Granularities … week (by locale)."""
    make(env, {"grown": "2026-06-03"})

    assert rows_of(env(context={**env.context, "lang": "ru"}), ["grown:week"])[0]["grown:week"]["from"] == "2026-06-01"


def test_date_times_are_grouped_in_the_users_zone(env):
    """In the user's time zone."""
    make(env, {"sold": "2026-05-31 22:30:00"}, {"sold": "2026-06-01 10:00:00"})
    brussels = env(context={**env.context, "tz": "Europe/Brussels"})
    utc = env(context={**env.context, "tz": "UTC"})

    rows = rows_of(brussels, ["sold:month"])
    assert [(row["sold:month"]["from"][:10], row["__count"]) for row in rows] == [("2026-06-01", 2)]
    assert len(rows_of(utc, ["sold:month"])) == 2
    assert [row["sold:hour"]["from"][11:13] for row in rows_of(utc, ["sold:hour"])] == ["22", "10"]


def test_every_aggregate(env):
    """The aggregates."""
    make(env, {"amount": 1, "quantity": 5, "kind": "sour"}, {"amount": 3, "kind": "sour"}, {"amount": 3, "quantity": 6})
    names = [
        "__count",
        "amount:sum",
        "amount:avg",
        "amount:min",
        "amount:max",
        "quantity:count",
        "amount:count_distinct",
        "amount:array_agg",
    ]
    (row,) = rows_of(env, [], names)

    assert [row[name] for name in names[:1]] == [3]
    assert (row["amount:sum"], row["amount:min"], row["amount:max"]) == (7, 1, 3)
    assert float(row["amount:avg"]) == pytest.approx(7 / 3)
    assert (row["quantity:count"], row["amount:count_distinct"]) == (2, 2)
    assert sorted(row["amount:array_agg"]) == [1, 3, 3]


def test_no_group_by_gives_one_row_also_over_nothing(env):
    """No group-by: one row, also over no records; `amount:sum` (0 over nothing)."""
    rows = env["fruit"].read_group([("name", "=", "none")], [], ["__count", "amount:sum", "price:sum", "amount:max"])

    assert len(rows) == 1
    assert (rows[0]["__count"], rows[0]["amount:sum"], rows[0]["price:sum"]) == (0, 0, 0)


def test_two_groups_at_once(env):
    """`groupby` with several keys."""
    shop = env["shop"].create({"name": "Corner"})
    make(env, {"kind": "sour", "shop_id": shop}, {"kind": "sour"}, {"kind": "sour", "shop_id": shop}, {"kind": "sweet"})
    rows = rows_of(env, ["kind", "shop_id"])

    assert {(row["kind"], (row["shop_id"] or {}).get("id"), row["__count"]) for row in rows} == {
        ("sour", shop.id, 2),
        ("sour", None, 1),
        ("sweet", None, 1),
    }


def test_a_many2many_counts_a_record_once_per_value(env):
    """A many2many counts a record once per value."""
    x, y = env["tag"].create([{"name": "x"}, {"name": "y"}])
    make(env, {"tag_ids": x | y, "amount": 2}, {"tag_ids": x, "amount": 3}, {"amount": 4})
    rows = rows_of(env, ["tag_ids"], ["__count", "amount:sum"])

    assert [(row["tag_ids"] and row["tag_ids"]["id"], row["__count"], row["amount:sum"]) for row in rows] == [
        (x.id, 2, 5),
        (y.id, 1, 2),
        (None, 1, 4),
    ]


def test_having_order_limit_and_offset(env):
    """`having=[], order=None, limit=None, offset=0`."""
    make(env, *({"name": name, "amount": n} for n, name in enumerate("aabbbc")))

    rows = rows_of(env, ["name"], having=[("__count", ">", 1)], order="__count desc")
    assert [(row["name"], row["__count"]) for row in rows] == [("b", 3), ("a", 2)]
    assert [row["name"] for row in rows_of(env, ["name"], order="name desc", limit=2)] == ["c", "b"]
    assert [
        row["name"] for row in rows_of(env, ["name"], order="amount:sum desc", offset=1, aggregates=["__count", "amount:sum"])
    ] == ["c", "a"]


def test_the_empty_group_comes_last(env):
    """Empty group last."""
    make(env, {"name": "b"}, {}, {"name": "a"})

    assert [row["name"] for row in rows_of(env, ["name"])] == ["a", "b", None]


def test_group_expand_shows_empty_stages(env):
    """`group_expand=True` shows empty stages."""
    late, early = env["stage"].create([{"name": "late", "position": 2}, {"name": "early", "position": 1}])
    make(env, {"stage_id": late})
    rows = rows_of(env, ["stage_id"])

    assert [(row["stage_id"]["id"], row["__count"]) for row in rows if row["stage_id"]] == [(early.id, 0), (late.id, 1)]


def test_money_of_several_currencies_is_never_added_up(env):
    """Money in several currencies is converted at the record's date or refused, never added up."""
    make(env, {"cost": 10, "currency": "RUB"}, {"cost": 5, "currency": "EUR"})

    assert rows_of(env, [], ["cost:sum"], domain=[("currency", "=", "EUR")])[0]["cost:sum"] == Decimal(5)
    try:
        total = env["fruit"].read_group([], [], ["cost:sum"])[0]["cost:sum"]
    except (AppError, ValueError):
        return
    assert total != Decimal(15)


def test_groups_follow_the_domain_and_archives(env):
    """`read_group(domain, …)`: as search does."""
    make(env, {"name": "a"}, {"name": "a", "active": False}, {"name": "b"})

    assert [(row["name"], row["__count"]) for row in rows_of(env, ["name"])] == [("a", 1), ("b", 1)]
    assert len(rows_of(env, ["name"], domain=[("name", "!=", "b")])) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (["length"], ["__count"]),
        (["name:month"], ["__count"]),
        (["grown:minute"], ["__count"]),
        ([], ["amount:median"]),
        ([], ["name:sum"]),
    ],
)
def test_senseless_groups_are_a_value_error(env, arguments):
    """`ValueError` for misuse by code."""
    with pytest.raises(ValueError):
        env["fruit"].read_group([], *arguments)
