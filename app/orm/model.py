"""What a class statement collects: the declaration of a model, its access, rules, constraints and indexes.

A declaration is not yet a record class: the registry merges all declarations of one name and compiles them. So importing a
file of `models/` costs next to nothing and several registries may share the same declarations.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from app.orm.fields.base import Field, caller_position
from app.orm.i18n import LazyText
from app.orm.recordset import Recordset

LETTERS = "crudxime"
"""create, read, update, delete, export (x), import (i), merge (m), mail (e)."""


class Access:
    """Who may do what with a model: `Access(clerk="crud", everyone="r")`."""

    def __init__(self, **letters: str) -> None:
        self.letters = letters
        self.position = caller_position()


class Rule:
    """A record rule: `domain` limits `operations` for a role, or for everyone with `None`."""

    def __init__(self, role: str | None, domain: Any, operations: str = "crud") -> None:
        self.role, self.domain, self.operations = role, domain, operations
        self.position = caller_position()


class Constraint:
    """A constraint of the database with the sentence that a person reads when it is violated."""

    def __init__(self, definition: str, message: LazyText | str = "") -> None:
        self.definition, self.message = definition, message
        self.name = ""
        self.position = caller_position()


class Index:
    """An index of the database: `Index("(a, lower(b))", unique=True, where="active")`."""

    def __init__(self, definition: str, unique: bool = False, where: str | None = None) -> None:
        self.definition, self.unique, self.where = definition, unique, where
        self.name = ""
        self.position = caller_position()


class ModelMeta(type):
    """Collects the fields, constraints and indexes of a class statement; gives its instances no dictionary."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> ModelMeta:
        namespace.setdefault("__slots__", ())
        compiled = options.get("compiled", False)
        cls = super().__new__(mcs, name, bases, namespace)
        if not compiled:
            _collect(cls, namespace)
        return cls

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> None:
        super().__init__(name, bases, namespace)


def _collect(cls: Any, namespace: dict[str, Any]) -> None:
    """Keep what the body declared under `_declared_*`, and the model's name and parents."""
    cls._declared_fields = {key: value for key, value in namespace.items() if isinstance(value, Field)}
    cls._declared_constraints = _named(namespace, Constraint)
    cls._declared_indexes = _named(namespace, Index)
    inherit = namespace.get("_inherit") or ()
    parents: tuple[str, ...] = (inherit,) if isinstance(inherit, str) else tuple(inherit)
    own = namespace.get("_name")
    extends = own is None and len(parents) >= 1
    cls._declared_name = own or (parents[0] if extends else re.sub(r"(?<!^)(?=[A-Z])", ".", cls.__name__).lower())
    cls._declared_parents = tuple(parent for parent in parents if parent != cls._declared_name)
    cls._declared_extension = extends or cls._declared_name in parents
    cls._declared_position = caller_position()


def _named(namespace: dict[str, Any], kind: type[Any]) -> dict[str, Any]:
    found = {}
    for key, value in namespace.items():
        if isinstance(value, kind):
            value.name = key.lstrip("_")
            found[key] = value
    return found


class BaseModel(Recordset, metaclass=ModelMeta):
    """What all three kinds of model share."""

    # Kept by the metaclass from each class statement, for the registry.
    _declared_name: ClassVar[str]
    _declared_parents: ClassVar[tuple[str, ...]]
    _declared_extension: ClassVar[bool]
    _declared_fields: ClassVar[dict[str, Field[Any]]]
    _declared_constraints: ClassVar[dict[str, Constraint]]
    _declared_indexes: ClassVar[dict[str, Index]]
    _declared_position: ClassVar[tuple[str, int]]
    _kind: ClassVar[str] = "abstract"

    # What the registry gives to every model, for type checkers; only annotations, so that a declaration may bring its own.
    id: int
    create_uid: Any
    create_date: datetime
    write_uid: Any
    write_date: datetime
    revision: int


class Model(BaseModel):
    """A model with a table."""

    _kind: ClassVar[str] = "model"


class AbstractModel(BaseModel):
    """A model without a table, to be inherited."""

    _kind: ClassVar[str] = "abstract"


class TransientModel(BaseModel):
    """A model whose rows are purged an hour after their last use."""

    _kind: ClassVar[str] = "transient"


KINDS: tuple[type[BaseModel], ...] = (BaseModel, Model, AbstractModel, TransientModel)


def kind_of(declaration: type[BaseModel]) -> type[BaseModel]:
    """Which of the three kinds a declaration was derived from."""
    return next(kind for kind in (TransientModel, AbstractModel, Model) if issubclass(declaration, kind))


def is_declaration(thing: Any) -> bool:
    """Whether `thing` is a class statement of a model (and not one of the kinds, nor compiled)."""
    return isinstance(thing, ModelMeta) and thing not in KINDS and "_declared_name" in vars(thing)


def declarations(modules: Iterable[Any]) -> list[type[BaseModel]]:
    """The declarations of these modules in the order of their lines, each once."""
    found: dict[type[BaseModel], None] = {}
    for module in modules:
        for thing in vars(module).values():
            if is_declaration(thing) and thing.__module__ == module.__name__:
                found[thing] = None
    return list(found)
