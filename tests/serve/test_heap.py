import subprocess
import sys

CODE = """
import sys, ctypes
from pathlib import Path
from serve.models.heap import return_freed_memory
if "set" in sys.argv:
    assert return_freed_memory()
libc = ctypes.CDLL(None)
malloc = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(("malloc", libc))
free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(("free", libc))
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
block = malloc(31 << 20)  # glibc's thresholds, unless they are set, follow what is freed here
free(block)
before = resident()
blocks = [malloc(1 << 20) for _ in range(30)]
for block in blocks:
    ctypes.memset(block, 1, 1 << 20)
for block in blocks:
    free(block)
print((resident() - before) >> 20)
"""


def _kept_mib(*arguments):
    return int(
        subprocess.run(
            [sys.executable, "-P", "-c", CODE, *arguments],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )


def test_memory_that_was_freed_goes_back_to_the_system():
    assert _kept_mib("set") <= 17
    assert _kept_mib() >= 25  # without it
