"""Signing in and out, tokens and their end, guessing passwords, CSRF, where `next` may lead."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from tests.support.databases import PASSWORD
from tests.web.conftest import sign_in

CARD = "/api/v1/shelf_book/"


def _parts(token):
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def _with(api, token):
    return api.as_(None).call("GET", CARD, headers={"Authorization": f"Bearer {token}"})


def test_tokens_that_nobody_issued_are_refused(api):
    good = api.token("clerk")
    assert _with(api, good).status == 200
    _header, claims = _parts(good)
    none = jwt.encode(claims, None, algorithm="none")
    forged = jwt.encode(claims, "x" * 40, algorithm="HS256")
    swapped = ".".join([good.split(".")[0], jwt.encode({**claims, "sub": "1"}, "x" * 40).split(".")[1], good.split(".")[2]])
    for token in (none, forged, swapped, "", "x", "a.b.c", good[:-4], good + "x"):
        assert _with(api, token).status == 401, token
    assert api.as_(None).call("GET", CARD, headers={"Authorization": good}).status == 401
    assert api.as_(None).call("GET", CARD, headers={"Authorization": "Basic Y2xlcms6eA=="}).status == 401


def test_an_expired_token_and_a_refresh_token_open_nothing(api, app):
    claims = _parts(api.token("clerk"))[1]
    expired = {**claims, "exp": int((datetime.now(UTC) - timedelta(minutes=1)).timestamp())}
    answer = _with(api, jwt.encode(expired, app.config["JWT_SECRET_KEY"]))
    assert answer.status == 401
    assert answer.errors[0]["code"] == "token-expired"

    both = api.as_(None).call("POST", "/api/v1/security/login", {"username": "clerk", "password": PASSWORD, "refresh": True}).body
    assert _with(api, both["refresh_token"]).status == 401
    header = {"Authorization": f"Bearer {both['refresh_token']}"}
    fresh = api.as_(None).call("POST", "/api/v1/security/refresh", headers=header)
    assert _with(api, fresh.body["access_token"]).status == 200
    wrong = {"Authorization": f"Bearer {both['access_token']}"}
    assert api.as_(None).call("POST", "/api/v1/security/refresh", headers=wrong).status == 401
    assert api.as_(None).call("POST", "/api/v1/security/refresh").status == 401


def test_a_new_password_and_a_switched_off_user_end_tokens_at_once(api, app, set_user):
    set_user("leaver", "first password", ["clerk"])
    token = api.token("leaver", "first password")
    assert _with(api, token).status == 200

    set_user("leaver", "second password", ["clerk"])
    assert _with(api, token).status == 401
    del api.tokens["leaver"]
    token = api.token("leaver", "second password")
    assert _with(api, token).status == 200

    app.test_cli_runner().invoke(args=["user", "off", "leaver"], catch_exceptions=False)
    assert _with(api, token).status == 401
    answer = api.as_(None).call("POST", "/api/v1/security/login", {"username": "leaver", "password": "second password"})
    assert answer.status == 401


def test_nobody_learns_which_names_exist(api):
    def attempt(name):
        started = time.perf_counter()
        answer = api.as_(None).call("POST", "/api/v1/security/login", {"username": name, "password": "wrong"})
        return answer, time.perf_counter() - started

    known, known_time = attempt("auditor")
    unknown, unknown_time = attempt("nobody-at-all")
    assert known.status == unknown.status == 401
    assert known.body["message"] == unknown.body["message"]
    assert known.errors == unknown.errors
    assert unknown_time > known_time / 4


@pytest.mark.parametrize(
    "body", [{}, {"username": 1, "password": "x"}, {"username": "clerk", "password": None}, {"username": ["clerk"]}]
)
def test_a_malformed_sign_in_is_a_400(api, body):
    assert api.as_(None).call("POST", "/api/v1/security/login", body).status == 400


def test_hostile_names_and_passwords_are_only_wrong(api):
    for name, password in (
        ("clerk\0", "x"),
        ("' OR 1=1 --", "x"),
        ("x" * 5000, "x"),
        ("clerk", "x" * 100_000),
        ("%", "%"),
        ("", ""),
    ):
        answer = api.as_(None).call("POST", "/api/v1/security/login", {"username": name, "password": password})
        assert answer.status == 401, name[:20]


def test_guessing_is_slowed_down(api, app):
    statuses = []
    for attempt in range(15):
        answer = api.as_(None).call(
            "POST",
            "/api/v1/security/login",
            {"username": "guessed", "password": str(attempt)},
            environ_overrides={"REMOTE_ADDR": "192.0.2.7"},
        )
        statuses.append(answer.status)
    assert statuses[0] == 401
    assert statuses[-1] == 429
    form = sign_in(app.test_client(), "guessed", "again", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert form.status_code in (401, 429)


def test_the_cookie_is_out_of_reach_for_scripts_and_strangers(app):
    answer = sign_in(app.test_client(), "clerk", PASSWORD)

    assert answer.status_code == 302
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    secure = sign_in(app.test_client(), "clerk", PASSWORD, base_url="https://localhost").headers["Set-Cookie"]
    assert "Secure" in secure


def test_a_proxy_is_believed_on_this_machine_only(app):
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}
    local = sign_in(app.test_client(), "clerk", PASSWORD, headers=told)
    assert "Secure" in local.headers["Set-Cookie"]
    stranger = sign_in(app.test_client(), "clerk", PASSWORD, headers=told, environ_overrides={"REMOTE_ADDR": "192.0.2.8"})
    assert "Secure" not in stranger.headers["Set-Cookie"]


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "@evil.example",
        "http:evil",
    ],
)
def test_next_never_leads_away(app, target):
    assert sign_in(app.test_client(), "clerk", PASSWORD, target).headers["Location"] == "/"


def test_next_leads_back(app):
    assert sign_in(app.test_client(), "clerk", PASSWORD, "/party/list%3Fpage=2").headers["Location"] == "/party/list?page=2"


def test_a_form_without_its_token_is_refused(app):
    client = app.test_client()
    assert client.post("/login/", data={"username": "clerk", "password": PASSWORD}).status_code == 400
    sign_in(client, "clerk", PASSWORD)
    assert client.post("/logout/").status_code == 400


def test_rest_by_cookie_needs_the_token_and_rest_by_jwt_does_not(app, api):
    client = app.test_client()
    sign_in(client, "clerk", PASSWORD)
    assert client.get(CARD).status_code == 200
    refused = client.post(CARD, json={"name": "Forged"})
    assert refused.status_code == 400
    assert refused.json["code"] == "csrf"
    page = client.get("/login/").get_data(as_text=True)
    assert page is not None
    assert api.as_("clerk").post("shelf_book", name="By token").status == 201


def test_a_bad_token_never_falls_back_to_the_cookie(app):
    client = app.test_client()
    sign_in(client, "clerk", PASSWORD)
    assert client.get(CARD, headers={"Authorization": "Bearer x"}).status_code == 401


def test_people_without_a_session_are_sent_to_sign_in(app):
    answer = app.test_client().get("/party/list?page=3")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login/?next=%2Fparty%2Flist%3Fpage%3D3"


def test_a_session_that_was_ended_is_worth_nothing(app, browser_as):
    """A copied cookie does not survive signing out."""
    client = browser_as("clerk")
    copied = client.get_cookie("kartoteka").value
    thief = app.test_client()
    thief.set_cookie("kartoteka", copied)
    assert thief.get(CARD).status_code == 200

    database = app.extensions["kartoteka"].database
    database.superuser().run(lambda env: env["user.session"].search([("user_id.login", "=", "clerk")]).end())
    assert thief.get(CARD).status_code == 401
    assert client.get(CARD).status_code == 401


def test_nothing_but_signing_in_is_open(app):
    """Every endpoint without the mark `public` needs a user."""
    public = {rule.endpoint for rule in app.url_map.iter_rules() if getattr(app.view_functions[rule.endpoint], "public", False)}
    assert public == {
        "healthz",
        "readyz",
        "language",
        "assets",
        "AuthView.login",
        "AuthView.logout",
        "AuthApi.login",
        "AuthApi.refresh",
    }


def test_the_headers_are_strict(app, api):
    client = app.test_client()
    for answer in (client.get("/login/"), client.get("/healthz"), client.get("/nothing"), client.get(CARD)):
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Request-ID"]
    assert client.get("/healthz", headers={"X-Request-ID": "from-the-proxy-1"}).headers["X-Request-ID"] == "from-the-proxy-1"
    assert client.get("/healthz", headers={"X-Request-ID": "<script>"}).headers["X-Request-ID"] != "<script>"


def test_the_default_secret_does_not_start(app):
    from app import create_app
    from app.orm.errors import DeclarationError

    settings = app.config["SETTINGS"]
    for secret in ("", "changeme", "thisismysecret" * 2, "short"):
        with pytest.raises(DeclarationError):
            create_app(settings, SECRET_KEY=secret)


def test_errors_speak_the_users_language(app):
    client = app.test_client()
    english = client.get(CARD, headers={"Accept-Language": "en"}).json["message"]
    russian = client.get(CARD, headers={"Accept-Language": "ru"}).json["message"]
    assert english == "Please sign in."
    assert russian == "Войдите, пожалуйста." or re.search("[А-я]", russian)
