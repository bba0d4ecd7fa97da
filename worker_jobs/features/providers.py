"""Who may know how tracks sound, whom is believed first at the front.

Another one joins by a line in PROVIDERS, and its name in `core.library.FEATURE_SOURCES`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from clients import reccobeats
from clients.outside import outside
from clients.reccobeats import ReccoBeats
from clients.spotify_errors import FeaturesClosed
from core import consents
from core.library import FIELDS, Features, TrackKey
from database import feature_closures, grants, library_settings
from worker_jobs import spotify, turns
from worker_jobs.run import Run

Lookup = Callable[[Sequence[TrackKey]], Mapping[int, Features]]


class Provider(NamedTuple):
    """`name`: of its source. `max_batch`: how many tracks at once, 0 where nobody is asked.

    `opened` gives what looks tracks up for a person, or None where it is not for them;
    `can_find`: whether a track has what it is asked for by.
    """

    name: str
    called: str
    fields: tuple[str, ...] = FIELDS
    max_batch: int = 0
    needs_network: bool = False
    on_by_default: bool = True
    opened: Callable[[Run, int], AbstractContextManager[Lookup | None]] | None = None
    can_find: Callable[[TrackKey], bool] = bool


@contextmanager
def _spotify(run: Run, person_id: int) -> Iterator[Lookup | None]:
    app = run.settings.spotify_client_id
    with run.db.reading() as session:
        consent = grants.find(session, person_id, consents.SPOTIFY)
        is_closed = feature_closures.closed_until(session, feature_closures.SPOTIFY, app)
    if consent is None or not consent.is_ok or is_closed:
        yield None
        return
    with spotify.opened(run, person_id) as client:

        def look_up(keys: Sequence[TrackKey]) -> dict[int, Features]:
            try:
                found = client.audio_features([key.spotify_id or "" for key in keys])
            except FeaturesClosed:
                with run.db.writing() as session:
                    feature_closures.close(session, feature_closures.SPOTIFY, app)
                raise
            return {key.id: found[key.spotify_id] for key in keys if key.spotify_id in found}

        yield look_up


@contextmanager
def _reccobeats(run: Run, person_id: int) -> Iterator[Lookup | None]:
    with run.db.reading() as session:
        is_wanted = library_settings.get(session, person_id).uses_reccobeats
    if not is_wanted:
        yield None
        return
    url = run.settings.reccobeats_url
    with outside(run.settings, url) as http, turns.of(run, "reccobeats") as paced:
        yield ReccoBeats(url, http, paced).features


PROVIDERS = (
    Provider("manual", "you"),
    Provider(
        "spotify",
        "Spotify",
        max_batch=100,
        needs_network=True,
        opened=_spotify,
        can_find=lambda key: key.spotify_id is not None,
    ),
    Provider("csv", "files"),
    Provider(
        "reccobeats",
        "ReccoBeats",
        fields=reccobeats.TELLS,
        max_batch=reccobeats.AT_ONCE,
        needs_network=True,
        on_by_default=False,
        opened=_reccobeats,
        can_find=lambda key: bool(key.spotify_id or key.isrc),
    ),
)
