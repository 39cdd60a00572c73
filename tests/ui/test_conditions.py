"""Conditions of forms, as the server evaluates them."""

import pytest

from app.ui.conditions import fields_of, holds


@pytest.mark.parametrize(
    ("condition", "values", "result"),
    [
        ([], {}, True),
        ([("kind", "=", "person")], {"kind": "person"}, True),
        ([("kind", "=", "person")], {"kind": "organisation"}, False),
        ([("kind", "!=", "person")], {"kind": None}, True),
        ([("name", "=", None)], {"name": ""}, True),
        ([("kind", "in", ["a", "b"])], {"kind": "b"}, True),
        ([("kind", "not in", ["a", "b"])], {"kind": "b"}, False),
        ([("a", "=", 1), ("b", "=", 2)], {"a": 1, "b": 3}, False),
        (["|", ("a", "=", 1), ("b", "=", 2)], {"a": 1, "b": 3}, True),
        (["!", "|", ("a", "=", 1), ("b", "=", 2)], {"a": 1, "b": 3}, False),
        (["!", ("a", "=", 1), ("b", "=", 3)], {"a": 2, "b": 3}, True),
        ([("parent_id", "=", 7)], {"parent_id": {"id": 7, "display_name": "x"}}, True),
    ],
)
def test_a_condition_is_true_of_values(condition, values, result):
    """Shows 0.3."""
    assert holds(condition, values) is result


def test_a_condition_names_its_fields():
    assert fields_of(["|", ("a", "=", 1), ("b", "=", 2)]) == ["a", "b"]
