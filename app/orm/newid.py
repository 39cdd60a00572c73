"""The id of a record that is not saved."""

from __future__ import annotations


class NewId:
    """Stands for the id of a record that is not saved; `origin` is the id of the record it was made from."""

    __slots__ = ("origin",)

    def __init__(self, origin: int | None = None) -> None:
        self.origin = origin

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<new of {self.origin}>" if self.origin else "<new>"
