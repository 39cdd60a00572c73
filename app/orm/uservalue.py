"""What stands in a domain for something of the user who asks."""

from __future__ import annotations

from typing import Any


class UserValue:
    """Stands in a domain for something of the user who asks: `CurrentUser`, `CurrentUser.party_id`, `CurrentUser.teams`."""

    def __init__(self, path: tuple[str, ...] = ()) -> None:
        self.path = path

    def __getattr__(self, name: str) -> UserValue:
        if name.startswith("_"):
            raise AttributeError(name)
        return UserValue((*self.path, name))

    def __repr__(self) -> str:
        return ".".join(("CurrentUser", *self.path))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UserValue) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __deepcopy__(self, memo: dict[int, Any]) -> UserValue:
        return self


CurrentUser = UserValue()
