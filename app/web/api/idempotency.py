"""`Idempotency-Key`: a request that is sent again (its answer was lost) is answered again, and not carried out again.

The first answer is stored in the same unit of work as what it tells of: both are there, or neither. A key belongs to its
user; the same key with another request is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, request

from app.orm.errors import ConflictError, UserError, ValidationError
from app.orm.i18n import _
from app.web.context import current_env
from app.web.errors import BadRequest

_LONGEST = 128
_WHY = "the stored answers of requests belong to the bridge, no role reads them"


def once(operation: Callable[[], Response]) -> Response:
    """Carry out the operation, or give its first answer again when the request bears a known key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return operation()
    if not 0 < len(key) <= _LONGEST or not key.isprintable():
        raise BadRequest(_("Idempotency-Key must be printable and at most 128 characters."), reason="bad-idempotency-key")
    env = current_env()
    keys: Any = env["idempotency.key"].sudo(_WHY)
    fingerprint = _fingerprint()
    known = keys.search([("user_id", "=", env.uid), ("key", "=", key)], limit=1)
    if known:
        return _again(known, fingerprint)
    answer = operation()
    row = {
        "user_id": env.uid,
        "key": key,
        "fingerprint": fingerprint,
        "status": answer.status_code,
        "body": answer.get_data(as_text=True),
    }
    try:
        keys.create(row)
        env.flush()
    except ValidationError as error:  # the same request came twice at once, and the other one was first
        raise ConflictError(_("The same request is being carried out. Send it again."), reason="in-progress") from error
    return answer


def _fingerprint() -> str:
    """What makes two requests the same: verb, address and body."""
    digest = hashlib.sha256()
    for part in (request.method.encode(), request.path.encode(), request.get_data(cache=True)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _again(known: Any, fingerprint: str) -> Response:
    if known.fingerprint != fingerprint:
        raise UserError(_("This Idempotency-Key was used for another request."), reason="idempotency-key-reused")
    answer = Response(known.body, status=known.status, mimetype="application/json")
    answer.headers["Idempotent-Replay"] = "true"
    return answer
