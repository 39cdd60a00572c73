"""Tests of the ORM, one file per section of its description."""
