"""Where the films of a mosaic come from: somebody's feed, an export, a collection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.orm import Session

from clients.http import AGAIN, LONGEST
from clients.letterboxd import EXPORT, SERVICE, Entry, Feed, Letterboxd, NoSuchFeed
from clients.outside import outside
from core import clock
from core.errors import BadFile, RemoteError
from database import diary, film_sources, films
from database.film_imports import NewImport
from database.films import SeenFilm
from database.models import FilmSource
from worker_jobs.forgetting import forget
from worker_jobs.imports import collection, letterboxd
from worker_jobs.imports.letterboxd import Export
from worker_jobs.run import Run

# Letterboxd is asked at most so often for one name.
_FEED_EVERY = clock.HOUR
_REFUSED_FOR = 600.0  # seconds, where it names no time


class Fed(NamedTuple):
    """A feed as it is known here. `entries`: how many it held when it was read last."""

    source_id: int
    entries: int
    is_shared: bool


class Brought(NamedTuple):
    """An export, kept. `name`: whose it is; `who`: the same, at the head of a sentence."""

    source_id: int
    name: str
    who: str


def from_feed(run: Run, name: str) -> Fed:
    """Read the feed of a Letterboxd name, unless that was done within the hour.

    For the person whose account it is, it joins their collection. For everybody else
    it stands apart, made of nothing but the public feed.

    Raises:
        RemoteError: nobody has that name; no answer, or none that is understood; or
            there was none a short while ago, and it is too early to ask again.
    """
    with run.db.writing() as session:
        holder = film_sources.account_holder(session, name)
        is_own = holder is not None and holder == run.task.person_id
        source = (
            film_sources.feed_source(session, name)
            if is_own
            else film_sources.source(session, None, name)
        )
        is_fresh = source.fetched_at is not None and (
            0 <= clock.now() - source.fetched_at < _FEED_EVERY
        )
    entries = source.feed_entries or 0 if is_fresh else _read(run, source)
    return Fed(source.id, entries, is_shared=not is_own)


def _read(run: Run, source: FilmSource) -> int:
    feed = _asked(run, source)
    with run.db.writing() as session:
        if feed is not None:
            _keep(session, source.id, feed)
        row = film_sources.get(session, source.id)
        tags = feed or source
        film_sources.fetched(
            session,
            row,
            etag=tags.etag,
            last_modified=tags.last_modified,
            entries=len(feed.entries) if feed else None,
        )
        return row.feed_entries or 0


def _asked(run: Run, source: FilmSource) -> Feed | None:
    """Ask for the feed, unless it could not be had a short while ago."""
    left = ((source.not_before or 0) - clock.now()) / clock.SECOND
    if 0 < left <= LONGEST:  # further off, the clock was wrong
        sentence = (
            f"Letterboxd could not be read just now; {source.name} is asked for again "
            f"in {_minutes(left)}. {EXPORT}"
        )
        raise RemoteError(SERVICE, sentence, retry_after=left)
    run.report("Asking Letterboxd")
    settings = run.settings
    try:
        with outside(settings, settings.letterboxd_url) as http:
            client = Letterboxd(settings.letterboxd_url, http)
            return client.feed(source.name, etag=source.etag, last_modified=source.last_modified)
    except NoSuchFeed:
        raise  # somebody mistyped a name, and types it once more
    except RemoteError as error:
        wait = max(AGAIN, error.retry_after or _REFUSED_FOR)
        with run.db.writing() as session:
            film_sources.put_off(session, source.id, clock.now() + int(wait * clock.SECOND))
        raise


def _minutes(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _keep(session: Session, source_id: int, feed: Feed) -> None:
    """Save the entries of a feed, the oldest first."""
    entries = feed.entries[::-1]
    film_ids = films.resolve(session, list(map(_seen, entries)))
    diary.save(
        session,
        source_id,
        [_entry(film_id, entry) for film_id, entry in zip(film_ids, entries, strict=True)],
    )


def _seen(entry: Entry) -> SeenFilm:
    return SeenFilm(entry.title, entry.year, entry.tmdb_kind, entry.tmdb_id, entry.slug)


def _entry(film_id: int, entry: Entry) -> diary.Entry:
    return diary.Entry(
        film_id=film_id,
        watched_on=entry.watched_on.isoformat(),
        half_stars=entry.half_stars,
        is_rewatch=entry.rewatch,
        is_liked=entry.liked,
        review=entry.review,
        guid=entry.guid,
        poster_address=entry.poster_url,
    )


@contextmanager
def from_export(run: Run, upload: str, file_name: str) -> Iterator[Brought]:
    """Keep an export: in the collection of whoever brought it; a guest's for this mosaic only.

    Raises:
        BadFile: it cannot be read, or holds nothing of Letterboxd's.
    """
    export = read_upload(run, upload, file_name)
    person_id = run.task.person_id
    if person_id is not None:
        with run.db.reading() as session:
            name = export.username or film_sources.account_of(session, person_id)
        new = NewImport(run.task.public_id, file_name)
        kept = collection.keep(
            run.db, export, person_id=person_id, name=name, report=run.report, new=new
        )
        yield Brought(kept["source_id"], name, name)
        return
    name = f"{film_sources.OF_GUESTS}{run.task.public_id}"
    with run.db.writing(bulk=True) as session:
        source_id = film_sources.source(session, None, name).id
    try:
        collection.keep(run.db, export, person_id=None, name=name, report=run.report)
        whose = export.username
        yield Brought(source_id, whose or "Your films", whose or "This export")
    finally:
        forget(run.db, source_id)


def read_upload(run: Run, upload: str, file_name: str) -> Export:
    """Read a file that was brought.

    Raises:
        BadFile: it is gone, cannot be read, or holds nothing of Letterboxd's.
    """
    path = run.settings.uploads / upload
    if not run.store.fetch(path):
        raise BadFile("The file is not there any more. Please bring it again.")
    run.report(f"Reading {file_name}")
    return letterboxd.read(path, name=file_name)
