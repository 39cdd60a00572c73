"""Rights in FAB's tables: seeded once from the declarations, then the administrator's."""

from __future__ import annotations

from flask_appbuilder.security.sqla.models import PermissionView, Role, ViewMenu

from app.web.permissions import declared


def _seed(app):
    return app.test_cli_runner().invoke(args=["seed"], catch_exceptions=False).output


def _pairs(session, role, model):
    found = session.query(Role).filter_by(name=role).one()
    return {pair.permission.name: pair for pair in found.permissions if pair.view_menu.name == model}


def test_a_second_seeding_writes_nothing(app):
    assert _seed(app) == "0 rights written.\n"


def test_the_declared_rights_stand_in_fabs_tables(app):
    with app.app_context():
        session = app.extensions["sqlalchemy"].session
        assert set(_pairs(session, "clerk", "shelf.book")) == {"can_read", "can_create", "can_write", "can_delete"}
        assert set(_pairs(session, "manager", "shelf.leaf")) == {"can_read"}
        assert len(_pairs(session, "admin", "shelf.leaf")) == 8
        assert session.query(ViewMenu).filter_by(name="shelf.book").count() == 1
        assert session.query(PermissionView).count() >= len(
            {right[1:] for right in declared(app.extensions["kartoteka"].database.registry)}
        )


def test_what_an_administrator_took_away_stays_away_and_holds_at_once(app, api):
    """Shows 1.1."""
    assert api.as_("manager").list("shelf_leaf").status == 200
    database = app.extensions["kartoteka"].database
    with app.app_context():
        session = app.extensions["sqlalchemy"].session
        role = session.query(Role).filter_by(name="manager").one()
        taken = _pairs(session, "manager", "shelf.leaf")["can_read"]
        role.permissions.remove(taken)
        session.commit()
    database.superuser().run(lambda env: env["registry.version"].create({"reason": "test"}))

    assert api.as_("manager").list("shelf_leaf").status == 403
    assert _seed(app) == "0 rights written.\n"
    assert api.as_("manager").list("shelf_leaf").status == 403

    with app.app_context():
        session = app.extensions["sqlalchemy"].session
        role = session.query(Role).filter_by(name="manager").one()
        role.permissions.append(_pairs(session, "admin", "shelf.leaf")["can_read"])
        session.commit()
    database.superuser().run(lambda env: env["registry.version"].create({"reason": "test"}))
    assert api.as_("manager").list("shelf_leaf").status == 200
