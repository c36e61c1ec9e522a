"""Which of the sockets that listen on one port takes a new connection.

The kernel deals connections out to all of them. While a worker is being replaced nobody
accepts on its socket: what has come in there waits for its successor, and what comes in then is
better taken to the others. A classic BPF program on the sockets' group decides that, in the
kernel, at each connection (``SO_ATTACH_REUSEPORT_CBPF``, socket(7)).
"""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Sequence

# <asm-generic/socket.h>
_SO_ATTACH_REUSEPORT_CBPF = 51
# <linux/filter.h>: struct sock_filter {u16 code; u8 jt; u8 jf; u32 k}, struct sock_fprog.
_INSTRUCTION = "HBBI"
_PROGRAM = "HP"
_LOAD_WORD, _MODULO, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x94, 0x15, 0x06
_RANDOM = 0xFFFFF000 + 56  # SKF_AD_OFF + SKF_AD_RANDOM
# No such socket: the kernel falls back to its own way.
_NONE = 0xFFFFFFFF


def steer(listening: socket.socket, targets: Sequence[int]) -> None:
    """Deal new connections out at random among some of the sockets on a port.

    Parameters
    ----------
    listening : socket
        Any of them.
    targets : sequence of int
        Which take connections, at least one: numbers in the order in which the sockets
        began to listen, from 0.

    Raises
    ------
    OSError
        If this kernel does not do that; connections go to all sockets then.
    """
    program = [(_LOAD_WORD, 0, 0, _RANDOM), (_MODULO, 0, 0, len(targets))]
    for drawn, target in enumerate(targets):
        program += [(_JUMP_IF_EQUAL, 0, 1, drawn), (_RETURN, 0, 0, target)]
    program.append((_RETURN, 0, 0, _NONE))
    code = b"".join(struct.pack(_INSTRUCTION, *instruction) for instruction in program)
    instructions = ctypes.create_string_buffer(code, len(code))
    # The kernel copies it.
    listening.setsockopt(
        socket.SOL_SOCKET,
        _SO_ATTACH_REUSEPORT_CBPF,
        struct.pack(_PROGRAM, len(program), ctypes.addressof(instructions)),
    )
