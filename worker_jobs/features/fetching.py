"""Asks those providers that are on for features that nobody here knows, and keeps the answers."""

import logging
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from clients.spotify_errors import FeaturesClosed
from core import clock
from core.consents import ReconnectNeeded, ScopeNeeded
from core.errors import NotYet, RemoteError
from core.feature_values import checked, is_empty
from core.library import Features, TrackKey
from database import library_items, track_features
from database.library_intake import alone
from worker_jobs.features.providers import PROVIDERS, Lookup, Provider
from worker_jobs.run import Run

REST_DAYS = 7
_MANY = 2_000

log = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """`found`: of how many tracks something new is known. `problems`: who gave no answer, why.

    `rest_seconds`: after that all who wanted a rest may be asked again; None: nobody did.
    """

    found: int
    problems: list[str]
    rest_seconds: float | None = None


def fetch(run: Run, person_id: int, track_ids: Sequence[int]) -> Fetched:
    """Look up what is missing; safe to repeat. A provider that fails is no failure of the task.

    What it would have said is asked for another time; what it does not know, after a week.
    """
    found, problems, rests = 0, list[str](), list[float]()
    for provider in PROVIDERS:
        try:
            for new in _ask(run, provider, person_id, track_ids):
                found += new
        except FeaturesClosed as error:
            log.info("person %d: %s", person_id, error)
        except (RemoteError, ReconnectNeeded, ScopeNeeded) as error:
            log.warning("features of %s: %s", provider.called, error)
            problems.append(str(error))
            if isinstance(error, NotYet) and error.retry_after is not None:
                rests.append(error.retry_after)
    return Fetched(found, problems, max(rests, default=None))


def is_anybody_asked(run: Run, person_id: int) -> bool:
    """Tell whether a provider is on for a person. Asks none."""
    for provider in PROVIDERS:
        if provider.opened is not None:
            with provider.opened(run, person_id) as look_up:
                if look_up is not None:
                    return True
    return False


def _ask(run: Run, provider: Provider, person_id: int, track_ids: Sequence[int]) -> Iterator[int]:
    """Ask a provider, batch by batch; yield of how many tracks of each something new is known."""
    if provider.opened is None:
        return
    with provider.opened(run, person_id) as look_up:
        if look_up is None:
            return
        for start in range(0, len(track_ids), _MANY):
            part = track_ids[start : start + _MANY]
            yield from _fill(run, provider, look_up, part, (start, len(track_ids)))


def _fill(
    run: Run,
    provider: Provider,
    look_up: Lookup,
    track_ids: Sequence[int],
    place: tuple[int, int],
) -> Iterator[int]:
    """Ask about some tracks; `place` is where they begin, and among how many."""
    begin, of = place
    with run.db.reading() as session:
        keys = track_features.unknown(
            session, provider.name, track_ids, clock.now(), provider.fields
        )
    keys = [key for key in keys if provider.can_find(key)]
    for start in range(0, len(keys), provider.max_batch):
        run.report(f"Asking {provider.called} how tracks sound", begin + start, of)
        batch = keys[start : start + provider.max_batch]
        yield _keep(run, provider, batch, look_up)


def _keep(run: Run, provider: Provider, batch: Sequence[TrackKey], look_up: Lookup) -> int:
    answers = look_up(batch)
    told = {key.id: answers.get(key.id, Features()) for key in batch}
    # One transaction a batch: a worker that is killed here loses this one, and no more.
    with run.db.writing(bulk=True) as session:
        alone(session)
        # Meanwhile an import may have been undone, or a library forgotten.
        there = library_items.there(session, library_items.TRACK, told)
        rows = [(track_id, said) for track_id, said in told.items() if track_id in there]
        new = track_features.put(session, provider.name, rows)
        missing = [track_id for track_id, said in rows if is_empty(checked(said))]
        track_features.absent(session, provider.name, missing, clock.now() + REST_DAYS * clock.DAY)
    return new
