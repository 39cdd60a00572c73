"""Attacks 1 to 12 of the list, made from the registry: every model × every role × every way of reading and writing.

One record of every model is hidden from everybody by a rule, and one text of every business model is closed to all roles; both
hold canaries. A new entity is attacked here before its author writes a test.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.canary import CANARY, START, TEXTS, Planted, Reader, hide, plant, write
from tests.conformance.conftest import PARTIES, ROLES, signed_in
from tests.web.conftest import Api


@pytest.fixture(scope="module")
def planted(new_app: Any) -> Planted:
    """The portal with canaries, hidden; what the administrator saw of them before is noted by way."""
    app = new_app("canaries")
    app.test_cli_runner().invoke(args=["demo", "--parties", PARTIES], catch_exceptions=False)
    found = plant(app)
    admin = Reader(found, "admin", Api(app).as_("admin"), signed_in(app)("admin"))
    for way in Reader.WAYS:
        found.seen_before[way] = {word for _tried, text in getattr(admin, way)() for word in CANARY.findall(text)}
    hide(found)
    return found


@pytest.fixture(scope="module")
def reader(planted: Planted) -> Callable[[str], Reader]:
    browsers = signed_in(planted.app)
    return lambda role: Reader(planted, role, Api(planted.app).as_(role), browsers(role))


def test_the_canaries_were_to_be_seen_before(planted):
    """The other tests can fail: each way showed canaries while nothing was hidden, and lists showed nearly all of them."""
    print({way: len(words) for way, words in planted.seen_before.items()}, planted.closed)
    for way in Reader.WAYS:
        assert any(word in planted.of_records for word in planted.seen_before[way]), way
    assert planted.seen_before["lists"] >= set(planted.of_records)
    assert {planted.of_fields[word][0] for word in planted.seen_before["lists"] if word in planted.of_fields} >= set(
        planted.closed
    )


@pytest.mark.parametrize("way", Reader.WAYS)
@pytest.mark.parametrize("role", ROLES)
def test_no_way_of_reading_shows_a_canary(planted, reader, role, way):
    """Shows 1.2 and 1.3: attacks 1 to 4 and 8 to 13."""
    leaks = {tried: found for tried, text in getattr(reader(role), way)() if (found := planted.leaks(role, text))}

    assert leaks == {}


def _resource(model: str) -> str:
    return model.replace(".", "_")


def _links(planted: Planted, model: Any, kinds: tuple[str, ...]) -> list[Any]:
    """The fields that lead to a model with a hidden record."""
    return [each for each in model._fields.values() if each.type in kinds and each.comodel in planted.hidden]


@pytest.mark.parametrize("role", ROLES)
def test_a_hidden_record_is_as_missing_as_one_that_never_was(planted, reader, role):
    """Shows 1.2: attacks 1, 2 and 8; the answers to a hidden and to a missing id are the same but for the id."""
    user = reader(role)
    for name, _model in user.readable():
        if name not in planted.hidden:
            continue
        resource, hidden, missing = _resource(name), planted.hidden[name], 10**9
        for method in ("GET", "PUT", "DELETE"):
            body = {} if method == "PUT" else None
            answers = [user.rest.call(method, f"/api/v1/{resource}/{pk}", body) for pk in (hidden, missing)]
            assert answers[0].status == answers[1].status in (403, 404), (name, method, answers[0].text)
            assert answers[0].body["code"] == answers[1].body["code"], (name, method)
        assert user.screens.get(f"/{name}/{hidden}").status_code == 404, name
        for q in (f"(domain:!(!(id,'=',{hidden})))", f"(filters:!((col:id,opr:in,value:!({hidden}))))"):
            found = user.rest.list(resource, q)
            assert found.status == 200, (name, q, found.text)
            assert found.body["count"] == 0, (name, q)
        others = user.rest.list(resource, f"(domain:!(!(id,'!!=',{hidden})),page_size:1)").body["count"]
        assert user.rest.list(resource, "(page_size:1)").body["count"] == others, name


@pytest.mark.parametrize("role", ROLES)
def test_a_link_to_a_hidden_record_reads_finds_and_sorts_as_empty(planted, reader, role):
    """Shows 1.2: attacks 3, 8 and 9."""
    user = reader(role)
    for name, model in user.readable():
        resource = _resource(name)
        for each in _links(planted, model, ("many2one", "one2many", "many2many")):
            hidden = planted.hidden[each.comodel]
            q = f"(columns:!({each.name}),page_size:1000)"
            values = [row[each.name] for row in user.rest.list(resource, q).result]
            ids = {pk for value in values for pk in (value if isinstance(value, list) else [value["id"]] if value else [])}
            assert hidden not in ids, (name, each.name)
            if not each.searchable:
                continue
            for leaf in (
                f"({each.name},in,!({hidden}))",
                f"({each.name},any,!(!(id,'=',{hidden})))",
                f"({each.name}.id,'=',{hidden})",
            ):
                found = user.rest.list(resource, f"(domain:!(!{leaf}))")
                assert found.status in (400, 403) or found.body["count"] == 0, (name, leaf, found.text)
            if each.type == "many2one" and each.sortable:
                q = f"(columns:!({each.name}),order_column:{each.name},page_size:1000)"
                rows = user.rest.list(resource, q).result
                empty = [place for place, row in enumerate(rows) if not row[each.name]]
                assert empty == list(range(empty[0], empty[0] + len(empty))) if empty else True, (name, each.name)
                assert [rows[place]["id"] for place in empty] == sorted(rows[place]["id"] for place in empty), (name, each.name)


@pytest.mark.parametrize("role", ROLES)
def test_a_closed_field_can_be_named_nowhere(planted, reader, role):
    """Shows 1.3: attacks 8 to 10, directly and along links."""
    user = reader(role)
    for name, model in user.readable():
        resource = _resource(name)
        paths = [(planted.closed[name], planted.closed[name])] if name in planted.closed else []
        linked = [each for each in model._fields.values() if getattr(each, "comodel", None) in planted.closed and each.searchable]
        paths += [(f"{each.name}.{planted.closed[each.comodel]}", planted.closed[each.comodel]) for each in linked]
        for path, closed in paths:
            for q in (
                f"(domain:!(!({path},ilike,{START})))",
                f"(filters:!((col:{path},opr:ct,value:{START})))",
                f"(order_column:{path})",
            ):
                assert user.rest.list(resource, q).status in (400, 403), (name, q)
            page = user.screens.get(f"/{name}/list?c={path}:ilike:{START}&order={path}")
            assert page.status_code in (403, 422), (name, path)
            if path == closed:
                info = user.rest.call("GET", f"/api/v1/{resource}/_info").body
                assert closed not in {*info["filters"], *(each["name"] for each in info["add_columns"])}, (name, closed)
                for body in ({closed: "x"}, {"values": {closed: "x"}}):
                    assert user.rest.put(resource, planted.shown[name], **body).status in (403, 404, 422), (name, closed)


@pytest.mark.parametrize("role", ROLES)
def test_no_way_of_writing_reaches_a_hidden_record(planted, reader, role):
    """Shows 1.2: attacks 1, 2, 5, 6 and 7; whatever was tried, the hidden records are as they were."""
    user = reader(role)
    before = planted.snapshot()
    for name, model in user.readable():
        if name in planted.hidden:
            _attack_record(planted, user, name)
        for each in _links(planted, model, ("many2one", "many2many", "one2many")):
            if each.name not in ("create_uid", "write_uid"):
                _attack_link(planted, user, name, each)

    after = planted.snapshot()
    assert [(name, *_difference(before[name], after[name])) for name in before if before[name] != after[name]] == []


def _difference(before: Any, after: Any) -> list[Any]:
    return [(key, before[0][key], after[0][key]) for key in before[0] if before[0][key] != after[0][key]] if after else ["gone"]


def _attack_record(planted: Planted, user: Reader, name: str) -> None:
    hidden, shown = planted.hidden[name], planted.shown[name]
    operations = [{"op": "update", "id": shown, "values": {}}, {"op": "delete", "id": hidden}]
    batch = user.rest.call("POST", f"/api/v1/{_resource(name)}/_batch", {"operations": operations})
    assert batch.status in (403, 404), (name, batch.text)
    page = user.screens.get(f"/{name}/list").get_data(as_text=True)
    token = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    for what in ("", "/archive", "/copy", "/delete"):
        answer = user.screens.post(f"/{name}/{hidden}{what}", data={"csrf_token": token})
        assert answer.status_code in (403, 404), (name, what)
    data = {"csrf_token": token, "action": "delete", "id": str(hidden)}
    assert user.screens.post(f"/{name}/selection", data=data).status_code in (403, 422), name


def _attack_link(planted: Planted, user: Reader, name: str, each: Any) -> None:
    hidden, shown, put = planted.hidden[each.comodel], planted.shown[name], user.rest.put
    if each.type == "many2one":
        attempts: list[Any] = [hidden]
    else:
        operations = ("link", "update", "delete") if each.type == "one2many" else ("link", "update", "delete", "unlink")
        attempts = [[hidden], *([{"op": op, "id": hidden, **({"values": {}} if op == "update" else {})}] for op in operations)]
    for value in attempts:
        answer = put(_resource(name), shown, **{each.name: value})
        assert answer.status in (403, 404, 422) or _harmless(value, answer), (name, each.name, value, answer.text)
        assert not planted.leaks(user.role, answer.text), (name, each.name, value)
        made = user.rest.post(_resource(name), **{each.name: value})
        assert made.status in (403, 404, 422), (name, each.name, value, made.text)
        assert not planted.leaks(user.role, made.text), (name, each.name, value)


def _harmless(value: Any, answer: Any) -> bool:
    """Taking away what one does not see is answered as if it were not there."""
    return (
        isinstance(value, list) and isinstance(value[0], dict) and value[0]["op"] in ("unlink", "delete") and answer.status == 200
    )


@pytest.fixture(scope="module")
def changed(planted: Planted) -> Planted:
    """Changes that the audit keeps: of hidden records, of closed fields, of links to hidden records."""

    def change(env: Any) -> None:
        for word, name in planted.of_records.items():
            model = planted.models[name]
            label = model._fields.get(model._rec_name)
            if label is not None and label.type in TEXTS and not label.computed and not getattr(model, "_append_only", False):
                write(env, name, planted.hidden[name], **{label.name: f"{word} again"})
                write(env, name, planted.shown[name], **{label.name: "changed for everybody to see"})
        for word, (name, closed) in planted.of_fields.items():
            write(env, name, planted.shown[name], **{closed: f"{word} again"})
        for name, model in planted.models.items():
            for each in _links(planted, model, ("many2one",)):
                if each.tracking and not each.required:
                    write(env, name, planted.shown[name], **{each.name: None})
                    env.flush()
                    write(env, name, planted.shown[name], **{each.name: planted.hidden[each.comodel]})

    planted.database.superuser(active_test=False).run(change)
    return planted


@pytest.mark.parametrize("role", ROLES)
def test_neither_history_nor_audit_show_a_canary(changed, reader, role):
    """Shows 1.3 and 1.8: attack 13."""
    user = reader(role)
    leaks = {tried: found for tried, text in user.pages() if (found := changed.leaks(role, text))}
    audit = user.rest.list("audit", "(page_size:1000,columns:!(shown,model,res_id))")
    assert audit.status == 403 or any(row["shown"] for row in audit.result)

    assert leaks == {}
    assert changed.leaks(role, audit.text) == set()
    assert user.rest.list("audit", "(columns:!(changes))").status in (400, 403)


def test_what_nobody_may_read_is_not_even_recorded(planted):
    """Shows 1.8: the audit keeps no hashes of passwords."""
    database = planted.database
    user = planted.shown["user"]
    database.superuser().run(lambda env: env["user"].browse([user]).write({"password": "scrypt:a hash"}) and None)

    def recorded(env: Any) -> Any:
        return env["audit"].search_read([("model", "=", "user"), ("res_id", "=", user)], ["changes"], order="id desc", limit=1)

    assert database.superuser().run(recorded, readonly=True)[0]["changes"]["password"] == [None, None]
