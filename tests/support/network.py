"""Tests reach this machine and nothing else: what tries to connect farther fails at once, with the address."""

import ipaddress
import socket
from typing import Any

import pytest


class OutsideError(AssertionError):
    """A test tried to leave the machine."""


def inside(family: int, address: Any) -> bool:
    """Whether an address is on this machine."""
    if family == socket.AF_UNIX:
        return True
    host = address[0]
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guard(patch: pytest.MonkeyPatch) -> None:
    """Put the guard in front of every connection that Python makes."""
    for name in ("connect", "connect_ex"):
        original = getattr(socket.socket, name)

        def checked(self: socket.socket, address: Any, *, original: Any = original) -> Any:
            if not inside(self.family, address):
                raise OutsideError(f"Tests stay on this machine, but something connects to {address}.")
            return original(self, address)

        patch.setattr(socket.socket, name, checked)
