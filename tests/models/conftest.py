"""Fixtures of `tests/contacts.py`: the contact area in a registry of its own."""

from tests.contacts import contacts, env, make

__all__ = ["contacts", "env", "make"]
