import os

import pytest

from contract.errors import LoadTestError
from loadtest.instruments.address_pipe import AddressPipe, ServerAddress, await_address


def test_a_generator_learns_the_address_it_waited_for():
    with AddressPipe() as pipe:
        pipe.tell("http://127.0.0.1:8000", 4711)
        assert await_address(os.dup(pipe.reading)) == ServerAddress("http://127.0.0.1:8000", 4711)


def test_a_pipe_that_ends_without_an_address_is_told():
    reading, writing = os.pipe()
    os.close(writing)
    with pytest.raises(LoadTestError, match="no server came up"):
        await_address(reading)
