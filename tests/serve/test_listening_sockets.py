"""Several sockets on one port, and which of them takes a connection."""

import socket
from collections import Counter
from contextlib import ExitStack

import pytest

from contract.errors import ServingError
from serve.http.listening_socket import open_listening_socket, open_listening_sockets
from serve.workers.steering import steer


@pytest.fixture
def three():
    with open_listening_sockets("127.0.0.1", 0, 3) as sockets:
        for each in sockets:
            each.setblocking(False)
        yield sockets


def _takers(sockets, count):
    """Connect; return how many of the connections each socket took."""
    with ExitStack() as opened:
        for _ in range(count):
            address = sockets[0].getsockname()[:2]
            opened.enter_context(socket.create_connection(address))
        return Counter(index for index, each in enumerate(sockets) for _ in _accepted(each))


def _accepted(listening):
    while True:
        try:
            connection, _ = listening.accept()
        except BlockingIOError:
            return
        connection.close()
        yield True


def test_all_are_on_one_port_and_each_takes_connections(three):
    assert len({each.getsockname()[1] for each in three}) == 1
    assert set(_takers(three, 100)) == {0, 1, 2}


def test_connections_go_only_where_they_are_steered(three):
    steer(three[0], [2])
    assert _takers(three, 20) == {2: 20}
    steer(three[0], [0, 2])
    assert set(_takers(three, 60)) == {0, 2}
    steer(three[0], range(3))
    assert set(_takers(three, 100)) == {0, 1, 2}


def test_no_other_server_gets_in_between_with_one_socket_or_several(three):
    host, port = three[0].getsockname()[:2]
    with pytest.raises(ServingError, match="the port is in use"):
        open_listening_socket(host, port)
    with (
        pytest.raises(ServingError, match="the port is in use"),
        open_listening_sockets(host, port, 2),
    ):
        pass
