"""The faults of mutation testing: what they are, that they work while they are in, and that they leave nothing behind."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutants.changes import changed, changes
from tests.mutants.swapping import faulty

SOURCE = '''"""A small shop."""

from __future__ import annotations

LARGEST = 10


def price(number: int, each: int = 2) -> int:
    """What so many cost."""
    if number > LARGEST and not each == 0:
        return LARGEST * each
    return number * each


class Till:
    """Counts."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, amount: int) -> None:
        self.total += amount
'''


@pytest.fixture
def shop(tmp_path: Path) -> ModuleType:
    """The source as a loaded module."""
    file = tmp_path / "shop.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("shop", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def number_of(text: str) -> int:
    """Which fault has this description."""
    return [change.text for change in changes(ast.parse(SOURCE))].index(text)


def test_faults_are_small_and_leave_words_for_people_alone() -> None:
    assert [(change.line, change.function, change.text) for change in changes(ast.parse(SOURCE))] == [
        (5, "", "11 instead of 10"),
        (8, "price", "3 instead of 2"),
        (10, "price", "1 instead of 0"),
        (10, "price", "each != 0"),
        (10, "price", "each == 0 without its not"),
        (10, "price", "not (number > LARGEST and (not each == 0))"),
        (10, "price", "number > LARGEST or not each == 0"),
        (10, "price", "number >= LARGEST"),
        (11, "price", "None instead of: return LARGEST * each"),
        (12, "price", "None instead of: return number * each"),
        (19, "__init__", "1 instead of 0"),
        (19, "__init__", "left out: self.total = 0"),
        (22, "add", "left out: self.total += amount"),
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("11 instead of 10", 22),
        ("each == 0 without its not", 24),
        ("not (number > LARGEST and (not each == 0))", 24),
        ("None instead of: return LARGEST * each", None),
    ],
)
def test_a_fault_works_for_those_who_hold_the_function_and_is_taken_out_again(shop: ModuleType, text: str, wrong: int) -> None:
    held = shop.price
    assert held(12) == 20
    with faulty(shop, changed(SOURCE, number_of(text))):
        assert held(12) == wrong
    assert held(12) == 20


def test_defaults_are_faulty_too(shop: ModuleType) -> None:
    held = shop.price
    with faulty(shop, changed(SOURCE, number_of("3 instead of 2"))):
        assert held(1) == 3
    assert held(1) == 2


def test_methods_of_objects_that_are_there_already_are_faulty_too(shop: ModuleType) -> None:
    till = shop.Till()
    with faulty(shop, changed(SOURCE, number_of("left out: self.total += amount"))):
        till.add(5)
        assert till.total == 0
    till.add(5)
    assert till.total == 5


def test_a_fault_is_taken_out_when_the_test_fails(shop: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError), faulty(shop, changed(SOURCE, number_of("11 instead of 10"))):
        raise ZeroDivisionError
    assert shop.LARGEST == 10
