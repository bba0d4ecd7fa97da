"""What a long-lived process on a small machine tells its C library about memory."""

import ctypes
import gc

_M_ARENA_MAX = -8  # glibc's malloc.h


def spare(arenas: int = 2) -> None:
    """Keep glibc from giving each thread an arena of its own, which never shrinks.

    Each reserves 64 MB of addresses as well, most of them for nothing.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, arenas)


def settle() -> None:
    """Give back what starting up has used, and leave what stays out of every later collection."""
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
