"""Files and functions stay small: what does not fit on a screen or two is not read."""

import ast
from collections.abc import Iterator

from tests.checks.sources import CODE, python_files, read, tree

LONGEST_FILE, USUAL_FILE = 500, 350
LONGEST_FUNCTION, USUAL_FUNCTION = 60, 30
USUAL_SHARE = 0.9


def findings() -> Iterator[str]:
    """Yield each file and function that is too long, and a sum when too many are merely longish."""
    files = []
    for path in python_files(*CODE, "tests", "bench"):
        length = read(path).count("\n")
        if path.parts[0] in CODE:
            files.append(length)
        if length > LONGEST_FILE:
            yield f"{path}: {length} lines (at most {LONGEST_FILE})"
    functions = []
    for path in python_files(*CODE):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                functions.append(length)
                if length > LONGEST_FUNCTION:
                    yield f"{path}:{node.lineno}: {node.name} has {length} lines (at most {LONGEST_FUNCTION})"
    yield from _usual("files", files, USUAL_FILE)
    yield from _usual("functions", functions, USUAL_FUNCTION)


def _usual(what: str, lengths: list[int], limit: int) -> Iterator[str]:
    share = sum(length <= limit for length in lengths) / max(1, len(lengths))
    if share < USUAL_SHARE:
        yield f"only {share:.0%} of the {what} have at most {limit} lines ({USUAL_SHARE:.0%} should)"
