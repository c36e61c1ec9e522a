"""A timer of the event loop that is exact to some ten microseconds.

uvloop rounds ``call_later`` to whole milliseconds, and asyncio's own loop waits in whole
milliseconds: a delay of 200 µs would become 0 or 1000. Linux has timers that are file
descriptors (timerfd_create(2)), and a loop waits for those as for any other.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import time
from collections.abc import Callable

# PyDLL keeps Python's lock: these calls do not wait, and whoever took the lock meanwhile would
# have the loop wait for it.
_LIBC = ctypes.PyDLL(None, use_errno=True)
_TFD_TIMER_ABSTIME = 1
_NS_PER_SECOND = 1_000_000_000
_EXPIRATIONS_BYTES = 8


class _Timespec(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_nsec", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("it_interval", _Timespec), ("it_value", _Timespec))


class Alarm:
    """Calls back on the event loop at a time of `time.perf_counter_ns`.

    It is made on the loop that it serves, and holds one file descriptor until it is closed.

    Parameters
    ----------
    ring : callable
        What is called.

    Raises
    ------
    OSError
        If no file descriptor is left.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        # perf_counter_ns reads this clock on Linux.
        self._descriptor = _checked(
            _LIBC.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        )
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._descriptor, self._expired)

    def set(self, at_ns: int) -> None:
        """Ring once at `at_ns`, above 0, and at no time that was set before."""
        seconds, rest = divmod(at_ns, _NS_PER_SECOND)
        when = _Itimerspec(_Timespec(0, 0), _Timespec(seconds, rest))
        _checked(
            _LIBC.timerfd_settime(self._descriptor, _TFD_TIMER_ABSTIME, ctypes.byref(when), None)
        )

    def close(self) -> None:
        """Give the file descriptor back; it rings no more."""
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1

    def _expired(self) -> None:
        try:
            os.read(self._descriptor, _EXPIRATIONS_BYTES)
        except BlockingIOError:
            # Set anew after the loop had seen it expire: it rings at the new time.
            return
        self._ring()


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
