"""One run of pytest in which each test meets the faults that it may notice, in the lines that it runs.

    each test ─▶ run as it is, its lines noted ─▶ for each fault some tests that run its lines, from many files
              ─▶ run again with each of its faults that nobody noticed yet
                     failed ─▶ noticed; run once more without: should that fail too, the file is set up anew

So what the tests of a file need is set up once for hundreds of faults. A fault that changes what is set up is tried in tests
that set it up themselves, or not at all: a constant of a module counts as run by every test that runs the module.
"""

from __future__ import annotations

import ast
import importlib
import random
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any
from weakref import WeakSet

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.changes import Change, changed, changes
from tests.mutants.swapping import faulty

OPTIONS = ("-o", "addopts=", "-p", "xdist", "-p", "pytest_timeout", "-q", "--tb=no", "--capture=sys")
STUCK = 15
"""Seconds after which a test has noticed an endless loop."""


@dataclass
class Fault:
    """A fault on trial: how long tests have tried, and which one noticed it."""

    file: Path
    module: ModuleType
    number: int
    change: Change
    tries: int = 0
    noticed: str = ""
    tree: ast.Module = field(default_factory=lambda: ast.Module([], []))

    def run_by(self, lines: set[tuple[str, int]]) -> bool:
        """Whether these lines of files are among its own."""
        name = str(self.module.__file__)
        if not self.change.function or self.change.default:
            return any(file == name for file, _line in lines)
        return any((name, line) in lines for line in (*range(self.change.line, self.change.end + 1), self.change.statement))


def faults_of(file: Path, pick: Callable[[list[tuple[int, Change]]], list[tuple[int, Change]]]) -> list[Fault]:
    """The faults of a file that shall be tried."""
    source = file.read_text(encoding="utf-8")
    module = importlib.import_module(".".join(file.with_suffix("").parts))
    found = pick(list(enumerate(changes(ast.parse(source)))))
    return [Fault(file, module, number, change, tree=changed(source, number)) for number, change in found]


class Trial:
    """A plugin of pytest that takes the place of its loop over the tests."""

    def __init__(self, faults: Sequence[Fault], tries: int, tell: Callable[[str], Any]) -> None:
        self.faults, self.tries, self.tell = faults, tries, tell
        self.files = {str(fault.module.__file__) for fault in faults}
        self.lines: set[tuple[str, int]] = set()
        self.failing: list[str] = []
        self.registries: WeakSet[Any] = WeakSet()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """All tests as they are, then those that were allotted to faults with these."""
        lines: dict[pytest.Item, set[tuple[str, int]]] = {}
        for item, beside in _in_files(session):
            if self._sound(item, beside):
                lines[item] = self.lines
            else:
                self.failing.append(item.nodeid)
        allotted: defaultdict[pytest.Item, list[Fault]] = defaultdict(list)
        for fault in self.faults:
            for item in spread([item for item in lines if fault.run_by(lines[item])], self.tries):
                allotted[item].append(fault)
        for item, beside in _in_files(session):
            for fault in allotted[item]:
                if not fault.noticed:
                    self._judge(fault, item, beside)
        return True

    def _sound(self, item: pytest.Item, beside: pytest.Item) -> bool:
        self.lines = set()
        sys.settrace(self._enter)
        try:
            return self._passes(item, beside)
        finally:
            sys.settrace(None)

    def _judge(self, fault: Fault, item: pytest.Item, beside: pytest.Item) -> None:
        fault.tries += 1
        with faulty(fault.module, fault.tree):
            passes = self._passes(item, beside)
        if passes:
            return
        fault.noticed = item.nodeid
        self.tell(f"noticed   {described(fault)}   [{item.nodeid}]")
        if not self._passes(item, beside):
            item.session._setupstate.teardown_exact(None)

    def _passes(self, item: pytest.Item, beside: pytest.Item) -> bool:
        """Whether a test passes that makes all its statements itself: those that were kept know nothing of the fault, or only it."""
        for registry in self.registries:
            registry.statements.clear()
        return _passes(item, beside)

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        return self._line if frame.f_code.co_filename in self.files else None

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            self.lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line


def _in_files(session: pytest.Session) -> Iterator[tuple[pytest.Item, pytest.Item]]:
    """Each test with another one of its file, for whose sake what the file needs is kept until the next file comes."""
    for _path, group in groupby(session.items, key=lambda item: item.path):
        items = list(group)
        if len(items) > 1:
            for item in items:
                yield item, items[0] if item is not items[0] else items[1]
            session._setupstate.teardown_exact(None)


def spread(items: Sequence[pytest.Item], size: int) -> list[pytest.Item]:
    """So many tests, from as many files as there are: those of one file often look at the same thing."""
    files = [random.Random(0).sample(group, len(group)) for group in _by_file(items)]
    mixed = [item for row in zip_longest(*files) for item in row if item is not None]
    return mixed[:size]


def _by_file(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    return [list(group) for _path, group in groupby(items, key=lambda item: item.path)]


def described(fault: Fault) -> str:
    """Where it is and what."""
    return f"{fault.file}:{fault.change.line} {fault.change.function}: {fault.change.text}"


def _passes(item: pytest.Item, beside: pytest.Item) -> bool:
    """Whether a test passes in time; what its file needs is kept for the one beside it."""
    former = signal.signal(signal.SIGALRM, _stuck)
    signal.setitimer(signal.ITIMER_REAL, STUCK, 1)
    try:
        return all(report.outcome == "passed" for report in runtestprotocol(item, log=False, nextitem=beside))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _stuck(_number: int, _frame: Any) -> None:
    pytest.fail(f"takes longer than {STUCK} seconds")


def run(faults: Sequence[Fault], tests: Sequence[str], tries: int, tell: Callable[[str], Any]) -> list[str]:
    """Try each fault with so many of these tests; the tests that fail without any fault."""
    registries = importlib.import_module("app.orm.registry").Registry
    started = registries.__init__
    trial = Trial(faults, tries, tell)

    def noted(registry: Any, *arguments: Any, **options: Any) -> None:
        started(registry, *arguments, **options)
        trial.registries.add(registry)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registries, "__init__", noted)
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        pytest.main([*tests, *OPTIONS], plugins=[trial])
    return trial.failing
