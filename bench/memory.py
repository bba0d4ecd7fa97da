"""How much memory the house takes while nobody asks for anything: python -m bench.memory.

Starts the real web and the real worker on a data folder of their own, waits, and
adds up the proportional set size of every process: shared pages count once.
"""

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import Family, running
from supervisor import programs

BUDGET_MB = 120
_SETTLE_SECONDS = 15.0


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, house(Path(folder)) as (web, worker):
        time.sleep(_SETTLE_SECONDS)
        _report({"web": web, "worker": worker})


@contextmanager
def house(folder: Path) -> Iterator[tuple[Family, Family]]:
    """Run web and worker over an empty folder of data, whatever the settings around are."""
    environment = {
        "NEEDLEDROP_DATA": str(folder),
        "NEEDLEDROP_HOST": "127.0.0.1",
        "NEEDLEDROP_PORT": str(free_port()),
    }
    with (
        running(programs()["web"], environment) as web,
        running(programs()["worker"], environment) as worker,
    ):
        yield web, worker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _report(families: dict[str, Family]) -> None:
    total = 0.0
    for name, family in families.items():
        sizes = [size / 1024 for size in family.resident().values()]
        total += sum(sizes)
        print(f"{name:<7} {sum(sizes):6.1f} MB in {len(sizes)} processes")
    for_each = " + ".join(f"{size:.0f}" for size in sizes)
    print(f"worker processes: {for_each} MB")
    print(f"total   {total:6.1f} MB, {total / BUDGET_MB:.2f} of the budget of {BUDGET_MB} MB")


if __name__ == "__main__":
    main()
