"""What is handed out: the table on the screen and in `README.md`, the figures in `results.json`."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import psycopg

from bench.measure import Row
from bench.place import Place

FOLDER = Path(__file__).parent
NAMES = {"fab": "FAB", "drf": "DRF"}
PACKAGES = ("Flask", "Flask-AppBuilder", "SQLAlchemy", "psycopg", "orjson", "gunicorn")
_BETWEEN = re.compile(r"(?<=<!-- table -->\n).*(?=<!-- end -->)", re.DOTALL)


def machine(place: Place, peers: dict[str, str]) -> dict[str, Any]:
    """Cores, memory, how busy it was (load of the last quarter of an hour) and versions; nothing that names the machine."""
    with psycopg.connect(place.dsn) as connection:
        server = connection.execute("SHOW server_version").fetchall()[0][0]
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(total, 1),
        "load": round(os.getloadavg()[2], 1),
        "python": platform.python_version(),
        "postgresql": server.split()[0],
        **{name: version(name) for name in PACKAGES},
        "peers": peers,
    }


def write(rows: list[Row], facts: dict[str, Any], parties: int, *, whole: bool) -> None:
    """Results as JSON, and the table between the marks of the README; a partial run leaves both alone."""
    print(f"\n{table(rows)}")
    if not whole:
        return
    date = datetime.now(UTC).date().isoformat()
    results = [{**_rounded(asdict(row)), "parties": parties, "machine": facts, "date": date} for row in rows]
    (FOLDER / "results.json").write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    readme = FOLDER / "README.md"
    head = f"{date}, {parties:,} parties, {facts['cores']} cores, {facts['memory_gib']} GiB, PostgreSQL {facts['postgresql']}"
    new = f"{head}, Python {facts['python']}, load {facts['load']} (about 2 when nothing else runs)\n\n{table(rows)}\n"
    readme.write_text(_BETWEEN.sub(lambda _found: new, readme.read_text()))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value


def table(rows: list[Row]) -> str:
    """All rows as a table of Markdown, with columns of even width."""
    lines = [["measure", "ours", "floor", "ours : floor", *NAMES.values(), "CPU app + PostgreSQL", "reach"]]
    lines += [
        [
            _title(row),
            _figure(row.ours, row.unit),
            _figure(row.floor, row.unit),
            _ratio(row.ratio),
            *_peers(row),
            _cpu(row),
            row.reach,
        ]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _title(row: Row) -> str:
    return f"{row.title} ({row.note})" if row.note else row.title


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    text = f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text}{unit}" if unit.startswith("/") else f"{text} {unit}".rstrip()


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _peers(row: Row) -> list[str]:
    """Each peer's figure, and how close it comes to the floor."""
    cells = []
    for name in NAMES:
        figure, ratio = row.peers.get(name), row.peer_ratios.get(name)
        near = f" ({ratio:.3f})" if ratio is not None else ""
        cells.append("" if figure is None else _figure(figure, row.unit) + near)
    return cells


def _cpu(row: Row) -> str:
    spent = row.cpu.get("ours")
    return "" if spent is None else f"{spent[0]:.2f} + {spent[1]:.2f} ms"
