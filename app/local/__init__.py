"""What a checkout needs to run by itself: a private PostgreSQL, a private Redis, and a supervisor.

Standard library only (apart from `fitness`, which a supervisor runs as a process of its own), because it works before
anything is installed. Nothing here knows Flask, models or views.
"""

from app.local.places import LocalError
from app.local.services import Services, ensure

__all__ = ["LocalError", "Services", "ensure"]
