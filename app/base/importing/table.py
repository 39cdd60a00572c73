"""A CSV file as a stream of rows, whatever its encoding and separator.

UTF-8 is recognised by its own rules. What is not UTF-8 comes from Windows: Russian (cp1251) or Western (cp1252). In Russian
text letters of the upper half of the code page stand next to each other, in Western text an accented letter stands among plain ones.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.orm.errors import UserError
from app.orm.i18n import _

_SAMPLE = 1 << 20
_CELL_LIMIT = 1 << 20
_CYRILLIC_RUN = re.compile(rb"[\xa8\xb8\xc0-\xff]{2,}")
_LONE_ACCENT = re.compile(rb"(?<![\x80-\xff])[\xc0-\xff](?![\x80-\xff])")


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file: the line on which it begins, and its cells by column. Empty cells are left out."""

    line: int
    cells: dict[str, str]
    surplus: int = 0
    """How many filled cells stand beyond the last column of the heading."""


class Table:
    """A CSV file on disk; every iteration reads it anew, so memory does not grow with the file."""

    def __init__(self, path: Path, encoding: str | None = None, separator: str | None = None) -> None:
        self.path = path
        self.encoding = encoding or guess_encoding(path)
        with path.open(encoding=self.encoding, newline="") as file:
            head = file.readline()
        self.separator = separator or guess_separator(head)
        self.columns = next(self._records(), (0, []))[1]
        self._check()

    def _check(self) -> None:
        if not any(self.columns):
            raise UserError(_("%(file)s is empty. Its first line must name the columns.", file=self.path.name))
        twice = [name for name, count in Counter(filter(None, self.columns)).items() if count > 1]
        if twice:
            raise UserError(_("%(file)s has the column %(name)s twice. Rename one of them.", file=self.path.name, name=twice[0]))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(_CELL_LIMIT)
        with self.path.open(encoding=self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.separator)
            line = 1
            for cells in reader:
                yield line, [cell.strip().strip("\ufeff") for cell in cells]
                line = reader.line_num + 1

    def __iter__(self) -> Iterator[Row]:
        records = self._records()
        next(records, None)
        for line, cells in records:
            if any(cells):
                found = {name: cell for name, cell in zip(self.columns, cells, strict=False) if name and cell}
                yield Row(line, found, sum(1 for cell in cells[len(self.columns) :] if cell))


def guess_encoding(path: Path) -> str:
    """`utf-8-sig`, `cp1251` or `cp1252`."""
    if _is_utf8(path):
        return "utf-8-sig"
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    runs, lone = len(_CYRILLIC_RUN.findall(sample)), len(_LONE_ACCENT.findall(sample))
    return "cp1251" if runs >= lone else "cp1252"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(_SAMPLE):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def guess_separator(heading: str) -> str:
    """The separator that the heading has most of, outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", heading)
    return max((",", ";", "\t"), key=bare.count)
