"""`python -m app.local.fitness`: checks a database and a Redis that the environment names, and says how to mend them.

The supervisor runs it as a process of its own, for it needs the installed libraries and the supervisor does not.
"""

import os
import sys

from redis import Redis, RedisError

from app.orm.fitness import faults as database_faults

CONNECT_SECONDS = 10


def redis_faults(url: str) -> list[str]:
    """What makes the Redis at `url` unfit, each with its remedy."""
    try:
        with Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS) as client:
            client.ping()
            policy = client.info("memory").get("maxmemory_policy", "noeviction")
    except (RedisError, ValueError) as error:
        return [f"Redis cannot be reached: {error}. Check REDIS_URL, and that the server runs."]
    if policy != "noeviction":
        return [f"Redis throws data away when it is full ({policy}), jobs too. Set its maxmemory-policy to noeviction."]
    return []


def main() -> int:
    """Print every fault; 1 when there is one."""
    found = []
    if database := os.environ.get("DATABASE_URL"):
        found += database_faults(os.environ.get("DATABASE_OWNER_URL", database))
    if redis := os.environ.get("REDIS_URL"):
        found += redis_faults(redis)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
