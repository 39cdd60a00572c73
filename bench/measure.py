"""Measuring in turns: ours, floor, ours, floor … so that whatever else the machine does falls on both alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PAIRS = 5


@dataclass
class Row:
    """One measure of the table.

    `ratio` says how close to the floor we come: 1 is the floor itself, 0.5 half as fast. Peers have their own figure in the
    same unit, and a ratio in `peer_ratios`.
    """

    key: str
    title: str
    unit: str
    ours: float
    floor: float | None = None
    ratio: float | None = None
    peers: dict[str, float] = field(default_factory=dict)
    peer_ratios: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)
    """Processor time per request in ms: of the worker, of its PostgreSQL backends."""
    reach: str = ""
    note: str = ""


def seconds(work: Callable[[], Any], times: int = 1) -> float:
    """Duration of one call, the mean of `times`; the collector runs before and not in it."""
    gc.collect()
    begun = time.perf_counter()
    for _time in range(times):
        work()
    return (time.perf_counter() - begun) / times


def in_turns(contestants: Mapping[str, Callable[[], float]], rounds: int = PAIRS) -> dict[str, list[float]]:
    """Every contestant once per round, each giving its figure; the first round warms up and is not counted.

    The order is turned round from one round to the next, so that nobody always runs after the same other.
    """
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds + 1):
        order = list(contestants.items())
        for name, contestant in order if number % 2 else reversed(order):
            figure = contestant()
            if number:
                figures[name].append(figure)
    return figures


def median_ratio(numerators: list[float], denominators: list[float]) -> float:
    """Median of the ratios of the rounds: what slows down a whole round does not count."""
    return statistics.median(one / other for one, other in zip(numerators, denominators, strict=True))


def timed(row: Row, ours: Callable[[], float], floor: Callable[[], float] | None = None, rounds: int = PAIRS) -> Row:
    """Fill in a row whose figures are durations in seconds; `row.unit` is "ms" or "…/s" with `row.ours` as the number of things."""
    contestants = {"ours": ours} if floor is None else {"ours": ours, "floor": floor}
    figures = in_turns(contestants, rounds)
    things = row.ours

    def shown(each: float) -> float:
        return each * 1000 if row.unit == "ms" else things / each

    row.ours = shown(statistics.median(figures["ours"]))
    if floor is not None:
        row.floor = shown(statistics.median(figures["floor"]))
        row.ratio = median_ratio(figures["floor"], figures["ours"])
    return row
