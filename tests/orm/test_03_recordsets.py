"""orm.md, section 3: recordsets are immutable ordered sequences of ids of one model, with an env."""

from __future__ import annotations

import pytest

from app.orm import Access, CurrentUser, MissingError, Model, Rule, fields

ROLES = ("reader",)


class Shelf(Model):
    """Where books stand."""

    _name = "shelf"
    _order = "name"
    access = Access(reader="r")

    name = fields.Char()
    parent_id = fields.Many2one("shelf")
    child_ids = fields.One2many("shelf", "parent_id")
    book_ids = fields.One2many("book", "shelf_id")


class Topic(Model):
    """What books are about."""

    _name = "topic"
    access = Access(reader="r")

    name = fields.Char()
    book_ids = fields.Many2many("book")


class Book(Model):
    """Something to read."""

    _name = "book"
    _order = "name, id"
    access = Access(reader="rud")
    rules = [Rule("reader", [("owner_id", "=", CurrentUser)])]

    name = fields.Char()
    pages = fields.Integer()
    price = fields.Float()
    lent = fields.Boolean()
    note = fields.Text()
    bought = fields.Date()
    facts = fields.Json()
    owner_id = fields.Many2one("user")
    shelf_id = fields.Many2one("shelf")
    topic_ids = fields.Many2many("topic")


MODELS = (Shelf, Topic, Book)


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
    assert not a == b


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
    assert not books < books


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


def test_mapped_values_keep_duplicates(env, books):
    """`mapped`: values do not deduplicate."""
    books[:3].pages = 5

    assert books.mapped("pages") == [5, 5, 5, 40, 50]


def test_mapped_relations_deduplicate(env, books):
    """`mapped("a_id.b")`: relations deduplicate."""
    one, two = env["shelf"].create([{"name": "one"}, {"name": "two"}])
    (books[0] | books[2]).shelf_id = two
    books[1].shelf_id = one

    assert books.mapped("shelf_id").ids == [two.id, one.id]
    assert books.mapped("shelf_id.name") == ["two", "one"]


def test_mapped_goes_through_x2many_paths(env, books):
    """`mapped("a_id.b")` through both sorts of x2many."""
    topics = env["topic"].create([{"name": "x"}, {"name": "y"}])
    shelf = env["shelf"].create({"name": "one", "book_ids": books[:2]})
    books[0].topic_ids = topics
    books[1].topic_ids = topics[:1]

    assert sorted(shelf.mapped("book_ids.topic_ids.name")) == ["x", "y"]
    assert shelf.mapped("book_ids.topic_ids") == topics
    assert shelf.book_ids.topic_ids == topics


def test_a_relation_of_a_set_is_the_union(env, books):
    """Reading a relation of several records gives their union, as in Odoo."""
    one, two = env["shelf"].create([{"name": "one"}, {"name": "two"}])
    (books[0] | books[2]).shelf_id = two
    books[1].shelf_id = one

    assert books.shelf_id.ids == [two.id, one.id]


def test_mapped_takes_a_function(env, books):
    """`mapped` also takes a function."""
    topic = env["topic"].create({"name": "x", "book_ids": books})

    assert books.mapped(lambda book: book.pages + 1) == [11, 21, 31, 41, 51]
    assert books.mapped(lambda book: book.topic_ids) == topic


def test_mapped_over_nothing_is_empty(env):
    """`mapped` of an empty set."""
    assert env["book"].mapped("pages") == []
    assert env["book"].mapped("shelf_id") == env["shelf"]
    assert env["book"].mapped("shelf_id.name") == []


def test_filtered_takes_a_flag_or_a_function(books):
    """`filtered("flag" | function)`."""
    books[1].lent = True

    assert books.filtered("lent") == books[1]
    assert names(books.filtered(lambda book: book.pages > 30)) == ["d", "e"]


def test_filtered_takes_a_path(env, books):
    """`filtered("flag")`: a path counts when something on it is true, as in Odoo."""
    shelf = env["shelf"].create({"name": "one"})
    books[2].shelf_id = shelf

    assert books.filtered("shelf_id.name") == books[2]
    assert books.filtered("shelf_id") == books[2]


def test_filtered_domain_keeps_the_order(books):
    """`filtered_domain(domain)`."""
    backwards = books[::-1]

    assert names(backwards.filtered_domain([("pages", ">=", 30)])) == ["e", "d", "c"]
    assert backwards.filtered_domain([]) == books


def test_sorted_follows_text_keys_and_reverse(books):
    """`sorted("a desc, b" | key, reverse)`."""
    books[0].pages = 50

    assert names(books.sorted("pages desc, name desc")) == ["e", "a", "d", "c", "b"]
    assert names(books.sorted("pages desc, name")) == ["a", "e", "d", "c", "b"]
    assert names(books.sorted(lambda book: -book.pages)) == ["a", "e", "d", "c", "b"]
    assert names(books.sorted("name", reverse=True)) == list("edcba")
    assert names(books.sorted(key=lambda book: book.name, reverse=True)) == list("edcba")


def test_sorted_without_a_key_uses_the_models_order(books):
    """`sorted()`: `_order`."""
    assert names(books[::-1].sorted()) == list("abcde")


def test_sorted_copes_with_empty_values(books):
    """`sorted("a desc, b")` over None: empty last ascending, as PostgreSQL and Odoo do."""
    books[1].name = None

    assert names(books.sorted("name")) == ["a", "c", "d", "e", None]
    assert names(books.sorted("name desc")) == [None, "e", "d", "c", "a"]


def test_grouped_by_a_relation_has_the_empty_record_as_key(env, books):
    """`grouped("a_id")` → dict (empty record as key)."""
    shelf = env["shelf"].create({"name": "one"})
    (books[0] | books[3]).shelf_id = shelf

    groups = books.grouped("shelf_id")

    assert names(groups[shelf]) == ["a", "d"]
    assert names(groups[env["shelf"]]) == ["b", "c", "e"]
    assert len(groups) == 2


def test_grouped_by_a_function(books):
    """`grouped(function)`."""
    groups = books.grouped(lambda book: book.pages > 30)

    assert names(groups[True]) == ["d", "e"]
    assert names(groups[False]) == ["a", "b", "c"]


def test_grouped_by_a_value(books):
    """`grouped("flag")`."""
    books[0].lent = True

    assert books.grouped("lent") == {True: books[0], False: books[1:]}


def test_browse_sends_no_statement(env):
    """`browse(ids)` (no statement)."""
    with env.count_queries() as queries:
        found = env["book"].browse([4, 5])
        assert len(found) == 2
        assert found.ids == [4, 5]
        assert env["book"].browse(7).ids == [7]
        assert not env["book"].browse(None)

    assert queries.total == 0


def test_exists_keeps_what_is_there(env, books):
    """`exists()`."""
    gone = books[1:3]
    gone.unlink()

    assert books.exists().ids == (books - gone).ids
    assert not env["book"].browse(2_000_000_000).exists()


def test_with_context_leaves_the_original_alone(a):
    """`with_context(**)`."""
    other = a.with_context(note="x")

    assert other.env.context["note"] == "x"
    assert "note" not in a.env.context
    assert other == a
    assert other.with_context(more=1).env.context["note"] == "x"
    assert "note" not in other.with_context({}).env.context


def test_with_user_and_sudo_change_the_env(env, a):
    """`with_user(user)`, `sudo(reason)`."""
    user = env.new_user("ann", roles=["reader"])
    mine = a.with_user(user)

    assert mine.env.user.id == user.id
    assert not mine.env.su
    assert mine.sudo("to test it").env.su
    assert mine.sudo("to test it").env.user.id == user.id
    assert mine == a


def test_sudo_wants_a_reason(env, as_role):
    """`sudo(reason)`."""
    with pytest.raises((TypeError, ValueError)):
        as_role("reader")["book"].sudo()


def test_repr_names_model_and_ids(a, b):
    """thing(1, 2)."""
    assert repr(a | b) == f"book({a.id}, {b.id})"


def test_a_deleted_record_does_not_exist(a):
    """A deleted record: `exists()` is empty."""
    a.unlink()

    assert not a.exists()


def test_read_leaves_deleted_records_out(a, b):
    """A deleted record: `read()` leaves it out."""
    both = a | b
    a.unlink()

    assert [row["name"] for row in both.read(["name"])] == ["b"]


def test_a_second_unlink_is_true(a):
    """A deleted record: a second `unlink()` is True."""
    assert a.unlink() is True
    assert a.unlink() is True


def test_reading_a_deleted_record_raises_missing_error(env, a):
    """A deleted record: reading a field raises `MissingError`."""
    a.unlink()

    with pytest.raises(MissingError):
        a.name  # noqa: B018
    with pytest.raises(MissingError):
        env["book"].browse(2_000_000_000).pages  # noqa: B018


def test_one_deleted_record_does_not_spoil_the_others(env, a, b):
    """A deleted record raises for itself; its neighbours in the set read on."""
    env.flush()
    both = a | b
    a.unlink()
    env.clear()

    assert both[1].name == "b"


def test_a_hidden_record_behaves_like_a_deleted_one(env, a, as_role):
    """And likewise one hidden by a rule."""
    reader = as_role("reader")
    env.flush()
    hidden = a.with_user(reader.user)

    assert not hidden.exists()
    assert hidden.read(["name"]) == []
    assert hidden.unlink() is True
    with pytest.raises(MissingError):
        hidden.name  # noqa: B018
    assert a.exists() == a
    assert a.name == "a"


def test_writing_to_a_hidden_record_is_missing(a, as_role):
    """One hidden by a rule does not exist for him."""
    hidden = a.with_user(as_role("reader").user)

    with pytest.raises(MissingError):
        hidden.name = "mine"
        hidden.env.flush()
    assert a.name == "a"


def test_a_deleted_record_leaves_relations(env, books):
    """A deleted record is in no relation any more."""
    shelf = env["shelf"].create({"name": "one"})
    books.shelf_id = shelf
    assert len(shelf.book_ids) == 5

    books[0].unlink()

    assert shelf.book_ids == books[1:]


def test_reading_the_id_sends_nothing(env, a):
    """Sequences of ids."""
    with env.count_queries() as queries:
        assert isinstance(a.id, int)
        assert a._name == "book"

    assert queries.total == 0
