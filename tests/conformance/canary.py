"""Plants canaries: in one record of every model that then is hidden from everybody, and in fields that then are closed.

A canary is a word such as `zqr7tail` that stands nowhere else. Whatever answer contains one shows what its reader must not see.
Queries use its beginning only, for an answer may repeat what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.orm import Rule
from app.orm.access import PUBLIC_NAMES
from app.orm.errors import AppError

CANARY = re.compile(r"zq[rf]\d+tail")
START = "zq"
KEEPER = "keeper of the canaries"
TEXTS = frozenset({"char", "text", "html", "email", "url", "phone"})
OPEN = frozenset({"custom.field"})
"""Models whose records are declarations: the label of a field is told to whoever sees what has the field."""
SHAPES = ("{}", "{}@example.org", "https://{}.example.org")


@dataclass
class Planted:
    """Where the canaries are."""

    app: Any
    hidden: dict[str, int] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    of_records: dict[str, str] = field(default_factory=dict)
    of_fields: dict[str, tuple[str, str]] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    seen_before: dict[str, set[str]] = field(default_factory=dict)

    @property
    def database(self) -> Any:
        return self.app.extensions["kartoteka"].database

    @property
    def models(self) -> dict[str, Any]:
        """Every model with a table."""
        return {model._name: model for model in self.database.registry.concrete() if not model._transient}

    def letters(self, model: str, role: str) -> set[str]:
        granted = self.database.registry.access[model]
        return {*granted.get(role, ""), *granted.get("everyone", "")}

    def leaks(self, role: str, text: str) -> set[str]:
        """The canaries in a text that this role must not see."""
        found = set(CANARY.findall(text)) - {word for word, place in self.of_fields.items() if self._may_read(role, place)}
        return {f"{word} of {self.of_records.get(word) or self.of_fields.get(word)}" for word in found}

    def _may_read(self, role: str, place: tuple[str, str]) -> bool:
        model, name = place
        roles = self.models[model]._fields[name].roles_read
        return roles is None or bool(roles & {role, "everyone"})

    def snapshot(self) -> dict[str, Any]:
        """What stands in the hidden records, by a superuser."""

        def read(env: Any) -> dict[str, Any]:
            wide = env(context={"active_test": False})
            return {name: wide[name].browse([pk]).read(_stored(self.models[name])) for name, pk in self.hidden.items()}

        found: dict[str, Any] = self.database.superuser().run(read, readonly=True)
        return found


def _stored(model: Any) -> list[str]:
    """What a change could touch: columns and links, not what others add by pointing here."""
    return [name for name, each in model._fields.items() if each.store and each.type != "one2many"]


def plant(app: Any) -> Planted:
    """Write the canaries; nothing is hidden yet."""
    planted = Planted(app)
    planted.database.superuser(tracking=False, active_test=False).run(lambda env: _plant(env, planted))
    return planted


def _plant(env: Any, planted: Planted) -> None:
    models = planted.models
    for name in models:
        if name in PUBLIC_NAMES:
            planted.shown[name] = _made(env, models[name])
            continue
        first = _referred(env, name) or next(iter(_records(env, name)), None)
        second = next((each for each in _records(env, name) if each != first), None)
        planted.hidden[name] = first or _made(env, models[name])
        planted.shown[name] = second or _made(env, models[name])
    closable = {name: found for name, model in models.items() if (found := _closable(models, model))}
    for number, (name, pk) in enumerate(planted.hidden.items()):
        word = f"{START}r{number}tail"
        if name not in OPEN and _write_word(env, models[name], pk, word, but={closable.get(name)}):
            planted.of_records[word] = name
    for name, model in models.items():
        for each in model._fields.values():
            if each.name == closable.get(name) or (each.roles_read is not None and "nobody" not in each.roles_read):
                _close(env, planted, model, each.name)
    _link(env, planted)
    env.flush()
    _neutralise(env, planted)


def _records(env: Any, model: str) -> list[int]:
    ids: list[int] = env[model].search([], limit=5, order="id").ids
    return ids


def _referred(env: Any, model: str) -> int | None:
    """A record that others point at, so that there are ways to it."""
    for each in env.registry.references(model):
        if each.type == "many2one" and each.name not in ("create_uid", "write_uid"):
            row = env[each.model].search([(each.name, "!=", None), (each.name, "!=", 0)], limit=1, order="id")
            if row and each.model != model:
                return int(row[each.name].id)
    return None


def _made(env: Any, model: Any) -> int:
    found = made_or_none(env, model)
    assert found, f"No record of {model._name} can be made by its declaration alone: give it two in the demo data."
    return found


def made_or_none(env: Any, model: Any) -> int | None:
    """A new record with no more than it must have; with numbers of its own where the bare one is there already."""
    own = [
        each.name
        for each in model._fields.values()
        if each.type == "integer" and each.store and each.name not in ("id", "revision")
    ]
    count = env[model._name].search_count([])
    for numbers in ({}, dict.fromkeys(own, 100 + count)):
        values = {each.name: _value(env, model, each, count) for each in model._fields.values() if _needed(each)}
        try:
            with env.savepoint():
                record = env[model._name].create({**values, **numbers})
                env.flush()
        except AppError:
            continue
        return int(record.id)
    return None


def _needed(each: Any) -> bool:
    return each.required and each.name not in ("id", "revision") and (each.default is None or each.unique)


def _value(env: Any, model: Any, each: Any, count: int) -> Any:
    if each.type == "many2one":
        domain = each.domain if isinstance(each.domain, list) else []
        return env[each.comodel].search(domain, limit=1).id
    if each.type == "selection":
        return each.choices(env)[0][0]
    if each.type in TEXTS:
        return f"{model._name} {count}"
    return env.now if each.type == "datetime" else 1


def write(env: Any, record_of: str, pk: int, /, **values: Any) -> bool:
    """Write as far as the rules of the business let us."""
    try:
        with env.savepoint():
            env[record_of].browse([pk]).write(values)
            env.flush()
    except (AppError, ValueError):
        return False
    return True


def _write_word(env: Any, model: Any, pk: int, word: str, but: Iterable[str | None]) -> bool:
    """Put a canary into every text of a record that takes one."""
    if getattr(model, "_append_only", False):
        return False
    done = [
        any(write(env, model._name, pk, **{each.name: shape.format(word)}) for shape in SHAPES)
        for each in model._fields.values()
        if each.type in TEXTS and each.store and not (each.computed and each.readonly) and each.name not in but
        and each.roles_read is None and (not each.size or each.size >= len(word))
    ]  # fmt: skip
    return any(done)


def _closable(models: dict[str, Any], model: Any) -> str | None:
    """A text of a business model on which nothing else depends, so that closing it breaks no declaration."""
    if model._parts[0].__module__.startswith("app."):
        return None
    used = " ".join(
        [str(other._order) for other in models.values()]
        + [f"{rule.domain}" for other in models.values() for rule in other.rules]
        + [f"{each.definition}" for each in (*model._constraints, *model._indexes)]
        + [f"{getattr(getattr(other, method, None), '_depends', '')}" for other in models.values() for method in dir(other)]
    )
    for each in model._fields.values():
        plain = each.type in ("char", "text") and each.store and not each.required and not each.computed and not each.size
        open_to_all = each.roles_read is None and not each.search and not each.translate and each.name != model._rec_name
        if plain and open_to_all and not re.search(rf"\b{each.name}\b", used):
            return str(each.name)
    return None


def _close(env: Any, planted: Planted, model: Any, name: str) -> None:
    """Put a canary into a field of a record that stays visible; fields that the declaration left open are closed later."""
    word = f"{START}f{len(planted.of_fields)}tail"
    if any(write(env, model._name, planted.shown[model._name], **{name: shape.format(word)}) for shape in SHAPES):
        planted.of_fields[word] = (model._name, name)
        if model._fields[name].roles_read is None:
            planted.closed[model._name] = name


def _link(env: Any, planted: Planted) -> None:
    """Let visible records point at hidden ones, wherever a field can and the business agrees."""
    for name, hidden in planted.hidden.items():
        for each in env.registry.references(name):
            if each.type in ("many2one", "many2many") and each.name not in ("create_uid", "write_uid") and not each.computed:
                value = hidden if each.type == "many2one" else [("link", hidden)]
                if each.type == "many2many":
                    value = [*env[each.model].browse([planted.shown[each.model]])[each.name].ids, hidden]
                write(env, each.model, planted.shown[each.model], **{each.name: value})


def _neutralise(env: Any, planted: Planted) -> None:
    """Stored values made from hidden records are shown on purpose (`expose=True`): they say nothing about the gate."""
    for name, model in planted.models.items():
        for each in model._fields.values():
            if each.type in TEXTS and each.store and each.computed:
                found = env[name].search([(each.name, "ilike", START), ("id", "!=", planted.hidden.get(name, 0))])
                for record in found.filtered(lambda one, each=each: CANARY.search(one[each.name] or "")):
                    write(env, name, record.id, **{each.name: "exposed"})


def hide(planted: Planted) -> None:
    """From now on nobody sees the records with canaries, and no role reads the closed fields."""
    for name, pk in planted.hidden.items():
        declared = planted.database.registry.declared[name]
        declared.rules = [*declared.rules, Rule(None, [("id", "!=", pk)])]
    for name, closed in planted.closed.items():
        declared = planted.models[name]._fields[closed]
        declared.roles_read = declared.roles_write = frozenset({KEEPER})
    planted.database.superuser().run(lambda env: env["registry.version"].create({"reason": "canaries"}) and None)


# ---- ways of reading -------------------------------------------------------------------------------------------------


@dataclass
class Reader:
    """Somebody who tries every way of reading there is; each gives (what was tried, what came back)."""

    planted: Planted
    role: str
    rest: Any
    screens: Any

    def readable(self) -> Iterator[tuple[str, Any]]:
        for name, model in self.planted.models.items():
            if "r" in self.planted.letters(name, self.role):
                yield name, model

    def as_user(self, function: Any) -> Any:
        """The function's result for an env of this user."""

        def run(env: Any) -> Any:
            return function(env.with_user(env["user"].search([("login", "=", self.role)])))

        return self.planted.database.superuser().run(run, readonly=True)

    def lists(self) -> Iterator[tuple[str, str]]:
        """Ways 1 and 3: lists with all columns, records by id, columns of linked records."""
        for name, _model in self.readable():
            resource = name.replace(".", "_")
            yield name, self.rest.list(resource, "(page_size:1000)").text
            yield name, self.rest.get(resource, self.planted.shown[name]).text

    def typeahead(self) -> Iterator[tuple[str, str]]:
        """Way 4."""
        for name, model in self.readable():
            for each in model._fields.values():
                if getattr(each, "comodel", None):
                    path = f"/api/v1/{name.replace('.', '_')}/related/{each.name}"
                    yield f"{name}.{each.name}", self.rest.call("GET", path, query_string={"q": f"(filter:{START})"}).text
                    yield f"{name}.{each.name}", self.screens.get(f"/{name}/options/{each.name}?q={START}").text

    def filters(self) -> Iterator[tuple[str, str]]:
        """Way 8: every text of the record itself and, along links, of the linked one."""
        for name, model in self.readable():
            for each in model._fields.values():
                paths = [each.name] if each.type in TEXTS else []
                if getattr(each, "comodel", None):
                    paths = [f"{each.name}.{self.planted.models[each.comodel]._rec_name}"]
                for path in paths:
                    q = f"(domain:!(!({path},ilike,{START})))"
                    yield f"{name}.{path}", self.rest.list(name.replace(".", "_"), q).text

    def searches(self) -> Iterator[tuple[str, str]]:
        """Way 12: the box of the frame and those of the lists."""
        yield "everywhere", self.screens.get(f"/search?q={START}").text
        for name, _model in self.readable():
            yield name, self.screens.get(f"/{name}/list?q={START}").text

    def pages(self) -> Iterator[tuple[str, str]]:
        """Ways 3 and 13: lists and forms with their lines and history."""
        for name, _model in self.readable():
            yield name, self.screens.get(f"/{name}/list?f=").text
            yield name, self.screens.get(f"/{name}/{self.planted.shown[name]}").text

    def groups(self) -> Iterator[tuple[str, str]]:
        """Ways 10 and 11: groups of every field that groups, and all rows as an export takes them."""
        for name, model in self.readable():
            names = [
                each.name for each in model._fields.values() if each.store and each.type in (*TEXTS, "many2one", "many2many")
            ]
            for each in names:
                yield f"{name} by {each}", self.as_user(lambda env, name=name, each=each: _grouped(env, name, each))
            yield name, self.as_user(lambda env, name=name: str([rows.read() for rows in env[name].search_iter([])]))

    WAYS = ("lists", "typeahead", "filters", "searches", "pages", "groups")


def _grouped(env: Any, name: str, each: str) -> str:
    try:
        return str(env[name].read_group([], [each], ["__count"]))
    except AppError as error:
        return f"refused: {error.code}"
