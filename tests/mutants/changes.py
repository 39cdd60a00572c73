"""The small faults that are put into a file, one at a time: what a tired programmer might have written instead.

A condition is turned round, a comparison moved by one, `and` made `or`, a `not` lost, a statement left out, a constant
changed, a result forgotten. Annotations, docstrings, decorators and the texts of messages stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
UNTOUCHED = ("annotation", "returns", "decorator_list", "type_params")
MESSAGES = ("_", "ngettext")


class Change(NamedTuple):
    """One fault: its lines and that of its statement, its function, in words, and how to put it into the tree that it was found in."""

    line: int
    end: int
    statement: int
    function: str
    text: str
    apply: Callable[[], None]
    default: bool
    """Whether it lies in the default of an argument, which is run when the module is imported."""


class _Place(NamedTuple):
    """A node, and what it hangs on: `owner.field`, or the n-th of it."""

    node: ast.AST
    owner: ast.AST
    field: str
    number: int | None
    statement: int = 0
    function: str = ""

    def replace(self, other: ast.AST) -> Callable[[], None]:
        ast.copy_location(other, self.node)
        ast.fix_missing_locations(other)

        def put() -> None:
            if self.number is None:
                setattr(self.owner, self.field, other)
            else:
                getattr(self.owner, self.field)[self.number] = other

        return put


def changes(tree: ast.Module) -> list[Change]:
    """All faults that can be put into a file, in the order of its lines."""
    found: list[Change] = []
    for place in _places(tree, 0, ""):
        node: Any = place.node
        for text, apply in _faults(place, node):
            where = node.ifs[0] if isinstance(node, ast.comprehension) else node
            found.append(
                Change(
                    where.lineno,
                    where.end_lineno or where.lineno,
                    place.statement,
                    place.function,
                    text,
                    apply,
                    isinstance(place.owner, ast.arguments),
                )
            )
    return sorted(found, key=lambda change: (change.line, change.text))


def changed(source: str, number: int) -> ast.Module:
    """The file with its n-th fault; of its statements only the one that has it, and what must stand before it."""
    tree = ast.parse(source)
    change = changes(tree)[number]
    change.apply()
    first = [each for each in tree.body if isinstance(each, ast.ImportFrom) and each.module == "__future__"]
    faulty = [each for each in tree.body if each.lineno <= change.line <= (each.end_lineno or each.lineno)]
    return ast.Module([*first, *faulty], [])


def _places(node: ast.AST, statement: int, function: str) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in UNTOUCHED:
            continue
        for number, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if not isinstance(child, ast.AST) or _is_left_alone(child):
                continue
            line = child.lineno if isinstance(child, ast.stmt) else statement
            inside = child.name if isinstance(child, ast.FunctionDef) else function
            yield _Place(child, node, field, number, line, inside)
            yield from _places(child, line, inside)


def _is_left_alone(node: ast.AST) -> bool:
    """Docstrings, imports, formatted texts, messages for people, and what only type checkers read."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MESSAGES:
        return True
    return isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr)


def _faults(place: _Place, node: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield f"not ({ast.unparse(node.test)})", _negated(node, "test")
    for number, test in enumerate(node.ifs) if isinstance(node, ast.comprehension) else ():
        yield f"if not ({ast.unparse(test)})", _negated(node, "ifs", number)
    if isinstance(node, ast.stmt):
        yield from _of_statement(place, node)
    elif isinstance(node, ast.expr):
        yield from _of_expression(place, node)


def _negated(node: Any, field: str, number: int | None = None) -> Callable[[], None]:
    test = getattr(node, field) if number is None else getattr(node, field)[number]
    return _Place(test, node, field, number).replace(ast.UnaryOp(ast.Not(), test))


def _of_statement(place: _Place, node: ast.stmt) -> Iterator[tuple[str, Callable[[], None]]]:
    kept = isinstance(node, ast.Expr | ast.AugAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete)
    if isinstance(node, ast.Assign):
        kept = not isinstance(node.targets[0], ast.Name) and isinstance(place.owner, ast.FunctionDef | ast.If | ast.For)
    if kept:
        yield f"left out: {_short(node)}", place.replace(ast.Pass())
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield f"None instead of: {_short(node)}", place.replace(ast.Return(ast.Constant(None)))


def _of_expression(place: _Place, node: ast.expr) -> Iterator[tuple[str, Callable[[], None]]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = ast.Compare(node.left, [COMPARISONS[type(node.ops[0])]()], node.comparators)
        yield ast.unparse(other), place.replace(other)
    elif isinstance(node, ast.BoolOp):
        either = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield ast.unparse(either), place.replace(either)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{ast.unparse(node.operand)} without its not", place.replace(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        swapped = ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
        yield ast.unparse(swapped), place.replace(swapped)
    elif isinstance(node, ast.Constant):
        value = _another(node.value)
        if value is not None:
            yield f"{value!r} instead of {node.value!r}", place.replace(ast.Constant(value))


def _another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value}~" if isinstance(value, str) and value and " " not in value else None  # with a space it is for people


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _short(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0]
