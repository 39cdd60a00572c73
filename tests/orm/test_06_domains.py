"""orm.md, section 6: domains mean the same in SQL and in Python."""

from __future__ import annotations

import pytest

from app.orm import Domain
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


@pytest.fixture
def three(env):
    """Names 'name', '' and None, with q 42, 0 and None."""
    return env["animal"].create([{"name": "name", "q": 42}, {"name": "", "q": 0}, {"name": None, "q": None}])


@pytest.fixture
def family(env):
    """Parent J with children of q 1 and 10, and K without children."""
    j, k = env["animal"].create([{"name": "J"}, {"name": "K"}])
    env["animal"].create([{"name": "j1", "q": 1, "parent_id": j}, {"name": "j10", "q": 10, "parent_id": j}])
    return j, k


def test_empty_text_is_one_thing(env, three):
    """Names 'name', '', None: `= None` finds 2, `!= "name"` finds 2."""
    assert len(found(env, [("name", "=", None)])) == 2
    assert len(found(env, [("name", "!=", "name")])) == 2
    assert found(env, [("name", "!=", None)]) == three[0]
    assert found(env, [("name", "=", "name")]) == three[0]
    assert len(found(env, [("name", "=", "")])) == 2


def test_empty_numbers_are_neither_less_nor_equal(env, three):
    """Integers nullable 42, 0, None: `< 1` finds 1; `!= 42` finds 2."""
    assert found(env, [("q", "<", 1)]) == three[1]
    assert found(env, [("q", "!=", 42)]) == three[1:]
    assert found(env, [("q", "=", None)]) == three[2]
    assert found(env, [("q", "=", 0)]) == three[1]
    assert found(env, [("q", "!=", None)]) == three[:2]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("=", 0, [1]),
        ("!=", 0, [0, 2]),
        ("<", 42, [1]),
        ("<=", 42, [0, 1]),
        (">", 0, [0]),
        (">=", 0, [0, 1]),
        ("in", [0, 42], [0, 1]),
        ("in", [0, None], [1, 2]),
        ("not in", [0], [0, 2]),
        ("not in", [0, None], [0]),
        ("in", [], []),
        ("not in", [], [0, 1, 2]),
        ("in", [None], [2]),
        ("not in", [None], [0, 1]),
        ("=?", None, [0, 1, 2]),
        ("=?", 42, [0]),
    ],
)
def test_every_comparison_on_a_nullable_number(env, three, operator, value, expected):
    """Operators: … `!= x` includes the empty ones; `not in []` matches all, `in []` none."""
    wanted = [three[n].id for n in expected]

    assert found(env, [("q", operator, value)]).ids == wanted
    complement = [record.id for record in three if record.id not in wanted]
    assert found(env, ["!", ("q", operator, value)]).ids == complement


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("like", "a"),
        ("ilike", "A"),
        ("not like", "a"),
        ("not ilike", "A"),
        ("=like", "n%"),
        ("=ilike", "N%"),
        ("<", "o"),
        (">", "a"),
    ],
)
def test_the_complement_is_exact_for_text(env, three, operator, value):
    """`!` is the exact complement (includes the empty)."""
    yes = found(env, [("name", operator, value)])
    no = found(env, ["!", ("name", operator, value)])

    assert not yes & no
    assert yes | no == three


def test_equality_takes_no_collections(env, three):
    """`in` takes collections, `=` does not."""
    for operator, value in (("=", [1, 2]), ("!=", [1]), ("in", 42), ("not in", 42), ("in", None), ("in", "name")):
        with pytest.raises((ValueError, TypeError)):
            env["animal"].search([("q", operator, value)])


def test_in_takes_every_sort_of_collection(env, three):
    """`in` takes collections."""
    for value in ([42], (42,), {42}, frozenset({42}), range(42, 43)):
        assert found(env, [("q", "in", value)]) == three[0]


def test_two_hundred_thousand_ids_are_one_parameter(env, three):
    """200,000 ids are one array parameter."""
    ids = [*range(1, 200_001), *three.ids]

    with env.count_queries() as queries:
        assert env["animal"].search([("id", "in", ids)]) == three
    assert queries.total <= 2


def test_contains_is_literal(env):
    """`like`/`ilike` mean "contains", literally: `%` and `_` are ordinary characters."""
    percent, under, back, plain = env["animal"].create([{"name": n} for n in ("50% off", "a_b", "a\\b", "axb 50 off")])

    assert found(env, [("name", "like", "0% o")]) == percent
    assert found(env, [("name", "ilike", "A_B")]) == under
    assert found(env, [("name", "like", "\\")]) == back
    assert found(env, [("name", "like", "%%")]) == env["animal"]
    assert found(env, [("name", "not like", "_")]) == percent | back | plain


def test_patterns_are_patterns(env):
    """`=like`/`=ilike` take a pattern."""
    one, two, three = env["animal"].create([{"name": n} for n in ("Rex", "rexy", "a Rex")])

    assert found(env, [("name", "=like", "Rex%")]) == one
    assert found(env, [("name", "=ilike", "rex%")]) == one | two
    assert found(env, [("name", "=like", "_ Re_")]) == three
    assert found(env, [("name", "=like", "Re")]) == env["animal"]


def test_ilike_ignores_accents_and_yo(env):
    """`ilike` ignores accents and ё/е."""
    one, two = env["animal"].create([{"name": "Ёжик Zoë"}, {"name": "ежиха"}])

    assert found(env, [("name", "ilike", "ЕЖИ")]) == one | two
    assert found(env, [("name", "ilike", "ёж")]) == one | two
    assert found(env, [("name", "ilike", "zoe")]) == one
    assert found(env, [("name", "like", "zoe")]) == env["animal"]


def test_contains_nothing_matches_all(env, three):
    """`ilike ""` match all."""
    assert found(env, [("name", "ilike", "")]) == three
    assert found(env, [("name", "like", "")]) == three
    assert found(env, [("name", "not ilike", "")]) == env["animal"]


def test_what_is_contained_in_nothing(env, three):
    """`not like` includes the empty: the complement of `like`."""
    assert found(env, [("name", "like", "am")]) == three[0]
    assert found(env, [("name", "not like", "am")]) == three[1:]


def test_prefix_notation(env, three):
    """Lists in prefix notation (`"&"`, `"|"`, `"!"`, implicit and)."""
    a, b = ("q", "=", 42), ("q", "=", 0)

    assert found(env, ["|", a, b]) == three[:2]
    assert not found(env, ["&", a, b])
    assert not found(env, [a, b])
    assert found(env, ["!", "|", a, b]) == three[2]
    assert found(env, ["|", a, "&", b, ("name", "=", None)]) == three[:2]
    assert found(env, ["|", "|", a, b, ("q", "=", None), ("name", "=", None)]) == three[1:]
    assert found(env, []) == three


def test_domain_objects_combine(env, three):
    """`Domain("a", "=", 1) & ~Domain("b.c", ">", 2)`; `Domain.TRUE`, `Domain.FALSE`."""
    a, b = Domain("q", "=", 42), Domain("q", "=", 0)

    assert found(env, a | b) == three[:2]
    assert not found(env, a & b)
    assert found(env, ~a) == three[1:]
    assert found(env, ~(a | b)) == three[2]
    assert found(env, Domain.TRUE) == three
    assert not found(env, Domain.FALSE)
    assert found(env, Domain.FALSE | a) == three[0]
    assert found(env, Domain([("q", "=", 42)]) | Domain("name", "=", None)) == three
    assert found(env, a & ~Domain("parent_id.q", ">", 2)) == three[0]


@pytest.mark.parametrize(
    "domain",
    [
        ["&", ("q", "=", 1)],
        ["|"],
        [("q", "=")],
        ["q", "=", 1],
        [("q", "==", 1)],
        [("q", "LIKE; DROP", 1)],
        ["?"],
        "q = 1",
        [("", "=", 1)],
    ],
)
def test_malformed_domains_are_a_value_error(env, domain):
    """`ValueError` for misuse by code."""
    with pytest.raises((ValueError, TypeError)):
        env["animal"].search(domain)


def test_paths_through_lines_mean_some(env, family):
    """Parent J has children 1 and 10: `child_ids.q = 1 AND child_ids.q = 10` finds J."""
    j, k = family

    assert found(env, [("child_ids.q", "=", 1), ("child_ids.q", "=", 10)]) == j
    assert not found(env, [("child_ids", "any", [("q", "=", 1), ("q", "=", 10)])])
    assert found(env, [("child_ids", "any", [("q", "=", 1)])]) == j
    roots = ("name", "in", ["J", "K"])
    assert found(env, [roots, ("child_ids.q", "!=", 1)]) == j
    assert found(env, [roots, "!", ("child_ids.q", "=", 1)]) == k
    assert found(env, [roots, ("child_ids", "not any", [("q", "=", 1)])]) == k


def test_a_domain_knows_whether_it_decides_nothing():
    assert Domain([]).is_true()
    assert Domain.FALSE.is_false()
    assert not Domain("name", "=", "x").is_true()
    assert not Domain("name", "=", "x").is_false()


def test_lines_are_compared_with_none_and_ids(env, family):
    """Relations in domains: x2many `=`, `in`, None."""
    j, k = family
    j1, j10 = j.child_ids
    roots = ("name", "in", ["J", "K"])

    assert found(env, [roots, ("child_ids", "=", None)]) == k
    assert found(env, [roots, ("child_ids", "!=", None)]) == j
    assert found(env, [("child_ids", "in", [j1.id, 99_999_999])]) == j
    assert found(env, [roots, ("child_ids", "not in", [j1.id])]) == k
    assert found(env, [("child_ids", "=", j10.id)]) == j


def test_no_duplicates_come_through_lines(env, family):
    """SQL uses EXISTS, no duplicates."""
    j, _k = family

    assert env["animal"].search([("child_ids.q", ">", 0)]).ids == [j.id]
    assert env["animal"].search_count([("child_ids.q", ">", 0)]) == 1


def test_paths_through_a_many2many_from_both_sides(env):
    """Paths through x2many mean "some": many2many, both sides."""
    one, two = env["animal"].create([{"name": "one"}, {"name": "two"}])
    ball, bone = env["toy"].create([{"name": "ball", "animal_ids": one | two}, {"name": "bone", "animal_ids": two}])

    assert found(env, [("toy_ids.name", "=", "ball")]) == one | two
    assert found(env, [("toy_ids", "=", bone)]) == two
    assert found(env, ["!", ("toy_ids.name", "=", "bone")]) == one
    assert found(env, [("animal_ids.name", "=", "one")], "toy") == ball
    assert found(env, [("toy_ids", "any", [("animal_ids", "any", [("name", "=", "one")])])]) == one | two


def test_an_empty_link_matches_no_path_but_the_related_field_is_empty(env):
    """Through an empty many2one, `a_id.name != "x"` does not match (some), the related field does (empty)."""
    x, y = env["place"].create([{"name": "x"}, {"name": "y"}])
    at_x, at_y, nowhere = env["animal"].create([{"place_id": x}, {"place_id": y}, {}])

    assert found(env, [("place_id.name", "!=", "x")]) == at_y
    assert found(env, [("place_name", "!=", "x")]) == at_y | nowhere
    assert found(env, ["!", ("place_id.name", "=", "x")]) == at_y | nowhere
    assert found(env, [("place_id.name", "=", None)]) == env["animal"]
    assert found(env, [("place_name", "=", None)]) == nowhere
    assert found(env, [("place_id", "=", None)]) == nowhere
    assert found(env, [("place_id", "!=", x)]) == at_y | nowhere
    assert found(env, [("place_id", "not in", [x.id])]) == at_y | nowhere
    assert found(env, [("place_id", "any", [("name", "=", "x")])]) == at_x
    assert found(env, [("place_id", "not any", [("name", "=", "x")])]) == at_y | nowhere


def test_a_link_is_compared_with_text_by_its_name(env):
    """`ilike` on a relation searches its display name, as in Odoo."""
    x, y = env["place"].create([{"name": "Xanten"}, {"name": "Yalta"}])
    at_x, _at_y = env["animal"].create([{"place_id": x}, {"place_id": y}])

    assert env["animal"].search([("place_id", "ilike", "xan")]) == at_x


def test_child_of_includes_the_root(env, family):
    """`id child_of root` includes root."""
    j, k = family
    grandchild = env["animal"].create({"name": "jj", "parent_id": j.child_ids[0]})

    assert found(env, [("id", "child_of", j.id)]) == j | j.child_ids | grandchild
    assert found(env, [("id", "child_of", [j.id, k.id])]) == j | k | j.child_ids | grandchild
    assert found(env, [("parent_id", "child_of", j)]) == j.child_ids | grandchild
    assert found(env, ["!", ("id", "child_of", j.id)]) == k


def test_parent_of_gives_the_chain(env, family):
    """`parent_of leaf` gives the chain."""
    j, _k = family
    child = j.child_ids[0]
    grandchild = env["animal"].create({"name": "jj", "parent_id": child})

    assert found(env, [("id", "parent_of", grandchild.id)]) == j | child | grandchild


@pytest.mark.parametrize("operator", ["child_of", "parent_of"])
@pytest.mark.parametrize("value", [None, []])
def test_the_family_of_nobody_is_nobody(env, family, operator, value):
    """None or [] gives nothing."""
    assert not found(env, [("id", operator, value)])
