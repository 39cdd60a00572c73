"""`make lint`: runs every tool and every check, prints what each finds, and fails when one found something."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.checks import catalogues, dead, gate, sizes, traces, words
from tests.checks.sources import TOP

PROGRAMS = Path(sys.executable).parent
TOOLS = {
    "style": ("ruff", "check", "--quiet", "--output-format=concise", "."),
    "layout": ("ruff", "format", "--quiet", "--check", "--output-format=concise", "."),
    "types": ("mypy", "--no-error-summary"),
    "imports": ("lint-imports", "--no-cache", "--no-logo"),
}
CHECKS: dict[str, Callable[[], Iterator[str]]] = {
    "dead code": dead.findings,
    "sizes": sizes.findings,
    "one gate for SQL": gate.findings,
    "no business words in the platform": words.findings,
    "no traces": traces.findings,
    "catalogues": catalogues.findings,
}


def tool(arguments: tuple[str, ...]) -> list[str]:
    """What a tool complains about; nothing when it is content."""
    done = subprocess.run([PROGRAMS / arguments[0], *arguments[1:]], cwd=TOP, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines() or [f"failed with {done.returncode}"] if done.returncode else []


def main() -> int:
    """Run all of them, or those named on the command line."""
    wanted = sys.argv[1:]
    failed = 0
    for title in [*TOOLS, *CHECKS]:
        if wanted and title not in wanted:
            continue
        started = time.monotonic()
        found = tool(TOOLS[title]) if title in TOOLS else list(CHECKS[title]())
        failed += bool(found)
        verdict = f"{len(found)} lines" if found else "ok"
        print(f"{title}: {verdict} ({time.monotonic() - started:.1f} s)", flush=True)
        for line in found:
            print(f"  {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
