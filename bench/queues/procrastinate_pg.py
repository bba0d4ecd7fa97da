"""Procrastinate on PostgreSQL with its real worker as it is by default."""

import asyncio
import os
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.types import JSONDict

from bench.processes import python
from bench.queues import jobs
from bench.queues.contestant import Place

_COUNT = "SELECT count(*) FROM procrastinate_jobs WHERE status = %s"


def make(connector: Any) -> App:
    made = App(connector=connector)
    for name, job in jobs.JOBS.items():
        made.task(name=name)(_waiting(job) if name in ("gate", "slow", "long") else _quick(job))
    return made


def _quick(job: jobs.Job) -> Any:
    # It is made for coroutines; a plain function costs it a thread.
    async def do(number: int) -> None:
        job(number)

    return do


def _waiting(job: jobs.Job) -> Any:
    async def do(number: int) -> None:
        await asyncio.to_thread(job, number)

    return do


class Procrastinate:
    def __init__(self, place: Place) -> None:
        url = place.server.database(place.folder.name)
        self.environment = {jobs.STORE: url}
        self._app = make(SyncPsycopgConnector(conninfo=url))
        self._app.open()
        self._app.schema_manager.apply_schema()
        self._books = psycopg.connect(url, autocommit=True)

    def put(self, job: str, number: int) -> None:
        self._app.tasks[job].defer(number=number)

    def fill(self, job: str, count: int) -> None:
        rows: list[JSONDict] = [{"number": number} for number in range(count)]
        self._app.tasks[job].batch_defer(*rows)

    def finished(self) -> int:
        return self._count("succeeded")

    def given_up(self) -> int:
        return self._count("failed")

    def _count(self, status: str) -> int:
        row = self._books.execute(_COUNT, (status,)).fetchone()
        return int(row[0]) if row else 0

    def worker(self, at_once: int) -> list[str]:
        options = ("--app", f"{__name__}.app", "--log-level", "error")
        return python("-m", "procrastinate", *options, "worker", "--concurrency", str(at_once))

    def close(self) -> None:
        self._books.close()
        self._app.close()


if jobs.STORE in os.environ:
    # What the worker asks for; there is none in the process that measures.
    app = make(PsycopgConnector(conninfo=os.environ[jobs.STORE]))
