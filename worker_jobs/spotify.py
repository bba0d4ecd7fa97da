"""Spotify as a job asks it: in a person's name, at the pace of the whole house."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from clients.outside import outside
from clients.spotify import Spotify
from core.consents import SPOTIFY
from worker_jobs import consents, turns
from worker_jobs.consents import Consent
from worker_jobs.run import Run


@contextmanager
def opened(
    run: Run,
    person_id: int,
    *,
    scopes: Sequence[str] = (),
    report: Callable[[], None] | None = None,
) -> Iterator[Spotify]:
    """Give what asks Spotify in somebody's name.

    `scopes`: what their consent has to cover, for want of which nothing is asked. `report` says
    how far it is while a turn is waited for.

    Raises:
        ReconnectNeeded: they have not connected it, or not any more.
        ScopeNeeded: their consent does not cover it.
    """
    consent = consents.of(run, person_id, SPOTIFY)
    consent.require(scopes)
    with opened_with(run, consent, report=report) as spotify:
        yield spotify


@contextmanager
def opened_with(
    run: Run, consent: Consent, *, report: Callable[[], None] | None = None
) -> Iterator[Spotify]:
    """Give what asks Spotify with a consent that is in hand already."""
    url = run.settings.spotify_api_url
    with outside(run.settings, url) as http, turns.of(run, SPOTIFY, report) as house:
        yield Spotify(url, consent.access, http, house)
