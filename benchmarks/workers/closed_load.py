"""Closed-loop load that knows of each request on which connection it was and what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from time import perf_counter_ns
from types import TracebackType
from typing import Self

from contract.errors import LoadTestError

_LENGTH = b"\r\ncontent-length:"


@dataclass(slots=True)
class Counted:
    """What was counted since the last look.

    Attributes
    ----------
    answered : int
        Requests that were answered with status 200.
    refused : int
        Requests that were answered with another status.
    lost : list of (int, int)
        Of each connection that ended with a request in flight: the client's port, and when the
        request was sent, by `time.perf_counter_ns`.
    longest_wait_ns : int
        The longest time from a request's sending, or its connection's opening where it is the
        first on it, to its answer.
    """

    answered: int = 0
    refused: int = 0
    lost: list[tuple[int, int]] = field(default_factory=list)
    longest_wait_ns: int = 0


class ClosedLoad:
    """Connections that each have one request in flight, and that are opened anew when they break.

    Parameters
    ----------
    port : int
        Of the loopback interface.
    wire : bytes
        The request.
    connections : int
        How many.
    """

    def __init__(self, port: int, wire: bytes, connections: int) -> None:
        self._port = port
        self._wire = wire
        self._connections = connections
        self._counted = Counted()
        # Of each connection that waits for an answer, by its port: when the request was sent.
        self._waiting: dict[int, int] = {}
        self._clients: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begin."""
        self._clients = [asyncio.create_task(self._drive()) for _ in range(self._connections)]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        for client in self._clients:
            client.cancel()
        await asyncio.wait(self._clients)

    def take(self) -> Counted:
        """Return what was counted since the last call.

        Raises
        ------
        LoadTestError
            If a client failed.
        """
        for client in self._clients:
            if client.done():
                raise LoadTestError(f"a client ended: {client.exception()}")
        counted, self._counted = self._counted, Counted()
        return counted

    def in_flight(self, ports: Collection[int]) -> int:
        """Return on how many of these connections a request waits for its answer."""
        return sum(port in self._waiting for port in ports)

    async def settle(self) -> None:
        """Wait until nobody waits any more who waits now."""
        now_ns = perf_counter_ns()
        while any(sent_ns < now_ns for sent_ns in self._waiting.values()):
            await asyncio.sleep(0.01)

    async def _drive(self) -> None:
        while True:
            opened_ns = perf_counter_ns()
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            port: int = writer.get_extra_info("sockname")[1]
            try:
                await self._ask_again_and_again(reader, writer, port, opened_ns)
            except (asyncio.IncompleteReadError, ConnectionError):
                self._counted.lost.append((port, self._waiting[port]))
            finally:
                self._waiting.pop(port, None)
                writer.close()

    async def _ask_again_and_again(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        port: int,
        since_ns: int,
    ) -> None:
        while True:
            self._waiting[port] = perf_counter_ns()
            writer.write(self._wire)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(_LENGTH)[2].split(b"\r\n", 1)[0]))
            now_ns = perf_counter_ns()
            counted = self._counted
            counted.longest_wait_ns = max(counted.longest_wait_ns, now_ns - since_ns)
            if head.startswith(b"http/1.1 200"):
                counted.answered += 1
            else:
                counted.refused += 1
            since_ns = now_ns
