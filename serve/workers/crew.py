"""The workers of a server: one in each place, and another one where it dies."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any

from contract.errors import PerbillionError, ServingError, WorkerDiedError
from serve.models.slots import SlotBook
from serve.models.state import State
from serve.server_plan import ServerPlan
from serve.statistics.tallies import ServerCell, Tallies
from serve.workers.control_messages import Begin, Granted, Leaving, LetGo, Wish
from serve.workers.steering import steer
from serve.workers.waiting_process import WaitingProcess
from serve.workers.whole_control import WholeControl
from serve.workers.worker_process import WorkerProcess

Say = Callable[[str], None]

# Where nobody serves, a worker that fails so often in a row before it could is hopeless.
_MOST_FAILURES = 3
# Where others serve, it is tried again for ever, after pauses that double.
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 30.0
# Beyond the time that requests in flight have, so that a worker ends by itself.
_GRACE_SECONDS = 5.0
_logger = logging.getLogger("perbillion.serve")


class Crew:
    """Keeps a worker in each place and what they serve alike.

    Parameters
    ----------
    plan : ServerPlan
        What to serve.
    listening : sequence of socket
        One a place, all on one port.
    table_fd : int
        The memory of the table of counters.
    say : callable
        Is told what becomes of workers.

    Attributes
    ----------
    tallies : Tallies
        The table of counters.
    control : WholeControl
        What they serve.
    """

    def __init__(
        self, plan: ServerPlan, listening: Sequence[socket.socket], table_fd: int, say: Say
    ) -> None:
        self._plan = plan
        self._listening = listening
        self._table_fd = table_fd
        self._say = say
        self._slots = SlotBook()
        self.tallies = Tallies.shared(table_fd, len(listening))
        self.control = WholeControl(plan.settings.repository, self._slots, plan.files)
        self._workers: dict[int, WorkerProcess] = {}
        # Takes the place of the next worker that dies; importing, most of a start, is behind it.
        self._spare: WaitingProcess | None = None
        self._starting: set[WorkerProcess] = set()
        self._wishes: set[asyncio.Task[None]] = set()
        self._steers = True
        self._ending = asyncio.Event()

    @property
    def is_complete(self) -> bool:
        """Whether every place has a worker that is warm."""
        return len(self.control.members) == len(self._listening)

    async def keep(self, place: int, report: Callable[[tuple[str, ...]], None]) -> None:
        """See that there is a worker in a place, until the end.

        Parameters
        ----------
        place : int
            Which, from 0.
        report : callable
            Is told whenever a worker is warm, and what there is to say of its models.

        Raises
        ------
        PerbillionError, ModuleNotFoundError
            What kept the server's first worker in this place from serving.
        ServingError
            If workers fail again and again while no other one serves.
        """
        failures, died = 0, None
        while not self._ending.is_set():
            try:
                worker, lines = await self._bring_up(place)
            except PerbillionError as error:
                failures += 1
                self._require_hope(error, place, failures)
                await self._pause(failures)
                continue
            if died is not None:
                took = monotonic() - died
                self._tell(f"worker {place + 1} is back as pid {worker.pid} after {took:.2f} s")
            self._note_members()
            self._keep_spare()
            report(lines)
            failures = 0
            await worker.ended.wait()
            died = monotonic()
            lost = self._bury(worker)
            if not self._ending.is_set():
                self._tell(f"{worker} {worker.how}; requests lost: {lost}")

    async def end(self) -> None:
        """Let all workers answer what they have been asked, and end them; no others follow."""
        self._ending.set()
        self.tallies.state = State.DRAINING
        for listening in self._listening:
            listening.close()
        for worker in self._workers.values():
            if worker in self._starting:
                worker.kill()
            else:
                worker.drain()
        ends: list[asyncio.Future[Any]] = [
            asyncio.create_task(each.ended.wait()) for each in self._workers.values()
        ]
        if self._spare is not None:
            self._spare.kill()
            ends.append(self._spare.exited)
        if ends:
            late = self._plan.settings.limits.drain_seconds + _GRACE_SECONDS
            await asyncio.wait(ends, timeout=late)
        self.kill()

    def kill(self) -> None:
        """End all workers at once."""
        for worker in self._workers.values():
            worker.kill()

    async def _bring_up(self, place: int) -> tuple[WorkerProcess, tuple[str, ...]]:
        """Start a worker and make it a member."""
        settings = self._plan.settings
        loading = self.tallies.state == State.LOADING
        order = Begin(settings, self._plan.access, place, loading)
        fds = (self._listening[place].fileno(), self._table_fd)
        worker = await WorkerProcess.begin(self._take_spare(), order, fds, self._hear)
        self._workers[place] = worker
        self._starting.add(worker)
        if self._ending.is_set():  # since the line before the last
            worker.kill()
        try:
            await worker.begun()
            lines = await self.control.admit(worker, sacrifice=settings.sacrificial_session)
        except BaseException:
            worker.kill()
            await worker.ended.wait()
            self._bury(worker)
            raise
        finally:
            self._starting.discard(worker)
        return worker, lines

    def _take_spare(self) -> WaitingProcess:
        """Return the process that waits for a place, or a new one."""
        spare, self._spare = self._spare, None
        return spare if spare is not None else WaitingProcess.start()

    def _keep_spare(self) -> None:
        """See, when every place has its worker, that one more process waits for its turn."""
        if self._spare is not None or not self.is_complete:
            return
        try:
            self._spare = spare = WaitingProcess.start()
        except ServingError as error:
            self._tell(f"no process waits to replace a worker that dies: {error}")
        else:
            spare.exited.add_done_callback(lambda exited: self._note_end(spare, exited.result()))

    def _note_end(self, spare: WaitingProcess, how: str) -> None:
        """Tell of a spare process that died; its successor comes with the next worker."""
        if spare is self._spare and not self._ending.is_set():
            self._spare = None
            self._tell(f"the spare process (pid {spare.pid}) {how}")

    def _require_hope(self, error: PerbillionError, place: int, failures: int) -> None:
        """Go on where the next attempt may come out better, or others serve meanwhile."""
        if self._ending.is_set():
            return
        loading = self.tallies.state == State.LOADING
        if loading and not isinstance(error, WorkerDiedError):
            raise error
        if failures >= _MOST_FAILURES and (loading or not self.control.members):
            raise ServingError(
                f"worker {place + 1} could not be started {failures} times in a row: {error}"
            ) from error
        self._tell(f"worker {place + 1} could not be started: {error}")

    async def _pause(self, failures: int) -> None:
        """Leave the machine to the others for a while."""
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (failures - 1), _LONGEST_PAUSE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ending.wait(), pause)

    def _bury(self, worker: WorkerProcess) -> int:
        """Clear up after a worker; return how many requests were lost with it."""
        self.control.dismiss(worker)
        self.tallies.tell(ServerCell.WORKER_DEATHS, self.tallies.told(ServerCell.WORKER_DEATHS) + 1)
        self._note_members()
        return self.tallies.forget_present(worker.place, len(self._slots))

    def _note_members(self) -> None:
        """Tell who serves: the metrics, and the kernel, that new connections go to them."""
        members = self.control.members
        self.tallies.tell(ServerCell.WORKERS, len(members))
        if self.tallies.state != State.READY or not self._steers:
            return
        try:
            steer(self._listening[0], sorted(members) or range(len(self._listening)))
        except OSError as error:
            self._steers = False
            self._tell(
                f"connections cannot be steered here ({error.strerror or error}): new ones may "
                "wait for a worker that is being replaced"
            )

    def _tell(self, line: str) -> None:
        try:
            self._say(line)
        except OSError:  # whoever read the output has gone: no reason to end a server
            _logger.warning(line)

    # -- what workers say ----------------------------------------------------------------

    def _hear(self, worker: WorkerProcess, message: Wish | Leaving) -> None:
        if isinstance(message, Wish):
            task = asyncio.create_task(self._grant(worker, message))
            self._wishes.add(task)
            task.add_done_callback(self._wishes.discard)
        else:
            self.control.dismiss(worker)
            self._note_members()
            worker.answer(LetGo())

    async def _grant(self, worker: WorkerProcess, wish: Wish) -> None:
        change = self.control.load if wish.load else self.control.unload
        error = None
        try:
            await change(wish.name)
        except PerbillionError as reason:
            error = reason
        # Whatever else goes wrong is a defect of ours; the client who waits hears of it.
        except Exception:
            _logger.exception("a model could not be changed")
            error = ServingError("internal error; the server's log says more")
        worker.answer(Granted(wish.number, error))
