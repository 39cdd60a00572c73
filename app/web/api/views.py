"""The routes of the generated REST interface, for every model of the registry at once.

One set of routes serves all models, so that a model made while the portal runs is served without a restart, and sixty
models cost a start no more than one. Each handler reads its arguments and calls one operation.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask_appbuilder.api import BaseApi
from flask_appbuilder.baseviews import expose
from werkzeug.routing import BaseConverter

from app.web.api import openapi, reading, writing
from app.web.api.idempotency import once
from app.web.api.resources import records
from app.web.context import current_env

_PK = "<pk:pk>"
_LARGEST = 2**63 - 1


class ResourceConverter(BaseConverter):
    """A model's name in an address; never a word that begins with an underscore, such as `_openapi`."""

    regex = r"[a-z][a-z0-9_]*"


class PkConverter(BaseConverter):
    """An id in an address; one too large for any table is as missing as the largest."""

    regex = r"[0-9]+"

    def to_python(self, value: str) -> int:
        return min(int(value[:20]), _LARGEST)


class RecordsApi(BaseApi):
    """`/api/v1/<model>/…` for every model."""

    route_base = "/api/v1"
    openapi_spec_tag = "Records"
    csrf_exempt = False

    @expose("/<resource:resource>/", methods=["GET"])
    def get_list(self, resource: str) -> Response:
        """A page of records."""
        return reading.get_list(_records(resource))

    @expose("/<resource:resource>/_info", methods=["GET"])
    def info(self, resource: str) -> Response:
        """Fields, filters and permissions."""
        return reading.get_info(_records(resource))

    @expose(f"/<resource:resource>/{_PK}", methods=["GET"])
    def get(self, resource: str, pk: int) -> Response:
        """One record."""
        return reading.get_item(_records(resource), pk)

    @expose("/<resource:resource>/related/<string:column>", methods=["GET"])
    def related(self, resource: str, column: str) -> Response:
        """Typeahead for a linked field."""
        return reading.get_related(_records(resource), column)

    @expose("/<resource:resource>/", methods=["POST"])
    def post(self, resource: str) -> Response:
        """Create a record."""
        return once(lambda: writing.create(_records(resource)))

    @expose(f"/<resource:resource>/{_PK}", methods=["PUT", "PATCH"])
    def put(self, resource: str, pk: int) -> Response:
        """Change a record."""
        return once(lambda: writing.change(_records(resource), pk))

    @expose(f"/<resource:resource>/{_PK}", methods=["DELETE"])
    def delete(self, resource: str, pk: int) -> Response:
        """Delete a record."""
        return once(lambda: writing.delete(_records(resource), pk))

    @expose("/<resource:resource>/_batch", methods=["POST"])
    def batch(self, resource: str) -> Response:
        """Create, change and delete many records, all or nothing."""
        return once(lambda: writing.batch(_records(resource)))

    @expose(f"/<resource:resource>/{_PK}/<string:action>", methods=["POST"])
    def action(self, resource: str, pk: int, action: str) -> Response:
        """Call an action of a record."""
        return once(lambda: writing.call(_records(resource), pk, action))

    def add_api_spec(self, api_spec: Any) -> None:
        """Describe every model that this user may read."""
        self.add_apispec_components(api_spec)
        openapi.describe(api_spec, current_env())


def _records(resource: str) -> Any:
    return records(current_env(), resource)


def init_app(app: Flask) -> None:
    """The converters must be there before the routes."""
    app.url_map.converters.update(resource=ResourceConverter, pk=PkConverter)
