"""What the benches of pages share: a house of one member, and how long its answers take."""

import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from flask.testing import FlaskClient
from pydantic import SecretStr

from core.settings import load
from database import people, sessions
from database.engine import Database
from database.people import NewPerson
from database.sessions import Browser
from webapp import create_app
from webapp.database import KEY

BUDGET_MS = 50


class Hall(NamedTuple):
    """A web process over an empty database, and a member who is logged in."""

    db: Database
    client: FlaskClient
    person_id: int


class Times(NamedTuple):
    """Milliseconds of each round, the shortest first; of the clock, and of the processor."""

    clock: list[float]
    processor: list[float]


@contextmanager
def hall(database_url: str = "", redis_url: str | None = None) -> Iterator[Hall]:
    """Make one; `database_url` "" is SQLite in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        own = {"data": Path(folder), "database_url": database_url, "redis_url": redis_url}
        own |= {"secret_key": SecretStr(secrets.token_hex())}
        app = create_app(load().model_copy(update=own))
        db: Database = app.extensions[KEY].db
        with db.writing() as session:
            new = NewPerson(username="bench", password=secrets.token_hex())
            person_id = people.add(session, new, zone="UTC").id
            secret = sessions.begin(session, person_id, Browser("bench", "127.0.0.1"))
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["sid"] = secret
        yield Hall(db, client, person_id)
        db.close()


def ask(
    client: FlaskClient, address: str, rounds: int, before_each: Callable[[], object] = int
) -> Times:
    taken, used = [], []
    for _ in range(rounds + 1):
        before_each()
        begun, begun_with = time.perf_counter(), time.process_time()
        with client.get(address) as answer:
            body = answer.data
        taken.append(1000 * (time.perf_counter() - begun))
        used.append(1000 * (time.process_time() - begun_with))
        if answer.status_code != HTTPStatus.OK or not body:
            sys.exit(f"{address} answered {answer.status_code}")
    # The first one compiles the template and the statements.
    return Times(sorted(taken[1:]), sorted(used[1:]))


def share(times: list[float], part: float) -> float:
    return times[int(part * (len(times) - 1))]


def measure(
    client: FlaskClient,
    pages: Sequence[str],
    rounds: int,
    before_each: Callable[[], object] = int,
) -> None:
    """Print how long each page takes, and which of them go beyond the budget."""
    slow = []
    print(f"{'ms':46} {'p50':>6} {'p95':>6} {'max':>6}   processor p95")
    for page in pages:
        times = ask(client, page, rounds, before_each)
        p50, p95, most = (share(times.clock, part) for part in (0.5, 0.95, 1))
        slow += [page] if p95 > BUDGET_MS else []
        print(f"{page:46.46} {p50:6.1f} {p95:6.1f} {most:6.1f} {share(times.processor, 0.95):8.1f}")
    print(f"p95 over {BUDGET_MS} ms: {', '.join(slow) or 'none'}")
