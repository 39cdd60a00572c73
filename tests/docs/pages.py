"""Reads the documents: blocks of code by language, tables, links."""

from __future__ import annotations

import re
from pathlib import Path

from app.local.places import CHECKOUT

DOCS = CHECKOUT / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^# (\S+\.py)\n")


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The blocks of code of one language, in their order."""
    return [code for found, code in _BLOCK.findall(text(name)) if found == language]


def files(name: str) -> dict[str, str]:
    """Blocks of Python that begin with the name of a file, by that name."""
    found = {}
    for code in blocks(name, "python"):
        if named := _FILE.match(code):
            found[named.group(1)] = code[named.end() :]
    return found


def translations(name: str) -> dict[str, str]:
    """The pairs of a block of a catalogue."""
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', "\n".join(blocks(name, "po")), re.MULTILINE)
    return dict(pairs)


def write(folder: Path, sources: dict[str, str]) -> None:
    """Write files below a folder."""
    for name, code in sources.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
