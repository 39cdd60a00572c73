"""The private Redis: append-only file, socket only. Spoken to in its own protocol, since no client is installed yet."""

import os
import shutil
import socket
import subprocess
import time

from app.local.places import LocalError, Places

START_SECONDS = 30
POLL_SECONDS = 0.02

SETTINGS = """\
# Written by app.local at every start: change app/local/redisserver.py instead.
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
databases 64
appendonly yes
appendfsync everysec
save ""
daemonize yes
pidfile {folder}/redis.pid
logfile {folder}/redis.log
"""


class RedisServer:
    """One private Redis below `places`."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def ask(self, *words: str) -> str:
        """Send one command and return the first part of the answer; "" when nobody answers."""
        request = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(os.fspath(self.places.redis_socket))
                connection.sendall(request.encode())
                return connection.recv(4096).decode(errors="replace")
        except OSError:
            return ""

    @property
    def running(self) -> bool:
        return self.ask("PING").startswith("+PONG")

    def start(self) -> None:
        """Start the server in the background and wait until it has loaded its data."""
        program = shutil.which("redis-server")
        if program is None:
            raise LocalError("redis-server is missing: install the package redis-server.")
        conf = self.places.redis / "redis.conf"
        conf.write_text(SETTINGS.format(socket=self.places.redis_socket, folder=self.places.redis))
        self.places.own(conf)
        done = subprocess.run(
            [program, conf],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            **self.places.as_user(),
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.running:
            if done.returncode or time.monotonic() > deadline:
                raise LocalError(f"redis-server did not start. Its log: {self.places.redis / 'redis.log'}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server after it has written its file; a server that is down is no error."""
        self.ask("SHUTDOWN")
        deadline = time.monotonic() + START_SECONDS
        while self.running and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    @property
    def url(self) -> str:
        return f"unix://{self.places.redis_socket}?db=0"
