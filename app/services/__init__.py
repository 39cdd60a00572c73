"""What leaves the machine or stands in for it, each as a Protocol with a real and a harmless implementation.

The factory makes one `Services` per process, the worker's too; models reach it as ``env.services``.
Only what is used is here: the geocoder, and the messenger to the workers, whose Protocol is `app.jobs`' own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import NullPool, create_engine

from app.jobs.broker import Broker, NoBroker, RedisBroker
from app.services.geocoder import GazetteerGeocoder, Geocoder, Match, NoGeocoder, Query

__all__ = ["GazetteerGeocoder", "Geocoder", "Match", "NoGeocoder", "Query", "Services", "build_services"]


@dataclass(frozen=True, slots=True)
class Services:
    """One implementation of each; made without arguments, nothing leaves the process."""

    geocoder: Geocoder = field(default_factory=NoGeocoder)
    broker: Broker = field(default_factory=NoBroker)


def build_services(config: Mapping[str, Any]) -> Services:
    """The real ones, by the settings `SQLALCHEMY_DATABASE_URI` and `REDIS_URL`; connects to nothing yet."""
    # A connection per batch rather than a pool: batches are few, and workers fork.
    engine = create_engine(config["SQLALCHEMY_DATABASE_URI"], poolclass=NullPool)
    return Services(geocoder=GazetteerGeocoder(engine), broker=RedisBroker(config["REDIS_URL"]))
