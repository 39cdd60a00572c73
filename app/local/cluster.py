"""The private PostgreSQL: created once, started and stopped, reachable through a socket folder only.

ICU with `ru-RU` is what makes trigrams, case and order work on Cyrillic; checksums find a failing disk.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from app.local.places import LocalError, Places

OWNER, WEB = "kartoteka_owner", "kartoteka_web"
# The portal's data; what tests may fill; an empty one to copy, for only a superuser creates PostGIS.
DATABASE, TEST_DATABASE, BLANK_DATABASE = "kartoteka", "kartoteka_test", "kartoteka_blank"
EXTENSIONS = ("postgis", "pg_trgm", "unaccent", "btree_gist", "btree_gin")
LOWEST_VERSION = 15

SETTINGS = """
# Written by app.local at every start: change app/local/cluster.py instead.
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 300
max_locks_per_transaction = 256
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
effective_cache_size = 1GB
random_page_cost = 1.1
max_wal_size = 2GB
jit = off
timezone = 'UTC'
lc_messages = 'C'
log_min_duration_statement = 1000
log_line_prefix = '%m [%p] %d '
"""

# The owner is a member of the web's role, so that it may end the web's sessions where a database has to go.
ROLES = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN CREATE ROLE {OWNER} LOGIN CREATEDB; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB}') THEN CREATE ROLE {WEB} LOGIN; END IF;
    GRANT {WEB} TO {OWNER};
END $$
"""

# The web role may do what the portal does; the migrations take back what it must not (changing the audit).
GRANTS = f"""
GRANT CONNECT, TEMPORARY ON DATABASE :"draft" TO {WEB};
GRANT USAGE ON SCHEMA public TO {WEB};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {WEB};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {WEB};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE ON SCHEMAS TO {WEB};
"""


def bin_folders() -> Iterator[tuple[int, Path]]:
    """Yield version and folder of every PostgreSQL installed the Debian way, newest first."""
    found = []
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        version = folder.parent.name
        if version.isdigit() and int(version) >= LOWEST_VERSION and (folder / "initdb").exists():
            found.append((int(version), folder))
    yield from sorted(found, reverse=True)


def bin_folder(cluster: Path) -> Path:
    """Choose the programs: those of the cluster's own version, else the newest that PostGIS was installed for."""
    marker = cluster / "PG_VERSION"
    wanted = int(marker.read_text()) if marker.exists() else None
    for version, folder in bin_folders():
        has_postgis = Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists()
        if has_postgis and wanted in (None, version):
            return folder
    if wanted is None and (elsewhere := programs_in_path()):
        return elsewhere
    name = wanted or LOWEST_VERSION
    raise LocalError(f"PostgreSQL {name} with PostGIS is missing: install postgresql-{name} and postgresql-{name}-postgis-3.")


def programs_in_path() -> Path | None:
    """Find PostgreSQL where another distribution put it, asking `pg_config`."""
    config = shutil.which("pg_config")
    if config is None:
        return None
    answer = subprocess.run([config, "--bindir", "--version"], capture_output=True, text=True, check=False).stdout
    folder, _, version = answer.partition("\n")
    number = re.search(r"\d+", version)
    fit = number is not None and int(number.group()) >= LOWEST_VERSION and Path(folder, "initdb").exists()
    return Path(folder) if fit else None


class Cluster:
    """One private cluster below `places`."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.bin = bin_folder(places.cluster)
        self.log = places.data / "postgres.log"

    def call(self, program: str, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the service user.

        Its output goes to a file and not to a pipe: the server would inherit the pipe and keep it open for ever.
        """
        output = self.places.data / "last-command.log"
        with output.open("w") as sink:
            done = subprocess.run(
                [self.bin / program, *arguments],
                input=stdin,
                stdout=sink,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                **self.places.as_user(),
            )
        done.stdout = output.read_text(errors="replace")
        return done

    def must(self, program: str, *arguments: str, stdin: str | None = None) -> str:
        """Run a program that has to succeed, and return what it said."""
        done = self.call(program, *arguments, stdin=stdin)
        if done.returncode:
            raise LocalError(f"{program} failed ({done.returncode}): {done.stdout.strip()}\nThe server's log: {self.log}")
        return str(done.stdout)

    def sql(self, statements: str, database: str = "postgres", **variables: str) -> str:
        """Run SQL as the cluster's superuser and return the bare rows."""
        named = [f"--set={name}={value}" for name, value in variables.items()]
        connection = ["-h", str(self.places.sockets), "-U", "postgres", "-d", database]
        return self.must("psql", "-XqAt", "--set=ON_ERROR_STOP=1", *named, *connection, stdin=statements).strip()

    @property
    def running(self) -> bool:
        if not (self.places.cluster / "postmaster.pid").exists():
            return False
        return self.call("pg_isready", "-q", "-h", str(self.places.sockets)).returncode == 0

    def create(self) -> None:
        """Make the cluster where there is none; a half-made one (power cut) is made anew."""
        target = self.places.cluster
        if (target / "PG_VERSION").exists() and (target / "kartoteka.conf").exists():
            return
        draft = target.with_name("postgres.new")
        for leftover in (draft, target):
            shutil.rmtree(leftover, ignore_errors=True)
        locale = ["--locale-provider=icu", "--icu-locale=ru-RU", "--locale=C.UTF-8", "--encoding=UTF8"]
        self.must("initdb", "-D", str(draft), "-U", "postgres", "--auth=trust", "--data-checksums", *locale)
        with (draft / "postgresql.conf").open("a") as conf:
            conf.write("include = 'kartoteka.conf'\n")
        (draft / "kartoteka.conf").touch()
        draft.rename(target)

    def up(self) -> None:
        """Make sure that the server answers and that roles and databases are there; cheap when they are."""
        if not self.running:
            self.start()
        furnished = self.places.cluster / "kartoteka.furnished"
        if not furnished.exists() or furnished.read_text() != ROLES:
            self.furnish()
            furnished.write_text(ROLES)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.create()
        (self.places.cluster / "kartoteka.conf").write_text(SETTINGS.format(sockets=self.places.sockets))
        if self.call("pg_ctl", "status", "-D", str(self.places.cluster)).returncode == 0 and not self.running:
            # Alive without its socket (the folder was cleaned away): only a restart makes a new one.
            self.stop()
        self.must("pg_ctl", "start", "-w", "-t", "120", "-s", "-D", str(self.places.cluster), "-l", str(self.log))

    def furnish(self) -> None:
        """Create roles and databases where they are missing."""
        self.sql(ROLES)
        present = set(self.sql("SELECT datname FROM pg_database").split())
        for database in (DATABASE, TEST_DATABASE, BLANK_DATABASE):
            if database not in present:
                self.new_database(database)
        # Losing the last half second of a test is no loss; the portal's own database keeps its commits.
        self.sql(f"ALTER DATABASE {TEST_DATABASE} SET synchronous_commit = off")

    def new_database(self, name: str) -> None:
        """Create a database with extensions and grants; it gets its name last, so that half of one is never found."""
        draft = f"{name}_new"
        self.sql(f"DROP DATABASE IF EXISTS {draft}")
        self.sql(f"CREATE DATABASE {draft} OWNER {OWNER} TEMPLATE template0")
        extensions = "\n".join(f"CREATE EXTENSION IF NOT EXISTS {extension};" for extension in EXTENSIONS)
        self.sql(extensions + GRANTS, draft, draft=draft)
        self.sql(f"ALTER DATABASE {draft} RENAME TO {name}")

    def stop(self) -> None:
        """Stop the server, ending the sessions that are left; a server that is down is no error."""
        if not (self.places.cluster / "postmaster.pid").exists():
            return
        self.call("pg_ctl", "stop", "-w", "-t", "60", "-s", "-m", "fast", "-D", str(self.places.cluster))

    def url(self, role: str, database: str) -> str:
        """Give SQLAlchemy's URL for a role on a database of this cluster."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.places.sockets}"
