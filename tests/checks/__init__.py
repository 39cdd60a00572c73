"""Checks of the architecture that no tool knows: `make lint` runs them after ruff, mypy, import-linter and vulture."""
