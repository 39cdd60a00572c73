"""`make run`: brings everything up in order, watches it, and takes all of it down again.

    services -> fit? -> catalogues -> migrations -> rights -> gazetteer -> demo data -> web and worker -> ready:
    address and logins are printed

On Ctrl-C, SIGTERM or a closed terminal: web first (no new work), then the worker (it finishes its unit), then, unless
somebody else uses them, Redis and PostgreSQL. Should this process be killed, the kernel ends web and worker.
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.local.places import CHECKOUT, LocalError, read_record, write_record
from app.local.services import Local, Services
from config import SettingError, Settings

DEMO_USERS = ("admin", "clerk", "sales", "reception", "manager", "auditor")
WEB_PROCESSES, WEB_THREADS = 2, 8
READY_SECONDS = 90
STOP_SECONDS = 15
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# Whatever changes one of these may change tables, demo data or catalogues.
SOURCES = ("app", "models", "views", "reports", "config.py", "requirements.txt")


@dataclass
class Child:
    """A process that has to run as long as we do."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches it through us, in our order."""
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", "--", *self.command],
                cwd=CHECKOUT,
                env=dict(self.environ),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self) -> None:
        """Ask politely, then again, then end it and its own children."""
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            if self.ended:
                return
            if number == signal.SIGKILL:
                os.killpg(self.process.pid, number)
            else:
                self.process.send_signal(number)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue


class Supervisor:
    """One portal on this machine."""

    def __init__(self, local: Local, services: Services) -> None:
        self.local = local
        self.environ = {
            **os.environ,
            "DATABASE_URL": services.dsn_web,
            "DATABASE_OWNER_URL": services.dsn_owner,
            "REDIS_URL": services.redis_url,
            "PYTHONUNBUFFERED": "1",
        }
        self.settings = Settings.from_environment(self.environ)
        self.logs = self.settings.home / "log"
        self.logs.mkdir(exist_ok=True)
        self.children: list[Child] = []

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.settings.host == "0.0.0.0" else self.settings.host  # noqa: S104 - compared, not bound
        return f"http://{host}:{self.settings.port}"

    def check_port(self) -> None:
        """Refuse a taken port before anything is started."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.settings.host, self.settings.port))
            except OSError as error:
                port = self.settings.port
                raise LocalError(
                    f"Port {port} cannot be used ({error.strerror}). Choose another: PORT={port + 1} make run"
                ) from error

    def step(self, title: str, *module: str) -> None:
        """Run one preparing command to its end; its output is shown when it fails."""
        print(f"{title} …", flush=True)
        started = time.monotonic()
        log = self.logs / "prepare.log"
        with log.open("ab") as sink:
            start = sink.tell()
            done = subprocess.run(
                [sys.executable, *module], cwd=CHECKOUT, env=self.environ, stdout=sink, stderr=sink, check=False
            )
        if done.returncode:
            said = log.read_bytes()[start:].decode(errors="replace").strip()
            raise LocalError(f"{said}\n\n{title}: failed. Nothing was started.")
        print(f"  {time.monotonic() - started:.1f} s", flush=True)

    def prepare(self) -> None:
        """Compile the catalogues, migrate, load gazetteer and demo data: what of it the last start has not done already."""
        if not self.local.needs_cluster or not self.local.needs_redis:
            self.step("Checking database and Redis", "-m", "app.local.fitness")
        stamp = self.fingerprint()
        record = self.settings.home / "prepared.json"
        if read_record(record).get("stamp") == stamp:
            return
        self.step("Translations", "-m", "babel.messages.frontend", "compile", "-d", "app/translations")
        self.step("Migrations", "-m", "flask", "--app", "run", "db", "upgrade")
        self.step("Roles and rights", "-m", "flask", "--app", "run", "seed")
        self.step("Gazetteer", "-m", "flask", "--app", "run", "geocode", "load")
        if self.settings.demo:
            self.step("Demo data", "-m", "flask", "--app", "run", "demo")
        if stamp:
            write_record(record, {"stamp": stamp})

    def fingerprint(self) -> str:
        """Identify what preparing depends on; "" when that lies outside our sight (a database or add-ons of others)."""
        if not self.local.needs_cluster or self.settings.addons:
            return ""
        system = (self.local.places.cluster / "global" / "pg_control").stat().st_ino
        parts = [f"{system} {self.settings.demo} {self.settings.demo_password}"]
        for root in SOURCES:
            top = CHECKOUT / root
            files = sorted(top.rglob("*")) if top.is_dir() else [top]
            for file in files:
                if file.suffix in {".py", ".po", ".json", ".csv", ".txt"} and file.is_file():
                    status = file.stat()
                    parts.append(f"{file.relative_to(CHECKOUT)} {status.st_size} {status.st_mtime_ns}")
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def start_children(self) -> None:
        """Start web and worker."""
        web = ["-m", "gunicorn", "run:app", "--bind", f"{self.settings.host}:{self.settings.port}", "--preload"]
        web += ["--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)]
        web += ["--timeout", "60", "--graceful-timeout", "10", "--worker-tmp-dir", "/dev/shm", "--log-level", "warning"]  # noqa: S108 - gunicorn's heartbeat, kept off the disk
        for name, module in (("web", web), ("worker", ["-m", "app.jobs.worker"])):
            child = Child(name, [sys.executable, *module], self.environ, self.logs / f"{name}.log")
            child.start()
            self.children.append(child)

    def wait_ready(self) -> None:
        """Return when the portal answers that all it needs is there."""
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers("/healthz"):
            for child in self.children:
                if child.ended:
                    raise LocalError(f"{child.name} ended at once. Its log ({child.log}) ends with:\n{tail(child.log)}")
            if time.monotonic() > deadline:
                raise LocalError(f"{self.address} does not answer after {READY_SECONDS} s. Logs: {self.logs}")
            time.sleep(0.1)
        if not self.answers("/readyz"):
            print(f"Not everything is ready yet: {self.address}/readyz says what is missing.", flush=True)

    def answers(self, path: str) -> bool:
        """Tell whether a page of the portal answers with 200."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(self.address + path, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def greet(self) -> None:
        """Print the address and the logins."""
        print(f"\nKartoteka: {self.address}")
        if self.settings.demo:
            print(f"  users:    {', '.join(DEMO_USERS)}\n  password: {self.settings.demo_password}")
        print(f"  logs:     {self.logs}\nCtrl-C stops everything.", flush=True)

    def watch(self) -> None:
        """Restart a worker that ends; give up when the web ends, for its master restarts its own processes."""
        web, worker = self.children
        pause = SHORTEST_PAUSE
        while not web.ended:
            try:
                web.process.wait(pause)
            except subprocess.TimeoutExpired:
                pause = max(SHORTEST_PAUSE, pause * 0.9)
            if worker.ended and not web.ended:
                print(f"The worker ended; starting it again. Its log: {worker.log}", flush=True)
                worker.start()
                pause = min(LONGEST_PAUSE, pause * 2)
        raise LocalError(f"The web server ended. Its log ({web.log}) ends with:\n{tail(web.log)}")

    def stop(self) -> None:
        """End what was started, in order."""
        for child in self.children:
            child.stop()


def tail(path: Path, lines: int = 30) -> str:
    """Return the last lines of a log."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def run() -> int:
    """Run the portal until somebody ends it; 0 when that was wanted."""
    # SIGINT too: a script that starts us in its background has it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    started = time.monotonic()
    local = Local()
    supervisor = None
    try:
        services = local.up()
        supervisor = Supervisor(local, services)
        supervisor.check_port()
        supervisor.prepare()
        supervisor.start_children()
        supervisor.wait_ready()
        supervisor.greet()
        print(f"Ready after {time.monotonic() - started:.1f} s.", flush=True)
        supervisor.watch()
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
        return 0
    except (LocalError, SettingError) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        # A second Ctrl-C must not leave half of it running; every wait below has an end.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if supervisor is not None:
            supervisor.stop()
        local.release()
    return 0
