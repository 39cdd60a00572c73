"""orm.md, section 3: the methods of recordsets, and records that are gone or hidden."""

from __future__ import annotations

import pytest

from app.orm import MissingError
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
