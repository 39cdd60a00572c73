"""Tests that loop over the registry: a new entity is tested before its author writes a test."""
