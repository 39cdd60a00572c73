"""The platform knows no business word: no model of `models/` is named inside `app/`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.checks.sources import python_files, read, tracked, tree

# Everyday words of programming too; they count only where a model is meant.
EVERYDAY = frozenset({"address", "code"})
RELATIONS = frozenset({"Many2one", "One2many", "Many2many", "Reference"})
ENVIRONMENTS = re.compile(r"\b(env|inside|registry|database)$")


def model_names() -> set[str]:
    """The `_name` of every class in `models/`."""
    names = set()
    for path in python_files("models"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and ast.unparse(node.targets[0]) == "_name":
                names.add(str(node.value.value))
    return names


def findings() -> Iterator[str]:
    """Yield every place in `app/` that names a model of the business."""
    names = model_names()
    special = re.compile(r"(?<![\w-])(" + "|".join(sorted(re.escape(name) for name in names - EVERYDAY)) + r")(?![\w-])")
    for path in python_files("app"):
        yield from _in_python(path, names, special)
    for path in tracked():
        if path.parts[0] == "app" and path.suffix in {".html", ".js", ".css", ".txt"}:
            for number, line in enumerate(read(path).splitlines(), 1):
                if names and (found := special.search(line)):
                    yield f"{path}:{number}: names {found.group(1)}"


def _in_python(path: Path, names: set[str], special: re.Pattern[str]) -> Iterator[str]:
    texts = _docstrings(tree(path))
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            if names and (found := special.search(node.value)):
                yield f"{path}:{node.lineno}: names {found.group(1)}"
        elif isinstance(node, ast.Name | ast.Attribute | ast.arg):
            word = getattr(node, "id", getattr(node, "attr", getattr(node, "arg", "")))
            if word in names - EVERYDAY:
                yield f"{path}:{node.lineno}: names {word}"
        elif (word := _model_meant(node)) in EVERYDAY & names:
            yield f"{path}:{getattr(node, 'lineno', 0)}: names the model {word}"


def _model_meant(node: ast.AST) -> str | None:
    """The text at a place where only the name of a model can stand."""
    place: ast.AST | None = None
    if isinstance(node, ast.Subscript) and ENVIRONMENTS.search(ast.unparse(node.value)):
        place = node.slice
    elif isinstance(node, ast.Call) and node.args and ast.unparse(node.func).rsplit(".", 1)[-1] in RELATIONS:
        place = node.args[0]
    elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in {"_name", "_inherit", "model"}:
        place = node.value
    return str(place.value) if isinstance(place, ast.Constant) else None


def _docstrings(module: ast.Module) -> set[int]:
    """Docstrings may use the business for their examples."""
    found = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found
