"""The OpenAPI description of the generated resources, from the same schemas that check what comes in."""

from __future__ import annotations

from typing import Any

from apispec import APISpec

from app.orm.env import Env
from app.web.api.resources import resource_of, served, shape
from app.web.api.schemas import schema_for

_JSON = "application/json"
_ERRORS = {
    400: "The request cannot be understood",
    401: "Nobody is signed in",
    403: "The roles of the user do not allow it",
    404: "Missing, or not visible for this user",
    409: "Somebody else changed the same field meanwhile",
    412: "The record is not the one that If-Match names",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "Values are wrong; each is named",
    429: "Too many attempts",
}
_PROBLEM = {
    "type": "object",
    "required": ["message", "errors", "code"],
    "properties": {
        "message": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "nullable": True},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "index": {"type": "integer"},
                },
            },
        },
    },
}
_QUERY = {
    "name": "q",
    "in": "query",
    "description": "Rison or JSON: columns, filters [{col, opr, value}], domain, order_column, order_direction, page, page_size, count, keys",
    "schema": {"type": "string", "example": "(columns:!(id),page:0,page_size:20)"},
}
_PK = {"name": "pk", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_IF_MATCH = {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": "The ETag that was read"}
_IF_NONE_MATCH = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}, "description": "The ETag that is known"}
_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 128},
    "description": "Repeat safely",
}
_SECURITY: list[dict[str, list[str]]] = [{"jwt": []}]


def responses() -> dict[str, Any]:
    """The answers that FAB registers as components, ours in place of its own."""
    return {str(status): {"description": text, "content": {_JSON: {"schema": _PROBLEM}}} for status, text in _ERRORS.items()}


def describe(spec: APISpec, env: Env) -> None:
    """Add the paths of every model that this user may read."""
    for name, model in env.registry.models.items():
        if served(model) and env[name].has_access("read"):
            _describe_model(spec, env[name])


def _describe_model(spec: APISpec, model: Any) -> None:
    resource = resource_of(model._name)
    base = f"/api/v1/{resource}"
    schema = schema_for(type(model))
    spec.components.schema(resource, {"type": "object", "additionalProperties": True, "properties": _answered(model)})
    writable = [name for name in schema.fields if name in shape(model).writable]
    spec.components.schema(f"{resource}.write", schema=type(schema)(only=writable))
    text = str(model._description)
    spec.path(f"{base}/", operations={"get": _list(resource, text), "post": _create(resource, text)})
    spec.path(f"{base}/_info", operations={"get": _operation(resource, text, 200, {"type": "object"}, [_QUERY], 400)})
    spec.path(f"{base}/_batch", operations={"post": _batch(resource, text)})
    spec.path(f"{base}/{{pk}}", operations=_one(resource, text))
    linked = [name for name in shape(model).readable if name in model._fields and getattr(model._fields[name], "comodel", None)]
    if linked:
        column = {"name": "column", "in": "path", "required": True, "schema": {"type": "string", "enum": sorted(linked)}}
        found = {"type": "object", "required": ["count", "result"]}
        spec.path(
            f"{base}/related/{{column}}", operations={"get": _operation(resource, text, 200, found, [column, _QUERY], 400, 404)}
        )
    for action in model._collected["_action"]:
        spec.path(f"{base}/{{pk}}/{action}", operations={"post": _action(resource, text, action)})


def _answered(model: Any) -> dict[str, Any]:
    return {
        name: {"description": str(model._fields[name].string or name)} for name in shape(model).shown if name in model._fields
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _operation(resource: str, summary: str, status: int, schema: Any, parameters: list[Any], *errors: int) -> dict[str, Any]:
    answers: dict[str, Any] = {str(code): {"$ref": f"#/components/responses/{code}"} for code in (401, 403, *errors)}
    answers[str(status)] = {"description": "Done", "content": {_JSON: {"schema": schema}}}
    return {"tags": [resource], "summary": summary, "parameters": parameters, "responses": answers, "security": _SECURITY}


def _with_body(operation: dict[str, Any], schema: Any, *, required: bool = True) -> dict[str, Any]:
    return {**operation, "requestBody": {"required": required, "content": {_JSON: {"schema": schema}}}}


def _list(resource: str, text: str) -> dict[str, Any]:
    page = {
        "type": "object",
        "required": ["ids", "result"],
        "properties": {
            "count": {"type": "integer"},
            "ids": {"type": "array", "items": {"type": "integer"}},
            "result": {"type": "array", "items": _ref(resource)},
        },
    }
    return _operation(resource, text, 200, page, [_QUERY], 400, 404)


def _stored(resource: str) -> dict[str, Any]:
    properties = {"id": {"type": "integer"}, "result": _ref(resource)}
    return {"type": "object", "required": ["id", "result"], "properties": properties}


def _create(resource: str, text: str) -> dict[str, Any]:
    made = _operation(resource, text, 201, _stored(resource), [_ONCE], 400, 404, 409, 413, 415, 422)
    return _with_body(made, _ref(f"{resource}.write"))


def _one(resource: str, text: str) -> dict[str, Any]:
    got = _operation(resource, text, 200, _stored(resource), [_PK, _QUERY, _IF_NONE_MATCH], 400, 404)
    got["responses"]["304"] = {"description": "Not changed"}
    changed = _operation(resource, text, 200, _stored(resource), [_PK, _IF_MATCH, _ONCE], 400, 404, 409, 412, 413, 415, 422)
    gone = _operation(resource, text, 200, {"type": "object"}, [_PK, _IF_MATCH, _ONCE], 400, 404, 409, 412, 422)
    changed = _with_body(changed, _ref(f"{resource}.write"))
    return {"get": got, "put": changed, "patch": dict(changed), "delete": gone}


def _batch(resource: str, text: str) -> dict[str, Any]:
    operation = {
        "type": "object",
        "required": ["op"],
        "properties": {
            "op": {"type": "string", "enum": ["create", "update", "delete"]},
            "id": {"type": "integer"},
            "values": _ref(f"{resource}.write"),
        },
    }
    body = {
        "type": "object",
        "required": ["operations"],
        "properties": {"operations": {"type": "array", "maxItems": 1000, "items": operation}},
    }
    done = {"type": "object", "required": ["result"], "properties": {"result": {"type": "array", "items": {"type": "object"}}}}
    return _with_body(_operation(resource, text, 200, done, [_ONCE], 400, 404, 409, 413, 415, 422), body)


def _action(resource: str, text: str, name: str) -> dict[str, Any]:
    called = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    operation = _operation(resource, f"{text}: {name}", 200, called, [_PK, _ONCE], 400, 404, 409, 413, 415, 422)
    return _with_body(operation, {"type": "object"}, required=False)
