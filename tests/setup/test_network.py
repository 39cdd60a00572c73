"""The guard that keeps tests on this machine."""

import socket

import pytest

from tests.support.network import OutsideError


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 443)])
def test_leaving_the_machine_fails_with_the_address(address):
    with socket.socket() as connection, pytest.raises(OutsideError, match=address[0]):
        connection.connect(address)


def test_the_loop_back_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connection:
        assert connection.getpeername() == server.getsockname()
