"""What a process gives back of the memory that it used for a moment."""

import gc
import subprocess
import sys

import pytest

from core import memory
from core.settings import ROOT

_PROGRAM = """
import resource
import threading
from database.people import _hasher
from core import memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize()

memory.spare()
{lend}
hasher = _hasher()
before = resident()
for _ in range(4):
    threads = [threading.Thread(target=hasher.hash, args=("a password",)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(resident() - before)
"""


def kept(lend: str) -> int:
    """Return how many bytes more a process has after hashing some passwords, two at once."""
    program = _PROGRAM.format(lend=lend)
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return int(said)


def test_the_memory_that_a_hash_takes_is_given_back() -> None:
    assert kept("memory.lend()") < 10_000_000


def test_while_the_program_loads_nobody_looks_for_rubbish() -> None:
    seen = list[bool]()

    @memory.loading()
    def load() -> None:
        seen.append(gc.isenabled())
        raise LookupError

    with pytest.raises(LookupError):
        load()
    assert (seen, gc.isenabled()) == ([False], True)

    gc.disable()
    try:
        with memory.loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
