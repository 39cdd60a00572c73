"""Rights have one gate: SQL is written in `app/orm` (and in `app/geo`, whose tables hold no user data) and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.checks.sources import CODE, python_files, tree

# Migrations change tables before anybody has rights on them; permissions.py reads the rights themselves, in FAB's tables.
ALLOWED = (("app", "orm"), ("app", "geo"), ("app", "migrations"))
ALLOWED_FILES = frozenset({"app/web/permissions.py"})
SENDING = frozenset({"execute", "executemany", "exec_driver_sql", "scalars", "from_statement"})
BUILDING = frozenset({"text", "Table", "table", "literal_column"})
# Redis calls the sending of a batch `execute` too.
BATCHES = frozenset({"pipe", "pipeline"})


def findings() -> Iterator[str]:
    """Yield every place that could read or write past the rules."""
    for path in python_files(*CODE):
        if path.parts[:2] not in ALLOWED and str(path) not in ALLOWED_FILES:
            yield from _in_file(path)


def _in_file(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            for alias in node.names:
                if alias.name in BUILDING:
                    yield f"{path}:{node.lineno}: imports {alias.name} of SQLAlchemy; statements are built in app/orm"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = ast.unparse(node.func.value).rsplit(".", 1)[-1]
            if node.func.attr in SENDING and receiver not in BATCHES:
                yield f"{path}:{node.lineno}: {receiver}.{node.func.attr}(…) sends SQL; that is done in app/orm"
            if node.func.attr in BUILDING and receiver in {"sa", "sqlalchemy", "db"}:
                yield f"{path}:{node.lineno}: {receiver}.{node.func.attr}(…); statements are built in app/orm"
