"""`python -m tests.mutants app/orm/flush.py … [--faults 60] [--tests tests/orm/test_0*.py …]`: how many faults the tests notice.

    changes.py ──all faults of a file──▶ a sample, always the same ──▶ session.py, swapping.py ──▶ noticed or survived

Survivors are listed. `equivalent.py` names those of which no test can tell, with the reason. The figures are written to
`var/mutants.json`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

from tests.mutants import session
from tests.mutants.changes import Change
from tests.mutants.equivalent import EQUIVALENT

RESULTS = Path("var/mutants.json")
TESTS = sorted(
    str(path) for path in Path("tests/orm").glob("test_*.py") if "concurr" not in path.stem and "lost" not in path.stem
)


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--faults", type=int, default=100, help="how many of a file's faults are tried")
    parser.add_argument("--tries", type=int, default=60, help="how many tests may try to notice a fault")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="the tests that try to notice them")
    return parser.parse_args()


def main() -> int:
    """Try the faults, print and write down what came of it."""
    asked = arguments()

    def pick(found: list[tuple[int, Change]]) -> list[tuple[int, Change]]:
        return sorted(random.Random(0).sample(found, min(asked.faults, len(found))), key=lambda each: each[0])

    faults = [fault for file in asked.files for fault in session.faults_of(file, pick)]
    equivalent = [fault for fault in faults if is_equivalent(fault)]
    for test in session.run([fault for fault in faults if fault not in equivalent], asked.tests, asked.tries, tell):
        tell(f"left out, for it fails without a fault: {test}")
    results = {str(file): figures([fault for fault in faults if fault.file == file]) for file in asked.files}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False))
    return 0


def tell(line: str) -> None:
    """A line to whoever waits, past what pytest keeps to itself."""
    stream = sys.__stdout__ or sys.stdout
    stream.write(f"{line}\n")
    stream.flush()


def is_equivalent(fault: session.Fault) -> bool:
    """Whether nobody could notice it, as somebody has found out."""
    return (fault.file.stem, fault.change.function, fault.change.text) in EQUIVALENT


def figures(faults: list[session.Fault]) -> dict[str, object]:
    """The figures of one file, printed too."""
    counted = [fault for fault in faults if not is_equivalent(fault)]
    survived = [fault for fault in counted if not fault.noticed]
    share = 1 - len(survived) / max(1, len(counted))
    for fault in survived:
        tell(f"survived {fault.tries:4} tests  {session.described(fault)}")
    equivalent = len(faults) - len(counted)
    tell(f"{faults[0].file}: {len(faults)} faults, {equivalent} equivalent, {len(survived)} survived, {share:.1%} noticed")
    return {
        "faults": len(faults),
        "equivalent": equivalent,
        "noticed": len(counted) - len(survived),
        "survived": [session.described(fault) for fault in survived],
    }


if __name__ == "__main__":
    raise SystemExit(main())
