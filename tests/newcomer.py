"""`make newcomer`: what somebody new meets, played from the first command to the last, on a fresh clone.

Clones the last commit into a new folder whose path has 150 characters, says `make run`, signs in as the clerk, uses REST
and screens, presses Ctrl-C, and looks whether anything is left: a process, a port, a socket. A second start has to find the
record again. Writes commit, seconds and outcome to `var/newcomer.txt`; ends with 1 when something was not as promised.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
PATH_LENGTH = 150
INSTALL_SECONDS, START_SECONDS, STOP_SECONDS = 900, 120, 60
NAME = "ООО «Новосёл»"


class Disappointed(Exception):
    """The newcomer met something that was not as promised."""


class Form(HTMLParser):
    """The values of one form of a page, as a browser would send them back."""

    def __init__(self, page: str, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.values: dict[str, str] = {}
        self.select = self.area = ""
        self.templates = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = self.form_id in (given.get("id", ""), "*")
        # What stands in a template is for scripts to copy; a browser does not send it.
        self.templates += tag == "template"
        if not self.inside or self.templates:
            return
        name = given.get("name", "")
        if tag == "input" and name and (given.get("type") not in {"checkbox", "radio", "file"} or "checked" in given):
            self.values[name] = given.get("value", "on" if given.get("type") == "checkbox" else "")
        elif tag == "textarea":
            self.area = name
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and ("selected" in given or self.select not in self.values):
            # Without a chosen option a browser sends the first.
            self.values[self.select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self.inside and self.area and not self.templates:
            self.values[self.area] = data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "template":
            self.templates -= 1
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""


class Visitor:
    """A browser without a window, and a REST client."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), jar)

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, str, str]:
        """Status, text and final address of an answer, whatever the status."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(urllib.parse.urljoin(self.address, path), data=data, headers=named)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.url
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace"), path

    def must(self, path: str, data: bytes | None = None, **headers: str) -> str:
        """The text of an answer that has to be a success."""
        status, text, _ = self.ask(path, data, **headers)
        if status not in (200, 201):
            raise Disappointed(f"{path} answered {status}: {text[:500]}")
        return text

    def submit(self, path: str, form: str, **values: str) -> tuple[int, str, str]:
        """Load a page, fill its form in, and send it as the browser does."""
        sent = {**Form(self.must(path), form).values, **values}
        return self.ask(path, urllib.parse.urlencode(sent).encode(), Content_Type="application/x-www-form-urlencoded")

    def rest(self, path: str, token: str | None = None, **body: Any) -> Any:
        """An answer of the REST interface."""
        headers = {"Content_Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return json.loads(self.must(path, json.dumps(body).encode() if body else None, **headers))


class Start:
    """One `make run` in the clone."""

    def __init__(self, clone: Path, port: int) -> None:
        ours = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DEMO", "MAKEFLAGS", "MAKELEVEL", "VIRTUAL_ENV")
        environ = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("KARTOTEKA")}
        self.output = clone.parent / f"output-{port}.txt"
        self.address = f"http://127.0.0.1:{port}"
        with self.output.open("wb") as sink:
            # A session of its own, so that Ctrl-C goes to make and everything below it, as in a terminal.
            self.process = subprocess.Popen(
                ["make", "run"], cwd=clone, env={**environ, "PORT": str(port)}, stdin=subprocess.DEVNULL, stdout=sink,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait(self, seconds: float) -> float:
        """Seconds until the portal says that it is ready."""
        started = time.monotonic()
        visitor = Visitor(self.address)
        while time.monotonic() - started < seconds:
            if self.process.poll() is not None:
                raise Disappointed(f"make run ended with {self.process.returncode}:\n{self.said[-3000:]}")
            try:
                if visitor.ask("/healthz")[0] == visitor.ask("/readyz")[0] == 200 and "password:" in self.said:
                    return time.monotonic() - started
            except OSError:
                time.sleep(0.1)
        raise Disappointed(f"Not ready after {seconds} s:\n{self.said[-3000:]}")

    def interrupt(self) -> float:
        """Seconds from Ctrl-C to the end."""
        started = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise Disappointed(f"Still running {STOP_SECONDS} s after Ctrl-C.") from None
        return time.monotonic() - started


def use(start: Start) -> None:
    """What a clerk does in his first minute: sign in, look, create by the screen and by a program."""
    password = re.search(r"password: +(\S+)", start.said)
    if password is None:
        raise Disappointed("No password was printed.")
    visitor = Visitor(start.address)
    status, page, url = visitor.submit("/login/", "*", username="clerk", password=password.group(1))
    if status != 200 or "/login" in url:
        raise Disappointed(f"The clerk cannot sign in ({status}): {page[:500]}")
    if "<table" not in visitor.must("/party/list"):
        raise Disappointed("The list of contacts shows no table.")
    status, page, url = visitor.submit("/party/new", "record-form", name=NAME)
    if status != 200 or not re.search(r"/party/\d+", url):
        raise Disappointed(f"A contact cannot be created by the screen ({status}, {url}): {' '.join(page.split())[:800]}")
    token = visitor.rest("/api/v1/security/login", username="clerk", password=password.group(1))["access_token"]
    made = visitor.rest("/api/v1/party/", token, name=f"{NAME} 2", kind="organisation")
    read = visitor.rest(f"/api/v1/party/{made['id']}", token)
    if read["result"]["name"] != f"{NAME} 2":
        raise Disappointed(f"REST gives back something else: {read}")


def find_again(start: Start) -> None:
    """The records of the first start are there at the second, found by REST."""
    password = re.search(r"password: +(\S+)", start.said)
    visitor = Visitor(start.address)
    login = {"username": "clerk", "password": password.group(1) if password else ""}
    token = visitor.rest("/api/v1/security/login", **login)["access_token"]
    q = urllib.parse.quote(f"(filters:!((col:name,opr:sw,value:'{NAME}')))")
    count = visitor.rest(f"/api/v1/party/?q={q}", token)["count"]
    if count != 2:
        raise Disappointed(f"After the second start {count} of 2 records are there.")


def left_behind(clone: Path, port: int) -> Iterator[str]:
    """Processes that work in the clone or with its sockets, and the port when it is still open."""
    record = clone / "var" / "local.json"
    places = [str(clone)]
    if record.exists():
        places.append(re.sub(r".*host=", "", json.loads(record.read_text())["dsn_owner"]))
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            where = str((process / "cwd").readlink())
        except OSError:
            continue
        if any(place in words or place in where for place in places):
            yield f"process {process.name}: {words}"
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            yield f"port {port} is open"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def visit(clone: Path, note: Callable[[str], None]) -> None:
    """Everything, in the order in which it happens to somebody new."""
    port = free_port()
    start = Start(clone, port)
    try:
        note(f"first start, with installing: {start.wait(INSTALL_SECONDS):.1f} s")
        use(start)
        note("the clerk signed in, saw the list, created contacts by screen and by REST")
    finally:
        note(f"Ctrl-C: {start.interrupt():.1f} s")
    if left := list(left_behind(clone, port)):
        raise Disappointed("Left behind after Ctrl-C: " + "; ".join(left))
    note("nothing was left running, no port open")
    again = Start(clone, port)
    try:
        note(f"second start: {again.wait(START_SECONDS):.1f} s")
        find_again(again)
        note("the records were found again")
    finally:
        again.interrupt()


def main() -> int:
    """Clone, visit, tidy up, write the result down."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()
    notes = [f"commit {commit}", time.strftime("date %Y-%m-%d %H:%M:%S %Z"), ""]
    top = Path(tempfile.mkdtemp(prefix="newcomer-"))
    clone = top / ("a-long-way-down-" * 20)[: PATH_LENGTH - len(str(top)) - 2].rstrip("-")
    started = time.monotonic()

    def note(line: str) -> None:
        print(line, flush=True)
        notes.append(line)

    outcome = 0
    try:
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", CHECKOUT, clone], check=True)
        visit(clone, note)
        note("outcome: passed")
    except (Disappointed, OSError, subprocess.CalledProcessError, KeyError, ValueError) as error:
        note(f"outcome: FAILED: {error}")
        outcome = 1
    finally:
        if (clone / "app").exists():
            subprocess.run([sys.executable, "-m", "app.local", "destroy"], cwd=clone, check=False)
        shutil.rmtree(top, ignore_errors=True)
    notes.insert(2, f"seconds {time.monotonic() - started:.1f}")
    (CHECKOUT / "var").mkdir(exist_ok=True)
    (CHECKOUT / "var" / "newcomer.txt").write_text("\n".join(notes) + "\n")
    return outcome


if __name__ == "__main__":
    sys.exit(main())
