"""SIGTERM under full load: no request is lost whose headers the server had read."""

import json
import re
import signal
import socket
import threading

import numpy as np
import pytest

CONNECTIONS = 16
BODY = np.ones(4, "<f4").tobytes()
REQUEST = (
    b"POST /v2/models/abcd/infer HTTP/1.1\r\nHost: localhost\r\n"
    b"Inference-Header-Content-Length: 0\r\nContent-Length: 16\r\n\r\n" + BODY
)
ENOUGH = 200


class Load:
    """Connections that ask again as soon as they are answered, until the server closes them."""

    def __init__(self, port):
        self.answers = [0] * CONNECTIONS
        self.broken = []
        self.flowing = threading.Event()
        self.threads = [
            threading.Thread(target=self.ask, args=(port, index)) for index in range(CONNECTIONS)
        ]
        for thread in self.threads:
            thread.start()

    def ask(self, port, index):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            stream = connection.makefile("rb")
            with stream:
                try:
                    while self.one_more(connection, stream):
                        self.answers[index] += 1
                        if sum(self.answers) > ENOUGH:
                            self.flowing.set()
                except ConnectionError:
                    # Closed while the next request was on its way: nobody had read it.
                    return

    def one_more(self, connection, stream):
        """Ask and read one whole answer; false where the connection ended before it began."""
        connection.sendall(REQUEST)
        line = stream.readline()
        if not line:
            return False
        length = 0
        while (header := stream.readline().strip()) != b"":
            if header.startswith(b"content-length: "):
                length = int(header[16:])
        body = stream.read(length)
        if line != b"HTTP/1.1 200 OK\r\n" or not length or len(body) != length:
            self.broken.append((line, body))
        return True

    def wait(self):
        for thread in self.threads:
            thread.join()


@pytest.mark.parametrize(
    "workers", [1, 2, *(pytest.param(1 + turn % 2, marks=pytest.mark.slow) for turn in range(18))]
)
def test_what_was_read_is_answered_whole_and_nothing_is_read_twice(
    start_server, repository, workers
):
    arguments = (repository, "--models", "abcd", "--workers", workers)
    with start_server(*arguments) as (process, text):
        load = Load(json.loads(text)["port"])
        assert load.flowing.wait(60)
        process.send_signal(signal.SIGTERM)
        load.wait()
        output, _ = process.communicate()
    ended = re.search(r"^ended: (\d+) requests read, (\d+) answered, (\d+) cut off$", output, re.M)
    read, answered, cut_off = map(int, ended.groups())
    assert not load.broken
    assert (read, cut_off) == (answered, 0)
    assert answered == sum(load.answers)
    assert process.returncode == 0
