"""Every page that an administrator can open is ours: no jQuery, no Bootstrap 3, nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

_OUTSIDE = re.compile(r"""(?:src|href|action|url)\s*[=(]\s*["']?(?:https?:)?//(?!localhost)""", re.IGNORECASE)
_FOREIGN = re.compile(r"jquery|bootstrap[-./ ]?3|glyphicon|fa fa-|appbuilder", re.IGNORECASE)
_INLINE = re.compile(
    r"""<script(?![^>]*\b(?:src|nonce|type="application/json"))[^>]*>|<style|\son[a-z]+\s*=\s*["']|\sstyle\s*=\s*["']""",
    re.IGNORECASE,
)


def _addresses(app):
    """Every address without parameters, and those of every model for rules that name one."""
    models = [name for name, model in app.extensions["kartoteka"].database.registry.models.items() if not model._abstract]
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint == "assets":
            continue
        if not rule.arguments:
            yield str(rule)
        elif "model" in rule.arguments and len(rule.arguments) == 1:
            yield from (re.sub(r"<[^>]+>", name, str(rule)) for name in models)
        else:
            yield re.sub(r"<[^>]*>", "1", str(rule))


def test_no_page_is_flask_appbuilders_own(app, browser_as):
    client = browser_as("admin")
    seen = 0
    for address in _addresses(app):
        answer = client.get(address, follow_redirects=True)
        assert answer.status_code < 500, (address, answer.get_data(as_text=True)[:500])
        if answer.mimetype != "text/html":
            continue
        seen += 1
        html = answer.get_data(as_text=True)
        for pattern in (_OUTSIDE, _FOREIGN, _INLINE):
            found = pattern.search(html)
            assert found is None, (address, found and html[max(0, found.start() - 80) : found.end() + 80])
    assert seen > 5


@pytest.mark.parametrize(
    "address",
    [
        "/download/x",
        "/static/appbuilder/js/jquery-latest.js",
        "/users/list/",
        "/roles/list/",
        "/swagger/v1",
        "/back",
        "/userinfo/",
    ],
)
def test_flask_appbuilders_pages_are_gone(browser_as, address):
    assert browser_as("admin").get(address).status_code == 404
