"""Where a `next` parameter may lead: to a path of this portal and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import request

# A browser reads `\` as `/` and drops control characters, so `/\evil` and `/<tab>/evil` leave the site.
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*\Z")


def safe_target(target: str | None, default: str = "/") -> str:
    """The path to go to: `target` when it stays on this site, `default` otherwise.

    An absolute address of this very host (a referrer) is cut down to its path.
    """
    if not target:
        return default
    try:
        parts = urlsplit(target)
    except ValueError:
        return default
    if parts.scheme in {"http", "https"} and parts.netloc and parts.netloc == request.host:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
    return target if _PATH.match(target) else default
