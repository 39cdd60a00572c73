"""`make bench`: measures everything, prints the table, writes `bench/results.json` and the table of `bench/README.md`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app import create_app
from app.local.places import home_folder
from bench import http, reads, report, screens, writes
from bench.environments import peers
from bench.measure import Row
from bench.place import Place, copied
from config import Settings

PARTS = ("reads", "http", "writes")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--parties", type=int, default=100_000, help="how many parties the database holds")
    parser.add_argument("--only", choices=PARTS, help="one part, without writing the results")
    parser.add_argument("--no-peers", action="store_true", help="without Flask-AppBuilder and Django REST framework")
    return parser.parse_args()


def over_http(app: Any, database: Any, place: Place, chosen: argparse.Namespace, facts: dict[str, str]) -> Iterator[Row]:
    """Everything that goes over a socket."""
    home = home_folder() / "bench" / "home"
    with (
        http.ours_and_floor(database, place, home) as (portal, floor),
        peers(place, home, wanted=not chosen.no_peers) as (others, versions),
    ):
        facts.update(versions)
        yield from http.rest(place, portal, floor, others)
        yield from screens.screen(portal)
        yield screens.form(place, portal)
        yield from http.more(place, portal)
        yield screens.memory(portal, others)
    yield from screens.statements(app)
    yield screens.start(place, home)


def measured(app: Any, place: Place, chosen: argparse.Namespace, facts: dict[str, str]) -> Iterator[Row]:
    """The wanted parts; what reads comes before what writes."""
    database = app.extensions["kartoteka"].database
    wanted = {chosen.only} if chosen.only else set(PARTS)
    if "reads" in wanted:
        yield from reads.pages(database, place)
        yield from reads.names(database)
        yield reads.groups(database, place)
        yield reads.iteration(database, place)
    if "http" in wanted:
        yield from over_http(app, database, place, chosen, facts)
    if "writes" in wanted:
        yield from writes.plain()
        yield writes.dependents()
        yield writes.parties(database, place)
        yield from writes.single(database, place)


@contextmanager
def disconnected(app: Any) -> Iterator[None]:
    """Close this process's connections at the end: a database in use can't be dropped."""
    try:
        yield
    finally:
        app.extensions["kartoteka"].database.engine.dispose()


def main() -> None:
    """Measure and report."""
    chosen = options()
    home = home_folder() / "bench" / "home"
    home.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    versions: dict[str, str] = {}
    with copied(chosen.parties, home) as place:
        app = create_app(Settings.from_environment(place.environ(home)))
        with app.app_context(), disconnected(app):
            for row in measured(app, place, chosen, versions):
                rows.append(row)
                print(f"{row.title}: {row.ours:,.4g} {row.unit}", flush=True)
        facts = report.machine(place, versions)
    report.write(rows, facts, chosen.parties, whole=not (chosen.only or chosen.no_peers))


if __name__ == "__main__":
    main()
