"""Marks on endpoints, read where requests are dispatched. What carries no mark needs a signed-in user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Let an endpoint be called without a signed-in user and without a unit of work."""
    view.public = True  # type: ignore[attr-defined]  # a mark read by dispatch_request
    return view


def writing(view: View) -> View:
    """Let an endpoint write although it is called by GET (a download that is logged)."""
    view.writing = True  # type: ignore[attr-defined]  # a mark read by dispatch_request
    return view
