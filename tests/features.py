"""`python -m tests.features`: writes `docs/features.md`, the rows of `tests/rows.txt` with the tests that show each.

A test says in its docstring which rows it shows: "Shows 2.1." or "Shows 0.3, 4.1.". Nobody has to believe a claim that no
test makes.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "features.md"
ROWS = TESTS / "rows.txt"
_SHOWS = re.compile(r"Shows (\d+\.\d+(?:, \d+\.\d+)*)")
HEAD = """# What works, and which test shows it

Written by `make features` from the docstrings of the tests. A row is what a user can see. Its tests say how much of it is
there; a row without a test is not claimed.
"""


def shown() -> Iterator[tuple[str, str]]:
    """Row and place of every claim of a test."""
    for path in sorted(TESTS.rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        name = path.relative_to(TESTS).as_posix()
        for node in ast.walk(module):
            if not isinstance(node, ast.Module | ast.FunctionDef):
                continue
            found = _SHOWS.search(ast.get_docstring(node) or "")
            title = f": {node.name.removeprefix('test_').replace('_', ' ')}" if isinstance(node, ast.FunctionDef) else ""
            for row in found.group(1).split(", ") if found else ():
                yield row, f"{name}{title}"


def rows() -> Iterator[tuple[str, str]]:
    """Number and words of every row, titles of areas among them."""
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            number, _space, words = line.partition(" ")
            yield number, words


def page() -> str:
    """The whole document."""
    claims: dict[str, list[str]] = {}
    for row, place in shown():
        claims.setdefault(row, []).append(place)
    known = dict(rows())
    unknown = sorted(set(claims) - set(known))
    if unknown:
        raise SystemExit(f"tests/rows.txt has no row {', '.join(unknown)}: {claims[unknown[0]][0]}")
    lines = [HEAD]
    for number, words in known.items():
        if "." not in number:
            lines += [f"## {number} {words}", ""]
            continue
        tests = list(dict.fromkeys(claims.get(number, ())))
        lines += [f"**{number}** {words}{'' if tests else ': not shown yet'}", ""]
        lines += [*(f"- {test}" for test in tests), *([""] if tests else [])]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(0 if PAGE.write_text(page(), encoding="utf-8") else 1)
