"""How the house is doing, in figures: for the admin's page, for /metrics, for who is asked to help.

All of it is read in a few milliseconds: short queries, counts kept in memory, a few files.
Nothing is asked of the network, and no folder of pictures is walked.
"""

import shutil
from typing import NamedTuple

from core import counters, hardware
from core.settings import Settings
from database import backups, damage, overview, provider_paces, workers
from database.backups import Backup
from database.engine import Database
from database.overview import Lane
from database.provider_paces import Rest, Standing
from webapp import version

# Paces that go by another name than the service itself.
_CALLED = {"youtube pages": "youtube"}


class Service(NamedTuple):
    """Somebody the house asks: `calls` and `refusals` (429) since the machine was started.

    `today`: calls in this day of UTC, where the whole house keeps to a pace; else None.
    """

    name: str
    calls: int
    refusals: int
    today: int | None
    rest: Rest | None


class Vitals(NamedTuple):
    """`counts` by name and kind, see core/counters.py; `oldest_at`: since when a task waits."""

    version: str
    engine: str
    size: int
    log_size: int | None
    free: int
    workers: int
    lanes: list[Lane]
    oldest_at: int | None
    ever: int
    services: list[Service]
    counts: dict[str, dict[str, int]]
    backup: Backup | None
    is_damaged: bool
    celsius: float | None
    held_back: list[str] | None
    up_seconds: float

    @property
    def waiting(self) -> int:
        return sum(lane.waiting for lane in self.lanes)

    @property
    def running(self) -> int:
        return sum(lane.running for lane in self.lanes)


def look(db: Database, settings: Settings) -> Vitals:
    """Read them all."""
    data, counts = settings.data, counters.read()
    with db.reading() as session:
        size, log_size = overview.sizes(db, session)
        lanes, oldest_at = overview.open_tasks(session), overview.waits_since(session)
        paces = provider_paces.listed(session)
        engine, ever = version.engine(db, session), overview.tasks_ever(session)
    return Vitals(
        version=version.program_version(),
        engine=engine,
        size=size,
        log_size=log_size,
        free=shutil.disk_usage(data).free,
        workers=workers.alive(db),
        lanes=lanes,
        oldest_at=oldest_at,
        ever=ever,
        services=_services(counts, paces),
        counts=counts,
        backup=backups.newest(data),
        is_damaged=damage.is_noted(data),
        celsius=hardware.celsius(),
        held_back=_held_back(),
        up_seconds=hardware.up_seconds(),
    )


def _services(counts: dict[str, dict[str, int]], paces: dict[str, Standing]) -> list[Service]:
    calls, refusals = counts.get("calls", {}), counts.get("refusals", {})
    # Sentences call it Spotify, a pace spotify.
    by_name = {_CALLED.get(key, key): pace for key, pace in paces.items()}
    names = {key: key.capitalize() for key in by_name} | {name.casefold(): name for name in calls}
    found = []
    for key, name in sorted(names.items()):
        pace = by_name.get(key)
        today, rest = (pace.calls, pace.rest) if pace is not None else (None, None)
        found.append(Service(name, calls.get(name, 0), refusals.get(name, 0), today, rest))
    return found


def _held_back() -> list[str] | None:
    bits = hardware.throttling()
    if bits is None:
        return None
    now, since = hardware.held_back(bits)
    return [*now, *(f"{words}, earlier" for words in since)]
