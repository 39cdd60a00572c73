"""The load: some connections that each send the same request again and again. A process of its own, see `main`.

The request is a file with its bytes, so that nothing but sockets is paid for here: the generator shares the machine with what
it measures.
"""

from __future__ import annotations

import argparse
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import orjson


@dataclass
class Tally:
    """What one connection has done."""

    answers: int = 0
    failures: int = 0
    first_failure: str = ""


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Send the request; head and body of the answer."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _gap, body = data.partition(b"\r\n\r\n")
        length = _length(head)
        parts, size = [body], len(body)
        while size < length:
            parts.append(self._more())
            size += len(parts[-1])
        if b"connection: close" in head.lower():
            self.socket.close()
            self.socket = None
        return head, b"".join(parts)

    def _more(self) -> bytes:
        chunk = self.socket.recv(262_144) if self.socket else b""
        if not chunk:
            raise ConnectionError("the server closed the connection")
        return chunk


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError(f"an answer without a length: {head[:200]!r}")


def request_bytes(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _drive(port: int, request: bytes, until: float, tally: Tally) -> None:
    connection = Connection(port)
    while time.perf_counter() < until:
        head, body = connection.ask(request)
        tally.answers += 1
        if head[9:10] != b"2":
            tally.failures += 1
            tally.first_failure = tally.first_failure or (head.split(b"\r\n")[0] + b" " + body[:300]).decode(errors="replace")


def main() -> None:
    """`python -m bench.load PORT FILE --connections 4 --seconds 1` prints answers per second as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("request", type=Path)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    request = options.request.read_bytes()
    tallies = [Tally() for _number in range(options.connections)]
    begun = time.perf_counter()
    until = begun + options.seconds
    threads = [threading.Thread(target=_drive, args=(options.port, request, until, tally)) for tally in tallies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begun
    total = sum(tally.answers for tally in tallies)
    failed = [tally.first_failure for tally in tallies if tally.failures]
    sys.stdout.buffer.write(orjson.dumps({"total": total, "seconds": spent, "failed": failed}))


if __name__ == "__main__":
    main()
