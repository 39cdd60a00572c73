"""orm.md, section 7: searches, reads, orders and names."""

from __future__ import annotations

import pytest

from tests.orm.market import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


def make(env, *rows, **common):
    """Fruits of these rows, in order."""
    return env["fruit"].create([{**common, **row} for row in rows])


@pytest.fixture
def abc(env):
    """Fruits a, b, c with amounts 1, 2, 3."""
    return make(env, *({"name": name, "amount": n} for n, name in enumerate("abc", 1)))


def test_offset_limit_and_order(env, abc):
    """`search(domain, offset=0, limit=None, order=None)`."""
    fruit = env["fruit"]

    assert fruit.search([], order="amount desc").mapped("name") == ["c", "b", "a"]
    assert fruit.search([], offset=1, limit=1, order="amount").mapped("name") == ["b"]
    assert fruit.search([], offset=9) == fruit
    assert fruit.search([], limit=2, order="name") == abc[:2]


def test_counts(env, abc):
    """`search_count(domain, limit=None)`."""
    assert env["fruit"].search_count([]) == 3
    assert env["fruit"].search_count([("amount", ">", 1)]) == 2
    assert env["fruit"].search_count([], limit=2) == 2


def test_a_limit_of_zero_returns_nothing(env, abc):
    """`limit=0` returns nothing."""
    assert env["fruit"].search([], limit=0) == env["fruit"]
    assert env["fruit"].search_read([], ["name"], limit=0) == []
    assert env["fruit"].search_count([], limit=0) == 0
    assert env["fruit"].name_search("", limit=0) == []
    assert env["fruit"].read_group([], ["name"], ["__count"], limit=0) == []


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"offset": -1}, {"limit": "x"}, {"offset": "1; drop"}])
def test_senseless_limits_are_a_value_error(env, arguments):
    """`ValueError` for misuse by code."""
    with pytest.raises(ValueError):
        env["fruit"].search([], **arguments)


def test_search_read_gives_dicts(env, abc):
    """`search_read(domain, fields, …)`."""
    rows = env["fruit"].search_read([("amount", ">", 1)], ["name", "amount"], order="amount desc", limit=1)

    assert rows == [{"id": abc[2].id, "name": "c", "amount": 3}]


def test_read_keeps_the_order_of_the_records(env, abc):
    """`read(fields)`."""
    rows = abc[::-1].read(["name"])

    assert [row["name"] for row in rows] == ["c", "b", "a"]
    assert rows[0] == {"id": abc[2].id, "name": "c"}


def test_links_are_dicts_and_lists(env, abc):
    """Many2one values are `{"id": 7, "display_name": "…"}`, x2many lists of ids."""
    shop = env["shop"].create({"name": "Corner"})
    tags = env["tag"].create([{"name": "x"}, {"name": "y"}])
    abc[0].write({"shop_id": shop, "tag_ids": tags})

    for row in (abc[0].read(["shop_id", "tag_ids"])[0], *env["fruit"].search_read([("name", "=", "a")], ["shop_id", "tag_ids"])):
        assert row["shop_id"] == {"id": shop.id, "display_name": "Corner"}
        assert sorted(row["tag_ids"]) == sorted(tags.ids)
    assert abc[1].read(["shop_id", "tag_ids", "seed_ids"])[0] == {"id": abc[1].id, "shop_id": None, "tag_ids": [], "seed_ids": []}


def test_nested_specifications_give_lines(env, abc):
    """A nested specification …, lists of dicts (limit per parent)."""
    for fruit in abc[:2]:
        env["seed"].create([{"name": f"{fruit.name}{n}", "weight": n, "fruit_id": fruit} for n in range(5)])
    specification = {"name": {}, "seed_ids": {"fields": {"name": {}, "weight": {}}, "limit": 2, "order": "weight desc"}}

    rows = env["fruit"].search_read([], specification, order="name")

    assert [line["name"] for line in rows[0]["seed_ids"]] == ["a4", "a3"]
    assert [line["weight"] for line in rows[1]["seed_ids"]] == [4, 3]
    assert rows[2]["seed_ids"] == []
    assert set(rows[0]["seed_ids"][0]) == {"id", "name", "weight"}


def test_nested_lines_cost_one_statement_for_all_parents(env, abc):
    """One further statement per x2many field, whatever the number of rows."""
    fruits = make(env, *({"name": f"x{n}"} for n in range(40)))
    env["seed"].create([{"name": "s", "fruit_id": fruit} for fruit in fruits])
    env.clear()
    specification = {"seed_ids": {"fields": {"name": {}}, "limit": 3}}

    with env.count_queries() as queries:
        env["fruit"].search_read([], specification)
    assert queries.total <= 3


def test_read_without_arguments_means_all_readable_fields(env, abc, as_role):
    """`read()` without arguments means all fields that the user may read."""
    shop = env["shop"].create({"name": "Corner", "secret": "s"})
    row = shop.with_user(as_role("seller").user).read()[0]

    assert {"id", "name", "rank", "town"} <= set(row)
    assert "secret" not in row


def test_search_read_computes(env, abc):
    """`search_read`: computed fields as well."""
    abc[0].name = "abc"

    assert [row["length"] for row in env["fruit"].search_read([], ["length"], order="name")] == [3, 1, 1]


def test_search_read_sees_pending_values(env, abc):
    """`search_read` flushes first."""
    env.flush()
    abc[0].name = "new"

    assert env["fruit"].search_read([("id", "=", abc[0].id)], ["name"])[0]["name"] == "new"


def test_search_fetch_reads_at_once(env, abc):
    """`search_fetch`."""
    env.clear()
    with env.count_queries() as queries:
        fruits = env["fruit"].search_fetch([], ["name", "amount"], order="name")
        assert [(fruit.name, fruit.amount) for fruit in fruits] == [("a", 1), ("b", 2), ("c", 3)]

    assert queries.total == 1


def test_search_iter_gives_every_record_once(env):
    """`search_iter(domain, chunk=1000)` in constant memory."""
    fruits = make(env, *({"name": f"x{n}", "amount": n} for n in range(25)))
    seen = [fruit for fruit in env["fruit"].search_iter([("amount", ">=", 3)], chunk=7)]  # noqa: C416

    assert sorted(fruit.id for chunk in seen for fruit in chunk) == fruits[3:].ids


def test_order_puts_empty_values_last_or_first(env):
    """Order: `"a desc nulls last, party_id, b"`."""
    fruits = make(env, {"quantity": 1}, {"quantity": None}, {"quantity": 2})
    one, none, two = fruits

    for order, expected in (
        ("quantity", [one, two, none]),
        ("quantity desc", [none, two, one]),
        ("quantity desc nulls last", [two, one, none]),
        ("quantity nulls first", [none, one, two]),
        ("quantity ASC NULLS LAST", [one, two, none]),
    ):
        assert env["fruit"].search([], order=order).ids == [fruit.id for fruit in expected], order


def test_a_link_orders_by_the_other_models_order(env):
    """many2one orders by the other model's order."""
    low, high, also = env["shop"].create([{"name": "a", "rank": 1}, {"name": "z", "rank": 9}, {"name": "b", "rank": 9}])
    fruits = make(env, {"shop_id": low}, {"shop_id": high}, {"shop_id": also})

    assert env["fruit"].search([], order="shop_id").ids == [fruits[n].id for n in (2, 1, 0)]
    assert env["fruit"].search([], order="shop_id desc").ids == [fruits[n].id for n in (0, 1, 2)]
    assert fruits.sorted("shop_id").ids == [fruits[n].id for n in (2, 1, 0)]


def test_an_empty_link_sorts_last_and_descending_first(env):
    """many2one orders by the other model's order: an ascending one puts what is empty at the end, as PostgreSQL does."""
    late, early = env["stage"].create([{"name": "late", "position": 2}, {"name": "early", "position": 1}])
    fruits = make(env, {"stage_id": late}, {}, {"stage_id": early})

    assert env["fruit"].search([], order="stage_id").ids == [fruits[n].id for n in (2, 0, 1)]
    assert env["fruit"].search([], order="stage_id desc").ids == [fruits[n].id for n in (1, 0, 2)]
    assert env["fruit"].search([], order="stage_id desc nulls last").ids == [fruits[n].id for n in (0, 2, 1)]
    assert fruits.sorted("stage_id").ids == [fruits[n].id for n in (2, 0, 1)]


def test_a_self_link_orders_without_end(env):
    """many2one orders by the other model's order: its own, by id."""
    top = make(env, {"name": "t"})
    fruits = make(env, {"parent_id": top}, {"name": "x"})

    assert env["fruit"].search([], order="parent_id, name").ids[0] == fruits[0].id


@pytest.mark.parametrize(
    "order",
    [
        "length",
        "name; drop table fruit",
        "name desc desc",
        "name up",
        "lower(name)",
        "name nulls",
        "1",
        "name,,amount",
        "tag_ids.x",
    ],
)
def test_senseless_orders_are_a_value_error(env, order):
    """A non-stored field without `search`: `ValueError`; anything else than field names and keywords: `ValueError`."""
    with pytest.raises(ValueError):
        env["fruit"].search([], order=order)


def test_paging_is_stable(env):
    """`id` is always added last, so paging is stable."""
    fruits = make(env, *({"name": "same"} for _ in range(20)))
    pages = [env["fruit"].search([], order="name", offset=n, limit=5).ids for n in range(0, 20, 5)]

    assert sum(pages, []) == fruits.ids  # noqa: RUF017


def test_fifty_records_read_their_first_field_in_one_statement(env):
    """50 records: the first plain field costs one statement (two at most), every further plain field none."""
    make(env, *({"name": f"x{n}", "amount": n} for n in range(50)))
    env.clear()
    fruits = env["fruit"].search([])

    with env.count_queries() as first:
        assert all(fruit.name for fruit in fruits)
    with env.count_queries() as further:
        assert sum(fruit.amount for fruit in fruits) == 1225
        assert not any(fruit.ripe for fruit in fruits)
    assert 1 <= first.total <= 2
    assert further.total == 0


def test_a_relation_costs_one_more_statement_for_the_set(env):
    """A relation one more for the set."""
    shops = env["shop"].create([{"name": f"s{n}"} for n in range(10)])
    fruits = make(env, *({"name": f"x{n}", "shop_id": shops[n % 10]} for n in range(50)))
    env["seed"].create([{"name": "s", "fruit_id": fruit} for fruit in fruits])
    env.clear()
    assert all(fruit.name for fruit in fruits)

    with env.count_queries() as to_one:
        assert len({fruit.shop_id.name for fruit in fruits}) == 10
    with env.count_queries() as lines:
        assert sum(len(fruit.seed_ids) for fruit in fruits) == 50
    assert to_one.total <= 1
    assert lines.total <= 1


def test_name_search_gives_labels_best_match_first(env):
    """`name_search`: best match first (exact, prefix, word, contains)."""
    names = ("crabapple", "big apple", "apple pie", "apple", "pear")
    fruits = make(env, *({"name": name} for name in names))

    assert env["fruit"].name_search("apple") == [(fruits[n].id, names[n]) for n in (3, 2, 1, 0)]


def test_name_search_takes_domain_and_limit(env):
    """`name_search(text, domain=[], limit=8)`."""
    make(env, *({"name": f"apple {n}", "amount": n} for n in range(12)))

    assert len(env["fruit"].name_search("apple")) == 8
    assert len(env["fruit"].name_search("apple", limit=3)) == 3
    assert [label for _id, label in env["fruit"].name_search("apple", [("amount", "=", 4)])] == ["apple 4"]
    assert len(env["fruit"].name_search("")) == 8


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Ёлка", "елка"), ("Café", "CAFE"), ("Иванов", "ivanov"), ("Ivanov", "Иванов"), ("Grüße", "grusse"), ("Яблоко", "ЯБЛ")],
)
def test_name_search_compares_after_folding(env, name, typed):
    """Compared after folding …, transliteration included."""
    fruit = make(env, {"name": name})

    assert [one for one, _label in env["fruit"].name_search(typed)][:1] == [fruit.id]


def test_name_search_finds_the_misspelt_when_nothing_else(env):
    """Similar only when these give fewer than `limit`."""
    fruit = make(env, {"name": "Владивосток"})

    assert [one for one, _label in env["fruit"].name_search("Владевосток")] == [fruit.id]


@pytest.mark.parametrize("typed", ["345-67-89", "9123456789", "8 912 345", "+7912345"])
def test_name_search_finds_phone_digits(env, typed):
    """Phone digits … included."""
    fruit = make(env, {"name": "x", "phone": "8 (912) 345-67-89"})

    assert [one for one, _label in env["fruit"].name_search(typed)] == [fruit.id]


def test_name_search_finds_words_in_any_order(env):
    """Contains: a person is typed first name first or last name first."""
    fruits = make(env, {"name": "Иванова Мария Львовна"}, {"name": "Иванов Марк"}, {"name": "Мария Сидорова"})

    assert env["fruit"].name_search("мария иванова", limit=1) == [(fruits[0].id, "Иванова Мария Львовна")]


def test_name_search_puts_a_whole_name_before_longer_ones(env):
    """Exact comes first whatever stands in the other searched fields, then the prefix, then the word, then what contains it."""
    names = ("Apple 1 tree", "Applejack", "big apple", "Apple", "crabapple")
    fruits = make(env, *({"name": name, "phone": "+7 912 345-67-89"} for name in names))

    assert env["fruit"].name_search("apple", limit=1) == [(fruits[3].id, "Apple")]
    assert [label for _id, label in env["fruit"].name_search("apple")] == [names[n] for n in (3, 0, 1, 2, 4)]


@pytest.mark.parametrize("typed", ["12-34", "12 34", "12/34"])
def test_name_search_finds_numbers_with_signs(env, typed):
    """Compared after folding: what looks like a number is looked for as it is written too."""
    fruit = make(env, {"name": "12/34"})

    assert [one for one, _label in env["fruit"].name_search(typed)] == [fruit.id]


def test_name_search_fills_up_with_similar_ones(env):
    """Similar only when these give fewer than `limit`; nothing twice."""
    fruits = make(env, {"name": "Владивосток"}, {"name": "Владевосток"}, {"name": "порт Владивосток"})

    found = [one for one, _label in env["fruit"].name_search("Владивосток")]
    assert found == [fruits[0].id, fruits[2].id, fruits[1].id]
    assert [one for one, _label in env["fruit"].name_search("Владивосток", limit=2)] == [fruits[0].id, fruits[2].id]
