"""What a queue must be able to do to be measured."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from bench.postgres import Server


class Queue(Protocol):
    """One empty store of a queue, made anew for each measurement."""

    environment: dict[str, str]  # of its worker, beside where to write the log

    def put(self, job: str, number: int) -> None:
        """Enqueue one job the way an application would: durable when this returns."""

    def fill(self, job: str, count: int) -> None:
        """Enqueue many, as fast as can be; how is not measured."""

    def finished(self) -> int:
        """Return how many have ended well, by its own books."""

    def given_up(self) -> int:
        """Return how many its books call failed for good, so that somebody learns of it."""

    def worker(self, at_once: int) -> list[str]:
        """Return the command of a worker that does so many jobs at once."""

    def close(self) -> None:
        """Close this process's connections."""


class Place(NamedTuple):
    """Where a store may be made: a folder of its own, and a database server."""

    folder: Path
    server: Server


class Contestant(NamedTuple):
    name: str
    make: Callable[[Place], Queue]
