"""What a supervisor and a worker say to each other arrives as it was said."""

import asyncio
import os
import socket
import tempfile

import pytest

from contract.errors import ArtifactError
from serve.access.access import AccessRules
from serve.access.api_keys import ApiKeys
from serve.access.exposure import ListeningAddress
from serve.models.repository import find_models
from serve.models.slots import SlotBook
from serve.settings import ServerSettings
from serve.workers.control_channel import ControlChannel, receive_now, send_now
from serve.workers.control_messages import Begin, Done, Prepare

KEY = "a-key-that-is-long-enough"


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_the_first_order_comes_with_its_descriptors_and_without_keys(pair, settings):
    rules = AccessRules(ListeningAddress("0.0.0.0", "0.0.0.0", 80), (), ApiKeys([KEY]))
    with tempfile.TemporaryFile() as file:
        send_now(
            pair[0], Begin(settings, rules, 1, answers_while_loading=False), [file.fileno()] * 2
        )
        file.write(b"the same file")
    said = pair[1].recv(1 << 20, socket.MSG_PEEK)
    begun, fds = receive_now(pair[1], most_fds=2)
    assert (begun.settings, begun.worker) == (settings, 1)
    begun.access.check({b"authorization": f"Bearer {KEY}".encode()}, with_body=False)
    assert KEY.encode() not in said
    for fd in fds:
        assert os.pread(fd, 100, 0) == b"the same file"
        os.close(fd)
    assert len(fds) == 2


def test_messages_of_any_length_arrive_in_order_and_errors_as_what_they_were(pair, repository):
    files = SlotBook().place(find_models(repository, None)) * 200
    error = ArtifactError("damaged", where="model.onnx", remedy="make it again")
    sent = [Prepare(files), Done(error), Done(ModuleNotFoundError("no fastapi", name="fastapi"))]

    async def converse():
        ours, theirs = [await ControlChannel.open(each) for each in pair]
        for message in sent:
            ours.send(message)
        heard = [await theirs.receive() for _ in sent]
        ours.close()
        assert await theirs.receive() is None
        ours.send(Done())  # to nobody
        theirs.close()
        return heard

    prepare, damaged, missing = asyncio.run(converse())
    assert prepare == sent[0]
    assert type(damaged.error) is ArtifactError
    assert str(damaged.error) == str(error)
    assert missing.error.name == "fastapi"


def test_a_message_that_was_cut_short_is_the_end(pair):
    pair[0].sendall(b"\x10\x00\x00\x00half of it")
    pair[0].close()
    assert receive_now(pair[1]) == (None, [])
    assert receive_now(pair[1]) == (None, [])


def test_settings_survive_the_way(pair, tmp_path):
    settings = ServerSettings(repository=tmp_path, workers=3, allowed_hosts=("a", "b"))
    rules = AccessRules(ListeningAddress("localhost", "127.0.0.1", 80))
    send_now(pair[0], Begin(settings, rules, 0, answers_while_loading=True))
    assert receive_now(pair[1])[0].settings == settings
