"""Where the private services of this checkout keep their data, sockets and logs, and as whom they run.

PostgreSQL refuses to run as root and refuses socket paths over 107 bytes, while a checkout may lie anywhere. So sockets
live in a short folder of their own, and data moves out of the checkout where the unprivileged user cannot enter it.
"""

import hashlib
import json
import os
import pwd
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
SERVICE_USERS = ("postgres", "nobody")
SOCKET_LIMIT = 107


class LocalError(Exception):
    """Something on this machine is missing or unfit; the text says what to do."""


def home_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder of everything the portal writes: `KARTOTEKA_HOME`, or `var` in the checkout."""
    return (CHECKOUT / environ.get("KARTOTEKA_HOME", "var")).resolve()


@dataclass(frozen=True, slots=True)
class Places:
    """All paths of one set of private services, and the user they run as (None: whoever started us)."""

    home: Path
    data: Path
    sockets: Path
    user: str | None

    @property
    def cluster(self) -> Path:
        return self.data / "postgres"

    @property
    def redis(self) -> Path:
        return self.data / "redis"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def record(self) -> Path:
        return self.home / "local.json"

    @classmethod
    def of(cls, home: Path) -> "Places":
        """Decide the places for `home`: as recorded at the first start, so that data is found again."""
        home.mkdir(parents=True, exist_ok=True)
        user = service_user() if os.geteuid() == 0 else None
        key = hashlib.sha256(os.fsencode(home)).hexdigest()[:10]
        outside = Path("/var/lib/kartoteka") / key
        if user is None or enterable(home, user):
            data = home / "services"
        else:
            data = moved_from(read_record(home / "local.json"), home) or outside
        sockets = Path(f"/run/kartoteka-{key}" if user else f"/tmp/kartoteka-{os.getuid()}-{key}")  # noqa: S108 - made 0700 and checked
        return cls(home=home, data=data, sockets=sockets, user=user)

    def make(self) -> None:
        """Create the folders, private to the service user."""
        for folder in (self.data, self.redis, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            self.own(folder)
            if folder.stat().st_uid != self.uid:
                owner = pwd.getpwuid(folder.stat().st_uid).pw_name
                raise LocalError(
                    f"{folder} belongs to {owner}. Start as the user who started first (root, if that is {SERVICE_USERS[0]})."
                )
        if len(os.fsencode(self.sockets)) + len("/.s.PGSQL.5432") > SOCKET_LIMIT:
            raise LocalError(f"{self.sockets} is too long for a socket. Set KARTOTEKA_HOME to a shorter path.")

    @property
    def uid(self) -> int:
        return pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()

    def own(self, path: Path) -> None:
        """Hand a path that we made to the service user, and to nobody else."""
        if path.stat().st_uid not in (os.geteuid(), self.uid):
            return
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)
        path.chmod(0o700)

    def as_user(self) -> dict[str, Any]:
        """Give `subprocess` the arguments that run a program as the service user, free of our surroundings."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        arguments: dict[str, Any] = {"cwd": "/", "env": {**environ, "LC_ALL": "C.UTF-8"}}
        if self.user:
            entry = pwd.getpwnam(self.user)
            arguments |= {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
            arguments["env"]["HOME"] = "/"
        return arguments


def service_user() -> str:
    """Name the unprivileged user for PostgreSQL and Redis when root starts them."""
    for name in SERVICE_USERS:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise LocalError("Started as root, but there is no user postgres. Install postgresql-15, or start as another user.")


def enterable(folder: Path, user: str) -> bool:
    """Tell whether `user` may walk through every folder down to `folder`."""
    entry = pwd.getpwnam(user)
    for step in (folder, *folder.parents):
        status = step.stat()
        if status.st_uid == entry.pw_uid:
            bit = stat.S_IXUSR
        elif status.st_gid == entry.pw_gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not status.st_mode & bit:
            return False
    return True


def moved_from(record: Mapping[str, Any], home: Path) -> Path | None:
    """Find data outside the checkout again after the checkout was moved (and not merely copied)."""
    data, former = record.get("data"), record.get("home")
    if not data or not former or not Path(data).is_dir():
        return None
    if Path(former) != home and Path(former).exists():
        return None
    return Path(data) if home not in Path(data).parents else None


def read_record(path: Path) -> dict[str, Any]:
    """Read `local.json`; an absent or broken one counts as empty, for it can always be written anew."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write a small JSON file so that a reader never sees half of it."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    draft.chmod(0o600)
    draft.replace(path)
