"""orm.md, section 12: errors have a code, an HTTP status, a translated text and, where known, a field."""

from __future__ import annotations

import pytest

import app.orm
import app.orm.errors
from app.orm import (
    Access,
    AccessError,
    ComputeError,
    ConflictError,
    DeclarationError,
    MissingError,
    Model,
    UserError,
    ValidationError,
    _,
    api,
    fields,
)
from app.orm.i18n import use_lang

ROLES = ("visitor",)


class Ticket(Model):
    """A ticket for a show."""

    _name = "ticket"
    access = Access(visitor="r")

    name = fields.Char(required=True, string=_("Name"))
    code = fields.Char(size=3, unique=True)

    @api.constrains("code")
    def _check_code(self):
        for ticket in self:
            if ticket.code == "bad":
                raise ValidationError(_("%(code)s is a bad code.", code=ticket.code), field="code")


MODELS = (Ticket,)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AccessError, {403}),
        (MissingError, {404}),
        (ValidationError, {422}),
        (UserError, {422}),
        (ConflictError, {409, 412}),
        (ComputeError, {500}),
    ],
)
def test_every_error_has_code_and_status(error, status):
    """`AccessError` 403, `MissingError` 404, `ValidationError` 422, `UserError` 422, `ConflictError` 409/412, `ComputeError` 500."""
    assert error.status in status
    assert error.code


def test_codes_are_distinct():
    """Each with `code`."""
    errors = (AccessError, MissingError, ValidationError, UserError, ConflictError, ComputeError, DeclarationError)

    assert len({error.code for error in errors}) == len(errors)


@pytest.mark.parametrize(
    "name", ["AccessError", "MissingError", "ValidationError", "UserError", "ConflictError", "ComputeError", "DeclarationError"]
)
def test_errors_are_public_in_both_places(name):
    """The errors of section 12 (also from `app.orm.errors`) are the public names."""
    assert getattr(app.orm, name) is getattr(app.orm.errors, name)


def test_a_users_mistake_is_no_value_error():
    """`ValueError` for misuse by code: the two are told apart."""
    for error in (AccessError, MissingError, ValidationError, UserError, ConflictError):
        assert not issubclass(error, ValueError)


def test_a_validation_error_lists_its_fields(env):
    """… and, where known, field."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["ticket"].create({"code": "abc"})
        env.flush()

    assert caught.value.errors[0]["field"] == "name"
    assert set(caught.value.errors[0]) >= {"field", "code", "message"}
    assert caught.value.errors[0]["message"]


def test_a_missing_record_is_404(env):
    """`MissingError` 404 (also for hidden)."""
    with pytest.raises(MissingError) as caught:
        env["ticket"].browse(2_000_000_000).name  # noqa: B018

    assert caught.value.status == 404
    assert "2000000000" in str(caught.value).replace("\u00a0", "").replace(",", "")


def test_texts_are_translated_when_they_are_read(env):
    """Translated text: after filling in nothing, before."""
    with pytest.raises(ValidationError) as caught, env.savepoint():
        env["ticket"].create({"name": "x", "code": "bad"})
        env.flush()

    with use_lang("en"):
        assert str(caught.value) == "bad is a bad code."


def test_an_error_of_access_carries_its_model(env, as_role):
    """`AccessError` 403 with the model."""
    visitor = as_role("visitor")
    with pytest.raises(AccessError) as caught:
        visitor["ticket"].create({"name": "x"})

    assert caught.value.model == "ticket"
    assert "visitor" not in visitor.roles or caught.value.status == 403
