"""What a long-lived process on a small machine tells its C library about memory."""

import ctypes
import gc

_M_ARENA_MAX = -8  # glibc's malloc.h


def spare() -> None:
    """Keep glibc from giving each thread an arena of its own, which never shrinks."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, 2)


def settle() -> None:
    """Give back what starting up has used, and leave what stays out of every later collection."""
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
