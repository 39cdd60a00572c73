"""The platform: nothing below this package knows a business word.

Importing it costs nothing, so that `python3 -m app.local` runs on a bare Python before anything is installed. The
application itself is made by `app.factory`, which is loaded when `create_app` is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.factory import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Hand out `create_app` without loading Flask for those who only want a sub-package."""
    if name == "create_app":
        return import_module("app.factory").create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
