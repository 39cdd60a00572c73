"""Faults that change nothing anybody could notice, with the reason: they don't count."""

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""By file, function and the fault in words."""
