"""Lets mypy know what a model is made of: `record.naem` is found before anything runs.

    [tool.mypy]
    plugins = ["…/app/orm/mypy_plugin.py"]

A record has the fields and methods of every declaration of its model, wherever that stands, and of the models that it inherits
from. mypy sees class statements only, so the plugin tells it what the registry would make of them:

    files of models/ ──ast──▶ Index: declarations by model
                                │
        class Reader: _inherit = "party"   ▶  is a Party, too (the order of `super()`)
        env["party"], party.parent_id      ▶  the last declaration of that model
        party.reader_card                  ▶  looked up in later declarations
        party.naem                         ▶  an error with a near name

Files are looked for where `discovery` does: `app/base` and `models/` of the portal, of the add-ons named in
`KARTOTEKA_ADDONS`, and of the packages in the folder where mypy runs or that its command line names. Abstract models are let be:
their heirs bring what they name. Nothing here imports another part of the platform, so that the plugin can be named by its path.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from mypy.checkmember import analyze_member_access
from mypy.errorcodes import ATTR_DEFINED
from mypy.nodes import MemberExpr, MypyFile, StrExpr, TypeInfo
from mypy.plugin import AttributeContext, ClassDefContext, FunctionContext, MethodContext, Plugin, ReportConfigContext
from mypy.types import AnyType, Instance, NoneType, Type, TypeOfAny, TypeVarType, UnionType, get_proper_type

CHECKOUT = Path(__file__).resolve().parents[2]
RECORDSET = "app.orm.recordset.Recordset"
KINDS = {f"app.orm.model.{kind}": kind for kind in ("BaseModel", "Model", "AbstractModel", "TransientModel")}
NAMING = frozenset({"mapped", "grouped", "__getitem__", "__setitem__"})
LINKS = frozenset({"Many2one", "One2many", "Many2many"})


# ---- what is declared where -----------------------------------------------------------------------------------------------


@dataclass
class Declaration:
    """One class statement of a model, as its source says."""

    fullname: str
    model: str
    parents: list[str]
    extends: bool
    links: dict[str, str] = field(default_factory=dict)
    """The models that relations lead to, by the field's name."""
    phones: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    abstract: bool = False
    readable: bool = True
    """Whether all parents stand in the source as plain texts."""


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def declarations(path: Path, module: str) -> Iterator[Declaration]:
    """The declarations at the top of a file, in its order."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # mypy says what is wrong with it
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and (found := _declaration(node, f"{module}.{node.name}")):
            yield found


def _declaration(node: ast.ClassDef, fullname: str) -> Declaration | None:
    values = {
        target.id: statement.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    bases = {ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases}
    if not bases & set(KINDS.values()):
        return None
    given = values.get("_inherit")
    listed = given.elts if isinstance(given, ast.List | ast.Tuple) else [given] if given is not None else []
    through = values.get("_inherits")
    keys = list(through.keys) if isinstance(through, ast.Dict) else []
    names = [_text(each) for each in [*listed, *keys]]
    parents = [name for name in names if name is not None]
    own = _text(values.get("_name"))
    extends = own is None and bool(listed)
    model = own or (parents[0] if extends and parents else re.sub(r"(?<!^)(?=[A-Z])", ".", node.name).lower())
    found = Declaration(fullname, model, [name for name in parents if name != model], extends or model in parents)
    found.abstract, found.readable = "AbstractModel" in bases, len(parents) == len(names)
    for name, value in values.items():
        _field(found, name, value)
    return found


def _field(found: Declaration, name: str, value: ast.expr) -> None:
    if not isinstance(value, ast.Call):
        return
    kind = ast.unparse(value.func).rsplit(".", 1)[-1]
    named = {keyword.arg: keyword.value for keyword in value.keywords}
    if kind in LINKS and (comodel := _text(value.args[0] if value.args else named.get("comodel"))):
        found.links[name] = comodel
    elif kind == "Phone":
        found.phones.add(name)
    required = named.get("required")
    if isinstance(required, ast.Constant) and required.value is True:
        found.required.add(name)


class Index:
    """Declarations by model, the founding one first, and by the name of their class."""

    def __init__(self) -> None:
        self.models: dict[str, list[Declaration]] = {}
        self.classes: dict[str, Declaration] = {}
        self.modules: dict[str, None] = {}
        for path in dict.fromkeys(path for folder in _folders() for path in sorted(folder.rglob("*.py"))):
            module = module_name(path)
            for declared in declarations(path, module):
                self.modules[module] = None
                self.add(declared)
        for parts in self.models.values():
            parts.sort(key=lambda part: part.extends)

    def add(self, declared: Declaration) -> None:
        """One more declaration."""
        if declared.fullname not in self.classes:
            self.classes[declared.fullname] = declared
            self.models.setdefault(declared.model, []).append(declared)

    def above(self, declared: Declaration) -> list[Declaration]:
        """The declarations that `super()` of this one reaches, in their order."""
        parts = self.models.get(declared.model, [])
        until = parts.index(declared) if declared in parts else len(parts)
        found = dict.fromkeys(part.fullname for part in reversed(parts[:until]))
        for part in [declared, *reversed(parts[:until])]:
            for parent in part.parents:
                for other in self.all_of(parent):
                    found.setdefault(other.fullname)
        found.pop(declared.fullname, None)
        return [self.classes[name] for name in found]

    def all_of(self, model: str) -> list[Declaration]:
        """All declarations of a model and of those that it inherits from, the last first."""
        parts = self.models.get(model, [])
        return [parts[-1], *self.above(parts[-1])] if parts else []

    def is_certain(self, declared: Declaration) -> bool:
        """Whether everything that the record has is known: heirs of an abstract model bring what it names."""
        family = [declared, *self.all_of(declared.model)]
        parents = {parent for part in family for parent in part.parents}
        return not declared.abstract and all(part.readable for part in family) and parents <= self.models.keys()


def _folders() -> Iterator[Path]:
    yield CHECKOUT / "app" / "base"
    yield CHECKOUT / "models"
    for name in os.environ.get("KARTOTEKA_ADDONS", "").replace(",", " ").split():
        spec = importlib.util.find_spec(name)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            yield Path(place) / "models"
    for root in [Path.cwd(), *(Path(argument).resolve() for argument in sys.argv[1:] if Path(argument).is_dir())]:
        for pattern in ("models", "*/models", "src/*/models"):
            yield from (folder for folder in sorted(root.glob(pattern)) if "tests" not in folder.parts)


def module_name(path: Path) -> str:
    """The module of a file: folders count as far up as they are packages."""
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


# ---- what mypy asks -------------------------------------------------------------------------------------------------------


class ModelPlugin(Plugin):
    """Answers mypy's questions about classes, attributes and `env[…]`."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.index = Index()
        self._seen: set[str] = set()

    def get_additional_deps(self, file: MypyFile) -> list[tuple[int, str, int]]:
        """Whoever uses models depends on all files that declare some: another one may be extended there."""
        if _is_platform(file) or not Path(file.path).is_file() or "app.orm" not in Path(file.path).read_text(errors="replace"):
            return []
        return [(10, module, -1) for module in self.index.modules if module != file.fullname]

    def report_config_data(self, ctx: ReportConfigContext) -> Any:
        """What was known when a file was checked: a new declaration may change what is right elsewhere."""
        if ctx.id.startswith("app.") and not ctx.id.startswith("app.base"):
            return None
        return {model: [part.fullname for part in parts] for model, parts in sorted(self.index.models.items())}

    def get_customize_class_mro_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        """A declaration inherits from the former ones of its model."""
        return None if fullname.startswith(("builtins.", "typing.", "app.orm.")) else self._inherit

    def get_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        """Attributes that no class has, links, and the user of an env."""
        owner, _dot, name = fullname.rpartition(".")
        if owner == RECORDSET:
            return self._unknown
        if fullname == "app.orm.env.Env.user":
            return lambda ctx: self._records("user", ctx) or ctx.default_attr_type
        declared = self._declared(owner)
        if declared is not None and name in declared.links:
            return lambda ctx: self._linked(declared.links[name], ctx)
        return _filled if declared is not None and name in declared.required else None

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        """`env["party"]`, and fields that are named by a text: `records.mapped("party_id.name")`, `record["name"]`."""
        if fullname == "app.orm.env.Env.__getitem__":
            return self._model_of_env
        owner, _dot, method = fullname.rpartition(".")
        return self._path if method in NAMING and self._declared(owner) is not None else None

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """A plain `fields.Field(…)` changes attributes of a field of any type."""
        return _change_of_a_field if fullname == "app.orm.fields.base.Field" else None

    # ---- classes --------------------------------------------------------------------------------------------------

    def _declared(self, fullname: str) -> Declaration | None:
        """The declaration behind a class; files outside of `models/` are read when a class of theirs is met."""
        found = self.index.classes.get(fullname)
        module = fullname.rpartition(".")[0]
        if found is None and module not in self._seen and self._modules and module in self._modules:
            self._seen.add(module)
            path = self._modules[module].path
            if path.endswith(".py") and not module.startswith("app.orm"):
                for declared in declarations(Path(path), module):
                    self.index.classes.setdefault(declared.fullname, declared)
            found = self.index.classes.get(fullname)
        return found

    def _inherit(self, ctx: ClassDefContext) -> None:
        info = ctx.cls.info
        declared = self._declared(info.fullname)
        if declared is None or not any(base.fullname == RECORDSET for base in info.mro):
            return
        if not self.index.is_certain(declared):
            info.fallback_to_any = True
        else:
            info.slots = {"display_name"}
        kinds = next((place for place, base in enumerate(info.mro) if base.fullname in KINDS), len(info.mro))
        for above in self.index.above(declared):
            symbol = ctx.api.lookup_fully_qualified_or_none(above.fullname)
            if symbol is None or not isinstance(symbol.node, TypeInfo):
                if not ctx.api.final_iteration:
                    ctx.api.defer()
            elif symbol.node not in info.mro:
                info.mro.insert(kinds, symbol.node)
                kinds += 1

    # ---- attributes -----------------------------------------------------------------------------------------------

    def _linked(self, comodel: str, ctx: AttributeContext) -> Type:
        default = get_proper_type(ctx.default_attr_type)
        if ctx.is_lvalue or not isinstance(default, Instance) or default.type.fullname != RECORDSET:
            return ctx.default_attr_type
        return self._records(comodel, ctx) or default

    def _unknown(self, ctx: AttributeContext) -> Type:
        """An attribute that the class has not: of a later declaration, made by the platform, or a mistake."""
        owner, name = self._owner(ctx.type), getattr(ctx.context, "name", None)
        declared = self._declared(owner.fullname) if owner is not None else None
        if owner is None or declared is None or not isinstance(ctx.context, MemberExpr) or name is None or owner.get(name):
            return ctx.default_attr_type
        if not self.index.is_certain(declared):
            return ctx.default_attr_type
        family = [declared, *self.index.all_of(declared.model)]
        if name.startswith("x_"):
            return ctx.default_attr_type
        if _is_companion(name, family):
            return UnionType([ctx.api.named_generic_type("builtins.str", []), NoneType()])
        merged = self._infos(family)
        for info in merged:
            if name in info.names and not info.names[name].implicit:
                return _member(Instance(info, []), name, ctx)
        ctx.api.fail(
            f'"{declared.model}" has no field or method "{name}"{_near(name, _known(merged))}', ctx.context, code=ATTR_DEFINED
        )
        return AnyType(TypeOfAny.from_error)

    def _path(self, ctx: MethodContext) -> Type:
        """A field that is named by a text, by way of links."""
        given = ctx.args[0][0] if ctx.args and ctx.args[0] else None
        owner = self._owner(ctx.type)
        declared = self._declared(owner.fullname) if owner is not None else None
        for name in given.value.split(".") if isinstance(given, StrExpr) else ():
            if declared is None or not self.index.is_certain(declared) or name.startswith("x_"):
                break
            family = [declared, *self.index.all_of(declared.model)]
            known = _known(self._infos(family))
            if name not in known and not _is_companion(name, family):
                text = f'"{declared.model}" has no field "{name}"{_near(name, known)}'
                ctx.api.fail(text, ctx.context, code=ATTR_DEFINED)
                break
            comodel = next((part.links[name] for part in family if name in part.links), None)
            declared = next(iter(self.index.all_of(comodel)), None) if comodel else None
        return ctx.default_return_type

    def _infos(self, family: list[Declaration]) -> list[TypeInfo]:
        return [info for part in family if (info := self._info(part.fullname)) is not None]

    @staticmethod
    def _owner(typ: Type) -> TypeInfo | None:
        found = get_proper_type(typ)
        if isinstance(found, TypeVarType):
            found = get_proper_type(found.upper_bound)
        return found.type if isinstance(found, Instance) else None

    # ---- models ---------------------------------------------------------------------------------------------------

    def _model_of_env(self, ctx: MethodContext) -> Type:
        name = ctx.args[0][0] if ctx.args and ctx.args[0] else None
        if not isinstance(name, StrExpr):
            return ctx.default_return_type
        return self._records(name.value, ctx, report=True) or ctx.default_return_type

    def _records(self, model: str, ctx: AttributeContext | MethodContext, *, report: bool = False) -> Type | None:
        """The records of a model: as this file declares it, else as the last declaration does."""
        file = _file(ctx)
        if _is_platform(file):
            return None
        own = [part for part in self.index.classes.values() if part.model == model and _module(part) == file.fullname]
        parts = own or self.index.models.get(model, [])
        info = self._info(parts[-1].fullname) if parts else None
        if info is not None:
            return Instance(info, [])
        if report and not parts and not any(part.startswith("test") for part in file.fullname.split(".")):
            ctx.api.fail(f'there is no model "{model}"{_near(model, self.index.models)}', ctx.context)
        return None

    def _info(self, fullname: str) -> TypeInfo | None:
        symbol = self.lookup_fully_qualified(fullname)
        return symbol.node if symbol is not None and isinstance(symbol.node, TypeInfo) else None


def _module(declared: Declaration) -> str:
    return declared.fullname.rpartition(".")[0]


def _known(infos: list[TypeInfo]) -> set[str]:
    """The names that these classes and their bases have."""
    bases = {base for info in infos for base in info.mro[:-1]}
    return {name for base in bases for name, symbol in base.names.items() if not symbol.implicit and name[:2] != "__"}


def _is_companion(name: str, family: list[Declaration]) -> bool:
    """Whether the platform adds this field to one that is declared: a telephone's international form."""
    return any(name == f"{phone}_e164" for part in family for phone in part.phones)


def _near(name: str, known: Iterable[str]) -> str:
    found = get_close_matches(name, sorted(known), 1, 0.5)
    return f'; did you mean "{found[0]}"?' if found else ""


def _file(ctx: AttributeContext | MethodContext | FunctionContext) -> MypyFile:
    """The file that is being checked, which mypy's interface for plugins does not name."""
    return cast("MypyFile", cast("Any", ctx.api).tree)


def _is_platform(file: MypyFile) -> bool:
    """Whether the file works with records of any model: all of `app/` but the models of `app/base`."""
    return file.fullname.startswith("app.") and not file.fullname.startswith("app.base")


def _filled(ctx: AttributeContext) -> Type:
    """A required field is never empty."""
    found = get_proper_type(ctx.default_attr_type)
    if ctx.is_lvalue or not isinstance(found, UnionType):
        return ctx.default_attr_type
    return UnionType.make_union([item for item in found.items if not isinstance(get_proper_type(item), NoneType)])


def _change_of_a_field(ctx: FunctionContext) -> Type:
    """`name = fields.Field(help=…)` over a field of a former declaration fits any type."""
    return ctx.default_return_type if _is_platform(_file(ctx)) else AnyType(TypeOfAny.explicit)


def _member(typ: Instance, name: str, ctx: AttributeContext) -> Type:
    """The type of an attribute that another class has."""
    chk = cast("Any", ctx.api)
    return analyze_member_access(
        name, typ, ctx.context, is_lvalue=False, is_super=False, is_operator=False, original_type=typ, chk=chk
    )


def plugin(_version: str) -> type[Plugin]:
    """Mypy calls this."""
    return ModelPlugin
