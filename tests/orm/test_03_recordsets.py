"""orm.md, section 3: recordsets are immutable ordered sequences of ids of one model, with an env."""

from __future__ import annotations

import pytest

from tests.orm.library import MODELS, ROLES

__all__ = ["MODELS", "ROLES"]


@pytest.fixture
def books(env):
    """Five books a…e in that order, with 10…50 pages."""
    return env["book"].create([{"name": name, "pages": 10 * n} for n, name in enumerate("abcde", 1)])


@pytest.fixture
def a(books):
    """The first book."""
    return books[0]


@pytest.fixture
def b(books):
    """The second book."""
    return books[1]


def names(records):
    """The names in the records' order."""
    return [record.name for record in records]


def test_a_recordset_has_a_length(env, books):
    """`len`."""
    assert len(books) == 5
    assert len(env["book"]) == 0


def test_an_empty_recordset_is_false_and_others_are_true(env, books):
    """`bool`."""
    assert books
    assert not env["book"]
    assert not env["book"].browse([])


def test_iteration_yields_singletons_in_order(books):
    """Iteration (yields singletons)."""
    each = list(books)

    assert [len(book) for book in each] == [1] * 5
    assert names(each) == list("abcde")


def test_slices_are_recordsets(books):
    """Slicing."""
    assert names(books[1:3]) == ["b", "c"]
    assert names(books[::-1]) == list("edcba")
    assert books[-1].name == "e"
    assert len(books[7:]) == 0


def test_an_index_past_the_end_is_an_index_error(books):
    """Slicing: as every Python sequence does."""
    with pytest.raises(IndexError):
        books[5]


def test_membership_asks_for_the_record(books, a):
    """`in`."""
    assert a in books
    assert a not in books[1:]


def test_equality_ignores_order(a, b):
    """`==` (ignores order)."""
    assert a | b == b | a
    assert a + b + a == a | b
    assert a != b


def test_equal_recordsets_hash_alike(a, b):
    """hash: equal sets are one key."""
    assert hash(a | b) == hash(b | a)
    assert {a | b: 1}[b | a] == 1
    assert len({a, b, a}) == 2


def test_subsets_compare_by_less_or_equal(books, a, b):
    """`<=`."""
    assert a <= books
    assert a | b <= b | a
    assert not books <= a
    assert a < books
    assert books >= a
    assert books > a
    assert not books < books[:]


def test_union_keeps_the_first_occurrence(a, b):
    """`a | b | a` → [a, b]."""
    assert (a | b | a).ids == [a.id, b.id]
    assert (b | a | b).ids == [b.id, a.id]


def test_addition_keeps_duplicates(a, b):
    """`a + b + a` → [a, b, a]."""
    assert (a + b + a).ids == [a.id, b.id, a.id]
    assert len(a + b + a) == 3


def test_difference_takes_every_occurrence_away(a, b):
    """`(a + b + a) - a` → [b]."""
    assert ((a + b + a) - a).ids == [b.id]


def test_intersection_keeps_the_left_order(books, a, b):
    """`&` keeps the left order."""
    assert ((b | a) & books).ids == [b.id, a.id]
    assert (books & (b | a)).ids == [a.id, b.id]
    assert not a & b


def test_operators_leave_their_operands_alone(a, b):
    """Immutable sequences."""
    both = a | b
    both += a
    assert len(a) == 1
    assert a.ids == [a.id]


def test_ids_are_a_list_of_integers(books):
    """`ids`."""
    assert all(isinstance(one, int) for one in books.ids)
    assert books.ids == [book.id for book in books]


def test_changing_the_list_of_ids_does_not_change_the_records(books):
    """Immutable sequences."""
    books.ids.clear()

    assert len(books) == 5


@pytest.mark.parametrize("operator", ["__or__", "__and__", "__sub__", "__add__", "__le__", "__lt__", "__ge__"])
def test_two_models_do_not_mix(env, a, operator):
    """Mixing models: `TypeError`."""
    import operator as operators

    shelf = env["shelf"].create({"name": "one"})

    with pytest.raises(TypeError):
        getattr(operators, operator)(a, shelf)


def test_a_recordset_does_not_mix_with_numbers(a):
    """Mixing models: `TypeError`, other things likewise."""
    with pytest.raises(TypeError):
        a | a.id


def test_records_of_two_models_with_one_id_are_not_equal(env, a):
    """`==`: of one model."""
    assert a != env["shelf"].browse(a.id)


def test_relations_take_records_ids_and_lists_in_writes(env, a):
    """Relations take records, recordsets, ids or lists of ids in every write."""
    shelf = env["shelf"].create({"name": "one"})
    topics = env["topic"].create([{"name": "x"}, {"name": "y"}])

    for value in (shelf, shelf.id):
        a.shelf_id = None
        a.shelf_id = value
        assert a.shelf_id == shelf
    for value in (topics, topics.ids, tuple(topics.ids), list(topics)):
        a.topic_ids = None
        a.topic_ids = value
        assert a.topic_ids == topics
    a.topic_ids = topics[0].id
    assert a.topic_ids == topics[0]


def test_relations_take_records_ids_and_lists_in_domains(env, a, b):
    """Relations take records, recordsets, ids or lists of ids in every domain."""
    shelves = env["shelf"].create([{"name": "one"}, {"name": "two"}])
    a.shelf_id, b.shelf_id = shelves

    for value in (shelves[0], shelves[0].id):
        assert env["book"].search([("shelf_id", "=", value)]) == a
    for value in (shelves, shelves.ids, tuple(shelves.ids), set(shelves.ids)):
        assert env["book"].search([("shelf_id", "in", value)]) == a | b


def test_a_many2one_takes_a_set_of_one_and_no_more(env, a):
    """Relations take recordsets: more than one record is not one value."""
    shelves = env["shelf"].create([{"name": "one"}, {"name": "two"}])
    a.shelf_id = shelves[:1]
    assert a.shelf_id == shelves[0]

    with pytest.raises(ValueError):
        a.shelf_id = shelves


def test_a_relation_refuses_records_of_another_model(env, a):
    """Relations take records of their own comodel."""
    topic = env["topic"].create({"name": "x"})

    with pytest.raises((TypeError, ValueError)):
        a.shelf_id = topic


def test_reading_a_field_of_several_records_names_them(a, b):
    """Reading a field of more than one record: `ValueError` "Expected one record: thing(1, 2)"."""
    with pytest.raises(ValueError, match=rf"Expected one record: book\({a.id}, {b.id}\)"):
        (a | b).name  # noqa: B018


def test_ensure_one_refuses_several_and_none(env, a, b):
    """`ensure_one()` on ≠ 1."""
    assert a.ensure_one() == a
    with pytest.raises(ValueError, match=rf"Expected one record: book\({a.id}, {b.id}\)"):
        (a | b).ensure_one()
    with pytest.raises(ValueError, match=r"Expected one record: book\(\)"):
        env["book"].ensure_one()


def test_an_empty_recordset_reads_empty_values(env):
    """Reading a field of an empty recordset gives the empty value."""
    none = env["book"]

    assert (none.name, none.note, none.bought, none.facts) == (None, None, None, None)
    assert (none.pages, none.price, none.lent) == (0, 0, False)
    assert none.shelf_id == env["shelf"]
    assert none.topic_ids == env["topic"]
    assert none.shelf_id.parent_id.name is None
    assert not none.id


def test_assigning_on_a_set_assigns_to_all(books):
    """Assigning on a set assigns to all."""
    books.pages = 7

    assert [book.pages for book in books] == [7] * 5


def test_assigning_on_an_empty_set_does_nothing(env, books):
    """Assigning on a set assigns to all: to none."""
    env["book"].pages = 7

    assert [book.pages for book in books] == [10, 20, 30, 40, 50]


def test_an_unknown_attribute_is_an_error(a):
    """A misspelt field is not silently created."""
    with pytest.raises(AttributeError):
        a.nmae  # noqa: B018
    with pytest.raises((AttributeError, ValueError)):
        a.nmae = "x"
