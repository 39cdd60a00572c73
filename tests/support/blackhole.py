"""A way to PostgreSQL that can go silent: packets of its clients are dropped, as by a cable that was pulled out.

A proxy that only stopped reading would not do: the kernel would go on confirming what it gets. So a filter is put on the
sockets that drops every packet before TCP sees it; no rights are needed for that.
"""

import ctypes
import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import sqlalchemy as sa

SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
RETURN = 0x06
PORT = 5432


class Proxy:
    """Carries bytes between a port of this machine and PostgreSQL, until it is told to go silent."""

    def __init__(self, url: str) -> None:
        self.target = sa.make_url(url)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.clients: list[socket.socket] = []
        self.silenced: list[socket.socket] = []
        self.carriers: list[threading.Thread] = []
        self.silent = False
        self.closed = False
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def url(self, **options: int) -> str:
        """The URL of the database through this proxy; `options` are libpq's."""
        host, port = self.listener.getsockname()
        query = {name: str(value) for name, value in options.items()}
        return self.target.set(host=host, port=port, query=query).render_as_string(hide_password=False)

    def go_silent(self) -> None:
        """From now on nothing that clients send arrives, and new ones get no answer."""
        self.silent = True
        for client in self.clients:
            with suppress(OSError):
                _drop_packets(client)

    def speak(self) -> None:
        """New connections work again; the silent ones stay so."""
        self.silent = False
        self.silenced += self.clients
        self.clients = []

    def close(self) -> None:
        self.closed = True
        for thread in [self.thread, *self.carriers]:
            thread.join(20)
        for end in [self.listener, *self.clients, *self.silenced]:
            end.close()

    def _accept(self) -> None:
        while not self.closed:
            ready, _, _ = select.select([self.listener], [], [], 0.2)
            if not ready:
                continue
            with suppress(OSError):
                client, _address = self.listener.accept()
                self.clients.append(client)
                if not self.silent:
                    self.carriers.append(threading.Thread(target=self._carry, args=(client, self._server()), daemon=True))
                    self.carriers[-1].start()

    def _server(self) -> socket.socket:
        host = self.target.query.get("host") or self.target.host or "127.0.0.1"
        if isinstance(host, str) and host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{self.target.port or PORT}")
            return server
        return socket.create_connection((str(host), self.target.port or PORT))

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        with client, server, suppress(OSError, ValueError):
            while not self.closed:
                ready, _, _ = select.select([client, server], [], [], 0.2)
                for end in ready:
                    piece = end.recv(65536)
                    if not piece:
                        return
                    other[end].sendall(piece)


def _drop_packets(connection: socket.socket) -> None:
    """A filter of one instruction, "keep 0 bytes": the kernel throws away whatever comes in."""
    code = ctypes.create_string_buffer(struct.pack("HBBI", RETURN, 0, 0, 0))
    connection.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(code)))


@contextmanager
def proxy(url: str) -> Iterator[Proxy]:
    """A way to the database of this URL."""
    made = Proxy(url)
    try:
        yield made
    finally:
        made.close()
