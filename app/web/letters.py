"""The letters of the rights and the names under which they stand in FAB's permission tables."""

from __future__ import annotations

LETTERS = {
    "r": "can_read",
    "c": "can_create",
    "u": "can_write",
    "d": "can_delete",
    "x": "can_export",
    "i": "can_import",
    "m": "can_merge",
    "e": "can_mail",
}
LETTER_OF = {name: letter for letter, name in LETTERS.items()}
OPERATIONS = {
    "can_read": "read",
    "can_create": "create",
    "can_write": "write",
    "can_delete": "unlink",
    "can_export": "export",
    "can_import": "import",
    "can_merge": "merge",
    "can_mail": "mail",
}
"""What the ORM calls them in `has_access`."""
