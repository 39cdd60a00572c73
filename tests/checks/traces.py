"""Nothing of the machine where it was written: no path of it, no address of a registry, no mark of unfinished work."""

import re
from collections.abc import Iterator

from tests.checks.sources import CODE, TOP, read, tracked

LARGEST = 2_000_000
# Written in pieces, so that this file does not find itself. Whoever has to catch everything says why on the line.
PLACES = re.compile(
    r"\b(?:pypi|pythonhosted|"
    r"npmjs)\.\w+|\bdeb\.\w+\.org|/"
    r"work/|/"
    r"farm/|/"
    r"root/|/"
    r"opt/(?:pypi|wheels)|/"
    r"home/\w+/",
)
MARKS = re.compile(
    r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK|NotImplemented" + r"Error)\b|except Exception(?!.*  # )|except:"
)


def findings() -> Iterator[str]:
    """Yield every line of a tracked file that carries such a trace."""
    for path in tracked():
        if (TOP / path).stat().st_size > LARGEST or path.suffix in {".png", ".ico", ".woff2"}:
            continue
        code = path.suffix == ".py" and (path.parts[0] in CODE or str(path) in CODE)
        for number, line in enumerate(read(path).splitlines(), 1):
            if found := PLACES.search(line):
                yield f"{path}:{number}: {found.group()} belongs to one machine or registry"
            if code and (found := MARKS.search(line)):
                yield f"{path}:{number}: {found.group()}"
