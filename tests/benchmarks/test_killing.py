import asyncio
from contextlib import closing

from benchmarks.workers.closed_load import ClosedLoad
from benchmarks.workers.result import Kill, Memory, WorkersResult, workers_page
from contract.environment import observe

GOOD = b"HTTP/1.1 200 OK\r\nInference-Header-Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"


def test_the_load_counts_what_is_answered_refused_and_lost():
    broken = []

    async def answer(reader, writer):
        """Answer three requests; break the first connection at its fourth, then let it wait."""
        with closing(writer):
            for reply in (GOOD, GOOD, BUSY):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(reply)
            await reader.readuntil(b"\r\n\r\n")
            if broken:
                all_seen.set()
                await reader.read()
            else:
                broken.append(writer.get_extra_info("peername")[1])

    async def drive():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with ClosedLoad(port, b"GET / HTTP/1.1\r\n\r\n", 1) as load:
            await all_seen.wait()
            counted = load.take()
            assert load.in_flight(broken) == 0
        server.close()
        return counted

    all_seen = asyncio.Event()
    counted = asyncio.run(drive())
    assert (counted.answered, counted.refused) == (4, 2)
    assert [port for port, _ in counted.lost] == broken
    assert counted.longest_wait_ns > 0


def result(*kills):
    memory = Memory(resident_bytes=100_000_000, proportional_bytes=70_000_000)
    return WorkersResult(
        measured="2026-11-23T12:00:00+00:00",
        environment=observe({}),
        workers=2,
        connections=32,
        arms=8,
        load_before=0.1,
        requests_per_second=1234.0,
        supervisor=memory,
        spare=memory,
        worker=memory,
        kills=kills,
    )


def kill(back_seconds=1.0, lost_elsewhere=0):
    return Kill(
        in_flight=16,
        lost=15,
        lost_later=1,
        lost_elsewhere=lost_elsewhere,
        refused=0,
        answered_meanwhile=4000,
        back_seconds=back_seconds,
        longest_wait_seconds=0.5,
    )


def test_the_page_says_which_targets_are_met():
    page = workers_page(result(kill(), kill(back_seconds=1.5)))
    assert "| no other request is lost | 0 | yes |" in page
    assert "| replaced within 2 s | 1.50 s at most | yes |" in page
    assert "| of these lost | 15 | 15 | 15 |" in page
    page = workers_page(result(kill(back_seconds=2.5), kill(lost_elsewhere=1)))
    assert "| no other request is lost | 1 | no |" in page
    assert "| replaced within 2 s | 2.50 s at most | no |" in page
