"""The files that checks look at, parsed once."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
CODE = ("app", "models", "views", "reports", "config.py", "run.py")


@cache
def tracked() -> tuple[Path, ...]:
    """Everything that git knows or would take, relative to the checkout."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(name for name in listing.stdout.split("\0") if name)
    return tuple(Path(name) for name in names if (TOP / name).is_file())


def python_files(*roots: str) -> Iterator[Path]:
    """The Python files below these roots."""
    for path in tracked():
        if path.suffix == ".py" and (path.parts[0] in roots or str(path) in roots):
            yield path


@cache
def read(path: Path) -> str:
    return (TOP / path).read_text(errors="replace")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(read(path), filename=str(path))
