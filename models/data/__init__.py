"""Seed and demonstration data, one file per area."""
