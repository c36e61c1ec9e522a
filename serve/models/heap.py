"""The C library's heap: freed memory goes back to the system.

glibc adapts its thresholds to what a program frees: once a large request has been answered it
keeps up to 64 MiB at the top of the heap, for good. Thresholds that are set stay as they are.
"""

from __future__ import annotations

import ctypes

# <malloc.h>
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_MIB = 1024 * 1024
# What may lie unused at the heap's top. Less makes requests of this size slow, whose memory the
# system would hand out anew, page by page, every time.
_TRIM_BYTES = 16 * _MIB
# The most that glibc takes: larger blocks alone come from the system and go back at once.
_MMAP_BYTES = 32 * _MIB


def return_freed_memory() -> bool:
    """Have the heap give back what is free; called once, before threads start.

    Returns
    -------
    bool
        Whether the C library knows of it; only glibc does.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    return bool(mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES) and mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES))
