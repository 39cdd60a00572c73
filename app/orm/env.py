"""Who asks, in which language and context, and the unit of work in which he does so.

`Database` is one per process: engine, registry, services. `Env` is (unit, user, superuser?, context). An env made by
`database.env()` is not yet in a unit: `run` and `unit_of_work` open one and hand over an env of its inside.
"""

from __future__ import annotations

import inspect
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, event

from app.orm import audit, cache, compute, flush, sequence
from app.orm.access import RuleState
from app.orm.domain import Domain
from app.orm.failures import LockFirst, Retry, Unavailable
from app.orm.i18n import portal_lang, use_lang
from app.orm.names import SIMILAR
from app.orm.predicate import Preparer
from app.orm.sequence import Sequence
from app.orm.statement import rule_prefix
from app.orm.unit import QueryCount, Unit

if TYPE_CHECKING:
    from app.orm.fields.base import Field
    from app.orm.recordset import Recordset
    from app.orm.registry import Registry

T = TypeVar("T")
TRIES = 5
LOCK_SECONDS = 15
"""How long a statement waits for somebody else's lock before it is refused."""
SILENCE: Mapping[str, Any] = MappingProxyType(
    {"connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
)
"""When a server that says nothing any more counts as gone (seconds, the last in milliseconds); a URL may say otherwise.

Time-outs of statements do not help against that: it is the server that keeps them.
"""
_WATCHFUL = (
    "SET tcp_keepalives_idle TO 10; SET tcp_keepalives_interval TO 5; SET tcp_keepalives_count TO 3; "
    "SET tcp_user_timeout TO 15000; SET client_connection_check_interval TO '10s'"
)
"""The server, too, shall notice that we are gone: until then our locks stay."""
ALL: Any = object()
"""Stands for "every record of the model" in a set of proven ids."""


class Database:
    """What a process knows of its database: engine, registry and the services that leave the machine."""

    def __init__(
        self, engine: Engine, registry: Registry, services: Any = None, schema: str | None = None, owner: str | None = None
    ) -> None:
        self.engine, self.registry, self.services, self.schema = engine, registry, services, schema
        self.owner = owner
        """URL of the role that owns the tables, where the engine's does not: for indexes that are made while the portal runs."""
        path = f'; SET search_path TO "{schema}", public' if schema is not None else ""

        @event.listens_for(engine, "do_connect")
        def _limit(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> None:
            for name, value in SILENCE.items():
                parameters.setdefault(name, value)

        @event.listens_for(engine, "connect")
        def _settle(connection: Any, _record: Any) -> None:
            similar = f"SET pg_trgm.word_similarity_threshold TO {SIMILAR}"
            connection.execute(f"{similar}; SET lock_timeout TO '{LOCK_SECONDS}s'; {_WATCHFUL}{path}")
            connection.commit()

    def env(self, uid: int | None = None, su: bool = False, context: Mapping[str, Any] | None = None) -> Env:
        """An env that is in no unit yet."""
        return Env(self, None, uid, su, context or {})

    def superuser(self, **context: Any) -> Env:
        """An env without a user, with all rights: commands and migrations."""
        return self.env(None, True, context)


@dataclass(frozen=True)
class UserInfo:
    """What a unit must know of its user; loaded by its first statement."""

    uid: int | None
    login: str = ""
    active: bool = True
    lang: str | None = None
    tz: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    has_defaults: bool = False
    password_mark: str = ""
    """A digest of the stored password: what a session or token carries must match it."""
    session_open: bool = True
    """Whether the session named in the context has not been ended; true without one."""


NOBODY = UserInfo(None)
_USER_SQL = """
SELECT (SELECT coalesce(max(id), 0) FROM registry_version), now(), u.username, u.active, u.lang, u.tz,
       ARRAY(SELECT r.name FROM ab_user_role l JOIN ab_role r ON r.id = l.role_id WHERE l.user_id = u.id),
       md5(coalesce(u.password, '')),
       %(session)s::text IS NULL OR EXISTS (
           SELECT FROM user_session s WHERE s.key = %(session)s AND s.user_id = u.id AND s.ended IS NULL),
       EXISTS (SELECT FROM saved_default d WHERE d.user_id = u.id)
FROM (SELECT 1) AS one LEFT JOIN ab_user u ON u.id = %(uid)s
"""


class Env:
    """User, context and unit; `env["party"]` is the empty recordset of a model."""

    def __init__(self, database: Database, unit: Unit | None, uid: int | None, su: bool, context: Mapping[str, Any]) -> None:
        self.database, self.registry = database, database.registry if unit is None else unit.registry
        self.uid, self.su = uid, su
        self.context: Mapping[str, Any] = MappingProxyType(dict(context))
        self._unit = unit
        self.computed: dict[Field[Any], dict[Any, Any]] = {}
        self.readable: dict[Field[Any], bool] = {}
        self.letters: dict[str, str] = {}
        self.rules: dict[tuple[str, str], RuleState] = {}
        self.user_values: dict[tuple[str, ...], Any] = {}
        self._models: dict[str, Recordset] = {}
        self._defaults: dict[str, dict[str, Any]] | None = None

    def __reduce__(self) -> Any:
        raise TypeError("an env belongs to a unit of work and can't be pickled")

    # ---- models and other envs ------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Recordset:
        found = self._models.get(name)
        if found is None:
            if name not in self.registry.models:
                raise KeyError(f"there is no model {name!r}")
            found = self._models[name] = self.registry.models[name](self)
        return found

    def __contains__(self, name: str) -> bool:
        return name in self.registry.models

    def __call__(self, user: Any = None, context: Mapping[str, Any] | None = None) -> Env:
        """Another env of this unit: for a user, with another context, or both."""
        env = self if user is None else self.with_user(user)
        return env if context is None else env.derive(context=context)

    def derive(self, *, uid: Any = ..., su: bool | None = None, context: Mapping[str, Any] | None = None) -> Env:
        """The env of this unit with that user and context; the same arguments give the same env."""
        uid = self.uid if uid is ... else uid
        su = self.su if su is None else su
        context = self.context if context is None else context
        if self._unit is None:
            return Env(self.database, None, uid, su, context)
        key = (uid, su, _frozen(context))
        known = self._unit.envs.get(key)
        if known is None:
            known = self._unit.envs[key] = Env(self.database, self._unit, uid, su, context)
        return known

    def with_user(self, user: Any) -> Env:
        """This unit as that user (a record of `user` or an id), without superuser rights."""
        uid = user if isinstance(user, int) else user.ensure_one().id
        return self.derive(uid=uid, su=False)

    def with_context(self, **keys: Any) -> Env:
        """This env with context keys added."""
        return self.derive(context={**self.context, **keys})

    def sudo(self, reason: str) -> Env:
        """This env with access and rules lifted; writes are still audited as the user's, with the reason."""
        given: object = reason  # callers are not typed everywhere, and `sudo(user)` is an easy slip
        if not isinstance(given, str) or not given.strip():
            raise ValueError("sudo() needs a reason: it is written into the audit")
        return self.derive(su=True, context={**self.context, "sudo_reason": reason})

    def neutral(self) -> Env:
        """Superuser in an empty context: stored computes and constraints run so."""
        return self.derive(su=True, context={"tracking": self.context["tracking"]} if "tracking" in self.context else {})

    # ---- the unit -------------------------------------------------------------------------------------------------

    @property
    def unit(self) -> Unit:
        """The open unit; `RuntimeError` outside of one."""
        if self._unit is None:
            raise RuntimeError("this env is in no unit of work: use env.run(function) or with env.unit_of_work() as env")
        self._unit.check_open()
        return self._unit

    def check_open(self) -> None:
        """Refuse use after the unit's end and from another thread."""
        if self._unit is not None:
            self._unit.check_open()

    def run(self, function: Callable[..., T], *, lock: str | Iterable[str] | None = None, readonly: bool = False) -> T:
        """Call `function(env)` in a unit of its own and commit; tried again when another unit won, five times at most.

        `lock` names what is locked before the unit begins. A unit that finds on its way that it needs one more lock is begun
        again with it.
        """
        if self._unit is not None and not inspect.signature(function).parameters:
            with self.savepoint():
                return function()
        locks, attempt = _names(lock), 1
        while True:
            unit: Unit | None = None
            try:
                with self._one_try(readonly, locks, repeatable=attempt < TRIES) as env:
                    unit = env.unit
                    return function(env)
            except LockFirst as error:
                locks = {*locks, error.lock}
            except Retry:
                if attempt == TRIES or (unit is not None and unit.committed):
                    raise
                time.sleep(random.uniform(0.005, 0.03) * 2**attempt)  # noqa: S311 - jitter, no secret
                attempt += 1

    @contextmanager
    def unit_of_work(self, readonly: bool = False, lock: str | Iterable[str] | None = None) -> Iterator[Env]:
        """One try: commit at the end, roll back on error. Yields an env of the new unit."""
        with self._one_try(readonly, _names(lock)) as env:
            yield env

    @contextmanager
    def _one_try(self, readonly: bool, locks: set[str], repeatable: bool = False) -> Iterator[Env]:
        """`repeatable`: that another unit won comes out as `Retry` even when somebody made another answer of it."""
        env = self._opened(readonly, locks, repeatable)
        unit = env.unit
        try:
            with use_lang(self.context.get("lang")):
                yield env
                unit.check_won()
                env.flush()
                audit.write(env)
            unit.commit()
        except BaseException as error:
            if not unit.closed:
                unit.rollback()
            if isinstance(error, Exception) and not isinstance(error, Retry):
                unit.check_won()
            raise

    def _opened(self, readonly: bool, locks: set[str], repeatable: bool) -> Env:
        """An env in a new unit that has sent its first statement; a connection that died in the pool is replaced once."""
        for last in (False, True):
            unit = Unit(self.database, readonly=readonly, locks=locks, repeatable=repeatable)
            env = Env(self.database, unit, self.uid, self.su, self.context)
            unit.envs[self.uid, self.su, _frozen(self.context)] = env
            try:
                unit.take_locks()
                env.begin()
            except BaseException as error:
                unit.rollback()
                if last or not isinstance(error, Unavailable):
                    raise
                self.database.engine.dispose()
            else:
                return env
        raise AssertionError("unreachable")

    def begin(self) -> None:
        """The unit's first statement: registry version, the transaction's time, the user and his roles."""
        before = self.registry
        self._load_user(self.uid)
        if self.registry is not before:
            self.database.registry = self.registry

    def _load_user(self, uid: int | None) -> UserInfo:
        unit = self.unit
        row = unit.rows(_USER_SQL, {"uid": uid, "session": self.context.get("session")})[0]
        unit.now = row[1]
        known = row[2] is not None
        info = (
            UserInfo(uid, row[2], bool(row[3]), row[4], row[5], frozenset(row[6]), row[9], row[7], row[8])
            if known
            else UserInfo(uid, active=False)
        )
        unit.users[uid] = info if uid is not None else NOBODY
        if row[0] != self.registry.version:
            self.registry.reload(self, row[0])
        loaded: UserInfo = unit.users[uid]
        return loaded

    @property
    def info(self) -> UserInfo:
        """The user's row and roles."""
        unit = self.unit
        found = unit.users.get(self.uid)
        if found is None:
            if self.uid is None:
                return NOBODY
            self.flush()
            found = self._load_user(self.uid)
        return found

    def flush(self) -> None:
        """Compute what is stale and send what is pending."""
        flush.flush(self)

    def clear(self) -> None:
        """Flush, then forget everything that was loaded."""
        self.flush()
        self.unit.store.drop_values()
        self.unit.users.clear()
        for env in self.unit.envs.values():
            env.forget()

    def adopt(self, registry: Registry) -> None:
        """Go on with the declarations of the unit, which have changed."""
        self.registry = registry
        self._models.clear()
        self.forget()

    def forget(self) -> None:
        """Drop what this env computed and decided for its user."""
        self.computed.clear()
        self.letters.clear()
        self.readable.clear()
        self.rules.clear()
        self.user_values.clear()
        self._defaults = None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo rows and every pending assignment and recomputation of the inside when it raises."""
        with self.unit.savepoint(self.flush):
            yield

    @contextmanager
    def count_queries(self) -> Iterator[QueryCount]:
        """`.total` is the number of statements sent inside."""
        count = QueryCount()
        self.unit.counts.append(count)
        try:
            yield count
        finally:
            self.unit.counts.remove(count)

    def after_commit(self, callback: Callable[[], Any]) -> None:
        """Call after a successful commit."""
        self.unit.after_commit.append(callback)

    def on_rollback(self, callback: Callable[[], Any]) -> None:
        """Call when the unit was rolled back."""
        self.unit.on_rollback.append(callback)

    # ---- who and when ---------------------------------------------------------------------------------------------

    @property
    def user(self) -> Any:
        """The user's record (empty for the nameless superuser)."""
        return self["user"].browse(self.uid or ())

    @property
    def roles(self) -> frozenset[str]:
        """Names of the user's roles."""
        return self.info.roles

    @property
    def lang(self) -> str:
        """Language of texts: the context's, the user's, the portal's."""
        return str(self.context.get("lang") or (self.uid is not None and self.info.lang) or portal_lang())

    @property
    def tz(self) -> str:
        """Name of the time zone: the context's, the user's, UTC."""
        return str(self.context.get("tz") or (self.uid is not None and self.info.tz) or "UTC")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.tz)

    @property
    def now(self) -> datetime:
        """The transaction's time, aware, UTC."""
        return self.unit.now

    @property
    def services(self) -> Any:
        """What leaves the machine: `env.services.geocoder` and the like."""
        return self.database.services

    @property
    def rights_key(self) -> Any:
        """What decides the shape of the rules in a statement."""
        return True if self.su else self.info.roles

    # ---- rights ---------------------------------------------------------------------------------------------------

    def prepared_rule(self, model: str, operation: str, domain: Domain) -> RuleState:
        """The shape and the parameters of a rule's domain for this user."""
        preparer = Preparer(self, free=True)
        shape = preparer.domain(self.registry[model], domain)
        prefix = rule_prefix(model, operation)
        return RuleState(shape, {f"{prefix}{number}": value for number, value in enumerate(preparer.values)})

    def prove(self, records: Recordset, operation: str) -> set[int]:
        """The ids among these records that the user may read (`r`), change (`u`), delete (`d`) or see named (`l`)."""
        return cache.prove(self, type(records), records._ids, operation)

    def saved_defaults(self, model: str) -> Mapping[str, Any]:
        """Defaults that this user saved for a model; asked for only when he has any."""
        if self.uid is None or not self.info.has_defaults:
            return {}
        if self._defaults is None:
            rows = self.unit.rows("SELECT model, field, value FROM saved_default WHERE user_id = %(uid)s", {"uid": self.uid})
            self._defaults = {}
            for name, field_name, value in rows:
                self._defaults.setdefault(name, {})[field_name] = value
        return self._defaults.get(model, {})

    # ---- odds and ends --------------------------------------------------------------------------------------------

    def sequence(self, code: str, **options: Any) -> Sequence:
        """The named sequence; `options` create or change it (`prefix`, `padding`, `step`, `gapless`, `per_year`)."""
        return sequence.Sequence(self, code, options)

    def ref(self, name: str, model: str | None = None) -> Any:
        """The record that an import or seed data knows by this external id; `KeyError` when there is none."""
        found = self["external.id"].sudo("external ids are names, not data").search([("name", "=", name)], limit=1)
        if not found or (model and found.model != model):
            raise KeyError(f"there is no record with the external id {name!r}")
        return self[found.model].browse(found.res_id)

    def new_user(self, login: str, roles: list[str] | tuple[str, ...] = (), **values: Any) -> Any:
        """A user on this connection with these roles (made when missing); never commits. For tests."""
        role_model = self.derive(su=True)["role"]
        known = {role.name: role for role in role_model.search([("name", "in", list(roles))])}
        ids = [(known.get(name) or role_model.create({"name": name})).id for name in roles]
        row = {"login": login, "first_name": login, "last_name": "", "email": f"{login}@portal.example", "active": True}
        user = self.derive(su=True)["user"].create({**row, **values, "role_ids": ids})
        self.flush()
        self.unit.users.pop(user.id, None)
        return user.with_env(self)

    def recompute(self) -> None:
        """Compute every stale stored value now."""
        compute.recompute_all(self)


def _names(lock: str | Iterable[str] | None) -> set[str]:
    """The names of one lock, several, or none."""
    return {lock} if isinstance(lock, str) else set(lock or ())


def _frozen(context: Mapping[str, Any]) -> Any:
    """A hashable form of a context."""
    return tuple(sorted((key, repr(value) if isinstance(value, (list, dict, set)) else value) for key, value in context.items()))
