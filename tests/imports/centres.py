"""The file of `tests/data/` and its import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.base.importing import Importer, Mapping, Report, Table
from app.orm.env import Env

DATA = Path(__file__).resolve().parents[1] / "data"
CENTRES = DATA / "chicago_centres_messy.csv"
ROWS = 3337


def run(env: Env, file: Path, **options: Any) -> Report:
    """Import a file of this form with the mapping that stands beside it."""
    mapping = Mapping.load(env.registry, "party", str(DATA / "chicago_map.json"))
    return Importer(mapping, **options).run(env, Table(file))
