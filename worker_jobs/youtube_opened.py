"""YouTube in somebody's name, within the quota that the whole house shares."""

from collections.abc import Iterator
from contextlib import contextmanager

from clients.outside import outside
from clients.youtube_calls import QuotaUsed
from clients.youtube_playlists import Playlists
from core import clock
from core.consents import GOOGLE, GOOGLE_SCOPES
from database import youtube_quota
from database.engine import Database
from worker_jobs import consents
from worker_jobs.run import Run

_AFTER_MIDNIGHT = clock.MINUTE  # clocks differ


@contextmanager
def opened(run: Run, person_id: int) -> Iterator[Playlists]:
    """Give what asks YouTube in somebody's name, within the quota of the whole house.

    Raises:
        ReconnectNeeded: they have not connected Google, or not any more.
        ScopeNeeded: their consent does not cover it.
    """
    consent = consents.of(run, person_id, GOOGLE)
    consent.require(GOOGLE_SCOPES)
    url = run.settings.youtube_url
    with outside(run.settings, url) as http:
        yield Playlists(url, consent.access, http, _Ledger(run.db))


class _Ledger:
    """The units of the day, as the database counts them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def spend(self, units: int) -> None:
        with self._db.writing(bulk=True) as session:
            is_left = youtube_quota.spend(session, units)
        if not is_left:
            raise _until(youtube_quota.begins_again())

    def used_up(self) -> QuotaUsed:
        with self._db.writing(bulk=True) as session:
            again = youtube_quota.use_up(session)
        return _until(again)


def _until(at: int) -> QuotaUsed:
    return QuotaUsed(at, (at + _AFTER_MIDNIGHT - clock.now()) / clock.SECOND)
