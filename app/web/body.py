"""The JSON body of a request, with the right refusal for each way of being wrong."""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from app.orm.i18n import _
from app.web.errors import BadRequest, UnsupportedMediaType

_DEEPEST = 12


def json_body() -> Any:
    """The body as JSON: 415 for another content type, 400 for what is no JSON or too deep."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        body = orjson.loads(request.get_data(cache=True))
    except orjson.JSONDecodeError as error:
        raise BadRequest(_("The body is not valid JSON: %(detail)s.", detail=error.msg), reason="invalid-json") from error
    check_depth(body)
    return body


def json_object() -> dict[str, Any]:
    """The body as a JSON object."""
    body = json_body()
    if not isinstance(body, dict):
        raise BadRequest(_("The body must be a JSON object."), reason="invalid-json")
    return body


def check_depth(value: Any, left: int = _DEEPEST) -> None:
    """Refuse what is nested deeper than anything that we read."""
    if left == 0:
        raise BadRequest(_("This is nested too deeply."), reason="too-deep")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        check_depth(item, left - 1)
