"""Code that nobody calls: vulture's eyes, and our knowledge of who calls by name."""

import ast
import re
from collections.abc import Iterator

from vulture import Vulture

from tests.checks.sources import CODE, TOP, python_files, read, tracked, tree

# Fields and settings are class attributes that only their names reach, so attributes and variables are left out.
KINDS = frozenset({"function", "method", "class", "property", "import", "unreachable_code"})
# Called by a framework, by these names.
CALLED_BY_OTHERS = re.compile(
    r"__\w+__|pytest_\w+|handle_(?:starttag|endtag|data)"  # Python, pytest, HTMLParser
    r"|_(?:de)?serialize|get_col_spec|ensure_sync|emit|filter|process_bind_param|process_result_value"  # marshmallow, SQLAlchemy, Flask
    r"|create_db|create_login_manager|create_limiter|load_user_jwt|is_item_public|get_user_menu_access|add_api_spec"  # Flask-AppBuilder
    r"|get_additional_deps|report_config_data|get_(?:customize_class_mro|attribute|method|function)_hook|plugin"  # mypy
    r"|_add_global_static|_add_admin_views|to_python|request_stop|upgrade|downgrade",  # Flask-AppBuilder, RQ, Alembic
)
# Declarations are found by discovery; nobody names their classes.
DECLARED = re.compile(r"(?:models|views|reports|app/base|tests)/")
PLAIN = frozenset({"property", "staticmethod", "classmethod", "contextmanager", "cache", "cached_property", "override"})


def findings() -> Iterator[str]:
    """Yield what neither code nor text names."""
    files = [*python_files(*CODE, "tests", "bench")]
    eyes = Vulture()
    for path in files:
        if path.parts[:2] != ("bench", "peers"):
            eyes.scan(read(path), filename=TOP / path)
    words = _words()
    registered = _registered()
    for item in eyes.get_unused_code(min_confidence=60):
        place = str(item.filename.relative_to(TOP))
        if item.typ not in KINDS or item.name in words or CALLED_BY_OTHERS.fullmatch(item.name):
            continue
        if item.name in registered or (item.typ == "class" and DECLARED.match(place)):
            continue
        yield f"{place}:{item.first_lineno}: unused {item.typ} {item.name}"


def _words() -> set[str]:
    """Every word of the texts: names in strings of Python, in templates, scripts and settings."""
    found: set[str] = set()
    for path in tracked():
        if path.suffix == ".py":
            for node in ast.walk(tree(path)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
                    found.update(re.findall(r"\w+", node.value))
        elif path.suffix in {".html", ".js", ".toml", ".ini", ".mako", ".cfg"} or path.name == "Makefile":
            found.update(re.findall(r"\w+", read(path)))
    return found


def _registered() -> set[str]:
    """Functions and classes that a decorator hands to somebody: routes, commands, hooks, fixtures."""
    found = set()
    for path in tracked():
        if path.suffix != ".py":
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names = {
                    ast.unparse(getattr(decorator, "func", decorator)).rsplit(".", 1)[-1] for decorator in node.decorator_list
                }
                if names - PLAIN:
                    found.add(node.name)
    return found
