"""What a long-lived process on a small machine tells its C library about memory."""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager

# glibc's malloc.h
_M_ARENA_MAX, _M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -8, -1, -3
_KEPT = 32 << 20  # bytes, the most that it takes for the second
_LENT = 4 << 20


@contextmanager
def loading() -> Iterator[None]:
    """Keep the collector out while modules are loaded: nothing of them is rubbish.

    It would look through all of it again and again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def spare(arenas: int = 2) -> None:
    """Keep glibc from giving each thread an arena of its own, which never shrinks.

    Each reserves 64 MB of addresses as well, most of them for nothing.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_ARENA_MAX, arenas)


def lend() -> None:
    """Have glibc give back at once what was large: for whoever needs much, seldom and shortly.

    By itself it keeps for good as much as was ever freed in one piece, in each of its arenas: the
    19 MB of a password's hash.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_TRIM_THRESHOLD, _LENT)
        libc.mallopt(_M_MMAP_THRESHOLD, _LENT)


def hold() -> None:
    """Have glibc keep what is freed for what comes next: for whoever reads megabyte by megabyte."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT)
        libc.mallopt(_M_MMAP_THRESHOLD, _KEPT)


def settle() -> None:
    """Give back what starting up has used, and leave what stays out of every later collection."""
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
