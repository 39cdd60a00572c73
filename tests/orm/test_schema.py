"""Tables from declarations: columns, defaults, links, constraints, indexes, adopted tables, additive changes, partitions."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from app.orm import Access, Constraint, DeclarationError, Index, Model, ValidationError, ddl, fields, testing
from app.orm.definition import names_in, outline, short, split
from app.orm.registry import Registry
from app.orm.testing import base_declarations, scratch_database


class Room(Model):
    """A room that can be booked."""

    _name = "room"
    access = Access(everyone="crud")

    name = fields.Char(40, required=True, search=True, index="trigram")
    number = fields.Char(search=True, unique=True)
    phone = fields.Phone(search=True)
    title = fields.Char(translate=True, search=True)
    floor = fields.Integer()
    code = fields.Char(check_unique_ci=True)
    place = fields.GeoPoint()
    parent_id = fields.Many2one("room", index=True)
    tag_ids = fields.Many2many("room.tag")
    size_class = fields.Selection([("s", "Small")], column="size_of_room")

    _no_percent = Constraint("CHECK (name NOT LIKE '100%')", "A percentage is no name.")
    _floor_range = Constraint("CHECK (floor BETWEEN -5 AND 200)", "There are floors from -5 to 200.")
    _pair = Constraint("UNIQUE NULLS NOT DISTINCT (name, number) WHERE floor > 0", "Above the ground each pair is unique.")
    _by_class = Index("(size_class, lower(name) DESC)", where="size_class IS NOT NULL")


class RoomTag(Model):
    """A mark of rooms."""

    _name = "room.tag"
    access = Access(everyone="crud")

    name = fields.Char(required=True)
    room_ids = fields.Many2many("room")


class Booking(Model):
    """A room at a time."""

    _name = "booking"
    access = Access(everyone="crud")

    room_id = fields.Many2one("room", required=True, ondelete="cascade")
    date_from = fields.Date(required=True)
    date_to = fields.Date(required=True)

    _free = Constraint("EXCLUDE USING gist (room_id WITH =, daterange(date_from, date_to) WITH &&)", "The room is taken.")


class Event(Model):
    """Something that happened."""

    _name = "event"
    _append_only = True
    _partition_by = "happened"
    access = Access(everyone="r")

    happened = fields.Datetime(required=True)
    what = fields.Char()


MODELS = (Room, RoomTag, Booking, Event)


def build(*classes, metadata=None):
    return Registry.build([*base_declarations(), *classes], metadata)


@contextmanager
def connected(database):
    """A connection that sees the scratch schema first, as the ORM's do."""
    with database.engine.begin() as connection:
        yield connection


@pytest.fixture(scope="module")
def registry():
    return build(*MODELS)


@pytest.fixture(scope="module")
def database(registry):
    with scratch_database(registry) as database:
        yield database


def indexes(registry, model):
    return {index.name for index in registry[model]._table.indexes}


def test_a_table_has_the_base_columns_and_one_per_field(registry):
    assert set(registry["room"]._table.c.keys()) == {
        "id", "create_uid", "create_date", "write_uid", "write_date", "revision", "custom", "name", "number", "phone", "phone_e164",
        "title", "floor", "code", "place", "parent_id", "size_of_room", "search_text",
    }  # fmt: skip


def test_rows_can_be_inserted_by_those_who_know_nothing_of_our_columns(database):
    with connected(database) as connection:
        connection.execute(sa.text("INSERT INTO room (name) VALUES ('by hand')"))
        row = connection.execute(sa.text("SELECT floor, revision, custom, create_date FROM room WHERE name = 'by hand'")).one()

    assert row[:3] == (0, 1, {})
    assert row.create_date is not None


def test_both_sides_of_a_many2many_share_one_table(registry):
    rooms, tags = registry["room"]._fields["tag_ids"], registry["room.tag"]._fields["room_ids"]

    assert rooms.relation_table is tags.relation_table
    assert rooms.relation == "room_room_tag_rel"
    assert (rooms.column1, rooms.column2) == (tags.column2, tags.column1) == ("room_id", "room_tag_id")
    assert {key.ondelete for key in rooms.relation_table.foreign_key_constraints} == {"CASCADE"}


def test_indexes_are_made_as_declared(registry):
    assert indexes(registry, "room") == {
        "room_name_trgm", "room_search_text_trgm", "room_search_text_head", "room_code_ci", "room_place_gist", "room_parent_id_idx", "room_phone_e164_idx",
        "room_pair", "room_by_class",
    }  # fmt: skip


def test_constraints_carry_their_message_and_fields(registry):
    found = registry.constraint_messages

    assert found["room_floor_range"][:2] == ("room", ("floor",))
    assert str(found["room_floor_range"].message) == "There are floors from -5 to 200."
    assert found["room_pair"].fields == ("name", "number", "floor")
    assert found["room_number_key"] == ("room", ("number",), "")
    assert found["room_code_ci"].fields == ("code",)
    assert found["booking_free"].fields == ("room_id", "date_from", "date_to")


@pytest.fixture
def env(database):
    """A superuser's env in a unit that is not committed."""
    env = database.env(su=True)
    with pytest.raises(RollBack), env.unit_of_work() as inside:
        yield inside
        raise RollBack


class RollBack(Exception):
    """Ends a unit without keeping anything."""


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "100 x"}, "A percentage is no name."),
        ({"floor": 300}, "There are floors from -5 to 200."),
        ({"floor": 1}, "Above the ground each pair is unique."),
    ],
)
def test_a_violated_constraint_says_its_sentence(env, values, message):
    env["room"].create({"name": "a", "floor": 1})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["room"].create({"name": "a", **values})
        env.flush()

    assert str(caught.value) == message


def test_an_exclusion_is_a_validation_error(env):
    room = env["room"].create({"name": "a"})
    env["booking"].create({"room_id": room, "date_from": "2026-01-01", "date_to": "2026-01-10"})
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["booking"].create({"room_id": room, "date_from": "2026-01-09", "date_to": "2026-01-12"})
        env.flush()

    assert str(caught.value) == "The room is taken."
    assert "room_id" in caught.value.fields


def test_the_search_column_folds_what_is_marked_and_adds_the_digits(env):
    room = env["room"].create({"name": "Зал Щукина", "number": "Ё-7", "phone": "8 (912) 345-67-89", "title": "Большой"})
    env.flush()
    (text,) = env.unit.rows("SELECT search_text FROM room WHERE id = %(id)s", {"id": room.id})[0]

    assert text.startswith("zal shukina")
    assert {"e", "7", "bolshoi", "89123456789"} <= set(text.split())


# ---- what is there already ------------------------------------------------------------------------------------------------


def foreign_users():
    """Somebody else's users and roles, with their own sequences, as Flask-AppBuilder has them."""
    metadata = sa.MetaData()

    def own(table):
        return sa.Column("id", sa.Integer, sa.Sequence(f"{table}_id_seq"), primary_key=True)

    sa.Table("ab_role", metadata, own("ab_role"), sa.Column("name", sa.String(64), unique=True, nullable=False))
    names = [sa.Column(name, sa.String(64), nullable=False) for name in ("first_name", "last_name", "email")]
    sa.Table("ab_user", metadata, own("ab_user"), *names, sa.Column("username", sa.String(64), unique=True, nullable=False))
    links = [sa.Column(f"{name}_id", sa.Integer, sa.ForeignKey(f"ab_{name}.id")) for name in ("user", "role")]
    sa.Table("ab_user_role", metadata, own("ab_user_role"), *links, sa.UniqueConstraint("user_id", "role_id"))
    return metadata


def test_a_table_of_somebody_else_is_adopted_and_completed():
    metadata = foreign_users()
    table = metadata.tables["ab_user"]
    registry = build(metadata=metadata)

    assert registry["user"]._table is table
    assert {"revision", "custom", "lang", "search_text"} <= set(table.c.keys())
    assert isinstance(table.c.id.type, sa.Integer)
    assert registry["user"]._fields["role_ids"].relation_table is metadata.tables["ab_user_role"]
    assert table.c.custom.server_default is not None
    assert table.c.lang.nullable


def test_its_maker_and_we_can_both_insert():
    with scratch_database(build(metadata=foreign_users())) as database, connected(database) as connection:
        connection.execute(sa.text("INSERT INTO ab_user (first_name, last_name, email, username) VALUES ('a', 'b', 'c', 'd')"))
        connection.execute(sa.text("INSERT INTO ab_role (name) VALUES ('x')"))
        connection.execute(sa.text("INSERT INTO ab_user_role (user_id, role_id) VALUES (1, 1)"))

        assert connection.execute(sa.text("SELECT id, revision FROM ab_user")).all() == [(1, 1)]


def test_an_empty_text_is_empty_for_us_where_its_maker_refuses_null():
    with (
        scratch_database(build(metadata=foreign_users())) as database,
        pytest.raises(RollBack),
        database.env(su=True).unit_of_work() as env,
    ):
        user = env["user"].create({"login": "ann", "email": "ann@example.org"})
        env.clear()

        assert user.first_name is None
        assert env.unit.rows("SELECT first_name FROM ab_user") == [("",)]
        raise RollBack


def test_the_same_metadata_may_serve_a_second_registry():
    metadata = foreign_users()
    build(Room, RoomTag, metadata=metadata)
    registry = build(RoomTag, Room, metadata=metadata)

    assert registry["room"]._table is metadata.tables["room"]
    assert len(registry["user"]._table.indexes) == len({index.name for index in registry["user"]._table.indexes})


def test_a_link_table_in_the_place_of_a_model_is_refused():
    class Wrong(Model):
        _name = "wrong"
        room_ids = fields.Many2many("room", "room_tag", "wrong_id", "room_id")

    with pytest.raises(DeclarationError, match="room_ids"):
        build(Room, RoomTag, Wrong)


# ---- additive changes, partitions, grants ---------------------------------------------------------------------------------


def test_a_complete_database_needs_nothing(database, registry):
    with connected(database) as connection:
        assert ddl.additive_statements(connection, registry) == []


def test_what_an_extension_brings_is_added_to_tables_with_rows():
    class Extension(Model):
        _inherit = "room.tag"
        colour = fields.Char(required=True)
        weight = fields.Integer(index=True)
        room_id = fields.Many2one("room")
        _light = Constraint("CHECK (weight < 100)", "Tags weigh less than 100.")

    class Shelf(Model):
        _name = "shelf"
        name = fields.Char()
        tag_ids = fields.Many2many("room.tag")

    with scratch_database(build(Room, RoomTag)) as database, connected(database) as connection:
        connection.execute(sa.text("INSERT INTO room_tag (name) VALUES ('old')"))
        larger = build(Room, RoomTag, Extension, Shelf)
        sent = ddl.apply_additive(connection, larger)

        assert connection.execute(sa.text("SELECT name, colour, weight FROM room_tag")).all() == [("old", None, 0)]
        assert any("room_tag_weight_idx" in statement for statement in sent)
        assert any("room_tag_room_id_fkey" in statement for statement in sent)
        assert any("room_tag_light" in statement for statement in sent)
        connection.execute(sa.text("INSERT INTO shelf (name) VALUES ('a')"))
        connection.execute(sa.text("INSERT INTO room_tag_shelf_rel (shelf_id, room_tag_id) VALUES (1, 1)"))
        assert ddl.apply_additive(connection, larger) == []


def test_a_table_by_months_has_its_partitions_and_a_remainder(database, registry):
    insert = sa.text(
        "INSERT INTO event (happened, what) VALUES (:moment, 'x') RETURNING CAST(CAST(tableoid AS regclass) AS text)"
    )
    with connected(database) as connection:
        ddl.make_partitions(connection, registry)
        ddl.make_partitions(connection, registry)
        now = connection.execute(sa.text("SELECT now()")).scalar_one()

        assert connection.execute(insert, {"moment": now}).scalar_one().endswith(f"event_{now:%Y_%m}")
        assert connection.execute(insert, {"moment": "1999-01-01"}).scalar_one().endswith("event_rest")


def test_extensions_and_functions_are_made_once():
    engine = sa.create_engine(testing.test_url(), poolclass=sa.NullPool)
    with engine.begin() as connection:
        ddl.run_script(connection, ddl.extension_ddl())
        before = connection.execute(sa.text("SELECT xmin FROM pg_proc WHERE proname = 'fold'")).scalar_one()
        ddl.run_script(connection, ddl.extension_ddl())

        assert connection.execute(sa.text("SELECT xmin FROM pg_proc WHERE proname = 'fold'")).scalar_one() == before


def test_a_search_column_follows_the_fields_that_are_searched():
    class Extension(Model):
        _inherit = "room.tag"
        name = fields.Char(search=True)
        nick = fields.Char()

    class Later(Model):
        _inherit = "room.tag"
        nick = fields.Char(search=True)

    with scratch_database(build(Room, RoomTag, Extension)) as database, connected(database) as connection:
        connection.execute(sa.text("INSERT INTO room_tag (name, nick) VALUES ('Щука', 'Жук')"))
        larger = build(Room, RoomTag, Extension, Later)

        assert ddl.apply_additive(connection, larger)
        assert connection.execute(sa.text("SELECT search_text FROM room_tag")).scalar_one().split("\1") == ["shuka", " zhuk"]
        assert ddl.apply_additive(connection, larger) == []


def test_another_version_of_fold_makes_all_keys_anew():
    with scratch_database(build(Room, RoomTag)) as database, database.engine.connect() as connection:
        registry = database.registry
        connection.execute(sa.text("INSERT INTO room (name) VALUES ('Щукин')"))
        connection.execute(sa.text("COMMENT ON FUNCTION public.fold(text) IS 'kartoteka fold 0'"))
        connection.execute(sa.text("COMMENT ON INDEX room_search_text_trgm IS 'of version 0'"))

        assert ddl.refresh_functions(connection, registry)
        assert any("room_search_text_trgm" in statement for statement in ddl.apply_additive(connection, registry))
        assert connection.execute(sa.text("SELECT search_text FROM room")).scalar_one().strip("\1 ") == "shukin"
        assert not ddl.refresh_functions(connection, registry)
        assert ddl.additive_statements(connection, registry) == []
        connection.rollback()


# ---- definitions ----------------------------------------------------------------------------------------------------------


def test_long_names_are_cut_and_stay_different():
    names = {short("a" * 70 + end) for end in "xyz"}

    assert len(names) == 3
    assert all(len(name.encode()) <= 63 for name in names)
    assert short("room_name_key") == "room_name_key"


def test_a_definition_is_taken_apart():
    parts = outline("EXCLUDE USING gist (a WITH =, daterange(b, c) WITH &&) WHERE (a IS NOT NULL)")

    assert (parts.kind, parts.using, parts.where) == ("exclude", "gist", "(a IS NOT NULL)")
    assert parts.elements == ("a WITH =", "daterange(b, c) WITH &&")
    assert split("a, f(b, g(c, d)), e") == ("a", "f(b, g(c, d))", "e")
    assert outline("(inn, kpp) NULLS NOT DISTINCT").nulls_not_distinct
    with pytest.raises(ValueError, match="not closed"):
        outline("CHECK (a > (b)")


def test_names_in_a_definition_are_its_columns():
    assert list(names_in("CHECK (kind IN ('a b', 'c') AND length(code::text) > 3 OR date_to IS NULL)")) == [
        "kind",
        "code",
        "date_to",
    ]
    assert list(names_in("UNIQUE (year, name)", {"year", "name"})) == ["year", "name"]
